import { html } from "./vendor/preact.js";
import { say } from "./words.js";
export function Tests() { return html`<div class="ask-tests"><span>${say("More tests")}</span></div>`; }
