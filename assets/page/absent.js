// A view that a page in one file does not hold, and what the full app adds.

import { contract } from "./contract.js";
import { html, render } from "./vendor/preact.js";
import { say } from "./words.js";

const ADDED = {
  ask: "The full app asks any CLIP by its name about your own pictures and captions, and reads captions in English.",
  class: "The full app opens a room on your network: thirty phones join it, and the class draws one line together.",
};
const MORE = "This copy holds a part of the app. The full app has all of it.";

export function open(element, { address }) {
  render(html`<${Absent} view=${address.view()} />`, element);
}

export function Absent({ view }) {
  const { title, label } = contract.views[view];
  return html`<section class="absent"><h2>${say(label || title)}</h2><p>${say(ADDED[view] ?? MORE)}</p><p>
    ${say("It runs on your own computer with Python: its README says how. This copy needs nothing, and has no server.")}
      </p></section>`;
}
