// The first screen: on the projector the address, the QR code and the code of the room; on a phone a welcome.

import { html, useState } from "../vendor/preact.js";

export function JoinScreen({ state, tell }) {
  const { view, isTeacher, addresses } = state;
  if (!isTeacher)
    return html`<div class="class-join-screen"><h1 class="class-welcome" translate=${false}>
    ${tell("join.waiting", { name: view.me.nickname })}</h1>
      <p class="class-quiet">${tell("people", { n: view.people })}</p></div>`;
  return html`<div class="class-join-screen"><div class="class-address" id="class-address">
    ${
      addresses
        ? html`<${Address} ...${{ ...addresses, tell, isReached: view.is_reached }} />`
        : html`<p>${tell("join.checking")}</p>`
    }</div>
    <div class="class-code-side"><p class="class-label">${tell("join.code")}</p>
      <p class="class-code" id="class-room" translate=${false}>
      ${view.room}</p>
      <ul class="class-names" id="class-names">${
        view.names.length
          ? view.names.map(([number, name]) => html`<li key=${number} translate=${false}>${name}</li>`)
          : html`<li class="class-quiet">${tell("join.none")}</li>`
      }
        </ul></div></div>`;
}

function Address({ addresses, command, is_loopback: isFound, tell, isReached }) {
  const reachable = addresses.filter((address) => address.answers),
    [chosen, choose] = useState(0),
    address = reachable[chosen];
  const note = html`<p class="class-check" id="class-check">${
    isReached ? `✓ ${tell("join.reached")}` : address && isFound ? tell("join.checked") : ""
  }</p>`;
  if (!address) {
    const then = addresses.length
      ? tell("join.loopback_then", { url: addresses[0].url.replace(/\?.*$/, "") })
      : tell("join.no_network");
    return html`<h1>${tell("join.title")}</h1>
      <div class="class-loopback" id="class-loopback"><p>${tell("join.loopback")}</p><code>${command}
      </code><p>${then}</p></div>${note}`;
  }
  return html`<h1>${tell("join.title")}</h1><p class="class-label">${tell("join.open")}</p>
    <p class="class-url" id="class-url" translate=${false} data-url=${address.url}>
      ${address.url.replace(/^https?:\/\//, "").replace(/\?.*$/, "")}
      </p><img alt="QR" class="class-qr" id="class-qr" src=${address.qr} />
    ${
      reachable.length > 1 &&
      html`<label class="class-others">${tell("join.others")}${" "}
      <select onChange=${(event) => choose(event.target.selectedIndex)}>
      ${reachable.map(({ url }) => html`<option key=${url}>${new URL(url).host}</option>`)}</select></label>`
    }${note}`;
}
