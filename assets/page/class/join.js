// The first screen: on the projector the address, the QR code and the code of the room; on a phone a welcome.

import { html, useState } from "../vendor/preact.js";

export function JoinScreen({ state, say }) {
  const { view, isTeacher, places } = state;
  if (!isTeacher)
    return html`<div class="class-join-screen"><h1 class="class-welcome" translate=${false}>
    ${say("join.waiting", { name: view.me.nickname })}</h1>
      <p class="class-quiet">${say("people", { n: view.people })}</p></div>`;
  return html`<div class="class-join-screen"><div class="class-address" id="class-address">
    ${
      places
        ? html`<${Address} ...${{ places, say, isReached: view.reached }} />`
        : html`<p>${say("join.checking")}</p>`
    }</div>
    <div class="class-code-side"><p class="class-label">${say("join.code")}</p>
      <p class="class-code" id="class-room" translate=${false}>
      ${view.room}</p>
      <ul class="class-names" id="class-names">${
        view.names.length
          ? view.names.map(([number, name]) => html`<li key=${number} translate=${false}>${name}</li>`)
          : html`<li class="class-quiet">${say("join.none")}</li>`
      }
        </ul></div></div>`;
}

function Address({ places: { places, command, is_loopback: isFound }, say, isReached }) {
  const reachable = places.filter((address) => address.answers),
    [chosen, choose] = useState(0),
    address = reachable[chosen];
  const note = html`<p class="class-check" id="class-check">${
    isReached ? `✓ ${say("join.reached")}` : address && isFound ? say("join.checked") : ""
  }</p>`;
  if (!address) {
    const then = places.length
      ? say("join.loopback_then", { url: places[0].url.replace(/\?.*$/, "") })
      : say("join.no_network");
    return html`<h1>${say("join.title")}</h1>
      <div class="class-loopback" id="class-loopback"><p>${say("join.loopback")}</p><code>${command}
      </code><p>${then}</p></div>${note}`;
  }
  return html`<h1>${say("join.title")}</h1><p class="class-label">${say("join.open")}</p>
    <p class="class-url" id="class-url" translate=${false} data-url=${address.url}>
      ${address.url.replace(/^https?:\/\//, "").replace(/\?.*$/, "")}
      </p><img alt="QR" class="class-qr" id="class-qr" src=${address.qr} />
    ${
      reachable.length > 1 &&
      html`<label class="class-others">${say("join.others")}${" "}
      <select onChange=${(event) => choose(event.target.selectedIndex)}>
      ${reachable.map(({ url }) => html`<option key=${url}>${new URL(url).host}</option>`)}</select></label>`
    }${note}`;
}
