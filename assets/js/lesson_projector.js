// The projector view of the lesson: in the address, or taken over from the page that led here. The button turns it.

const PROJECTOR = "projector";
const button = document.getElementById("projector");

function viewOf(address) {
  const found = address ? new URL(address) : null;
  return found?.origin === location.origin ? found.searchParams.get("view") : null;
}

function project(isOn) {
  document.documentElement.classList.toggle(PROJECTOR, isOn);
  button.setAttribute("aria-pressed", String(isOn));
  for (const link of document.querySelectorAll("#home, a[data-language]")) {
    const address = new URL(link.href);
    if (isOn) address.searchParams.set("view", PROJECTOR);
    else address.searchParams.delete("view");
    link.href = address.href;
  }
}

button.addEventListener("click", () => {
  const isOn = !document.documentElement.classList.contains(PROJECTOR), address = new URL(location.href);
  address.searchParams.set("view", isOn ? PROJECTOR : "page");
  history.replaceState(history.state, "", address);
  project(isOn);
});

project((viewOf(location.href) ?? viewOf(document.referrer)) === PROJECTOR);
