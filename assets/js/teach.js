// The form of a link for a class: the link follows what is chosen, and is copied by a press.
// Without this script the button of the form makes the link.

const say = (text) => window.explorerWords?.[text] ?? text;
const find = (selector) => document.querySelector(selector);
const form = find("form");

form.addEventListener("input", async (event) => {
  if (event.target.name === "dials") form.querySelector("[name=show][value=some]").checked = true;
  const asked = new URLSearchParams(new FormData(form)), language = document.documentElement.dataset.language;
  // The language of this page stays; the one that is chosen goes into the link.
  if (language) asked.set("here", language);
  const answer = await fetch(`teach?${asked}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["#made", "#notes"]) find(part).innerHTML = page.querySelector(part).innerHTML;
  absolute();
});

function absolute() {
  const box = find("#link");
  box.value = new URL(box.value, location.href).href;
}

document.addEventListener("click", async (event) => {
  if (event.target.id !== "copy") return;
  const box = find("#link");
  try {
    await navigator.clipboard.writeText(box.value);
    event.target.textContent = say("Copied");
  } catch { // without https a browser has no clipboard: select it, for Ctrl-C
    box.select();
    event.target.textContent = say("Selected: press Ctrl-C");
  }
});

find("#make").hidden = true;
find("#alone").hidden = !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
absolute();
