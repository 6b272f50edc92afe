// A view that a page in one file does not hold, and what the full app adds.

import { html, render } from "./vendor/preact.js";
import { say } from "./words.js";

const ADDED = {
  probe: [
    "Ask a real CLIP",
    "The full app asks any CLIP by its name about your own pictures and captions, and reads captions in English.",
  ],
  class: [
    "For a class: one lesson for thirty",
    "The full app opens a room on your network: thirty phones join it, and the class draws one line together.",
  ],
};
const MORE = ["More in the full app", "This copy holds a part of the app. The full app has all of it."];

export function open(element, { address }) {
  render(html`<${Absent} view=${address.view()} />`, element);
}

export function Absent({ view }) {
  const [title, added] = ADDED[view] ?? MORE;
  return html`<section class="absent"><h2>${say(title)}</h2><p>${say(added)}</p><p>
    ${say("It runs on your own computer with Python: its README says how. This copy needs nothing, and has no server.")}
      </p></section>`;
}
