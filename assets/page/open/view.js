// "Open questions" as a whole: what they are, the board, and what this browser can do for them.

import { Sentences } from "../ui.js";
import { html } from "../vendor/preact.js";
import { say } from "../words.js";
import { Board } from "./board.js";
import { Side } from "./side.js";

const SHORT = 12;

/** @param {{state: any, acts: any}} props */
export function OpenPage({ state, acts }) {
  const { list, problem, evidence } = state;
  return html`<div class="op-page" id="open" data-phase=${phaseOf(state)}>
    <div class="op-lead"><p><a href=${evidence}>← ${say("The evidence")}</a></p><h1 tabindex="-1">${say("Open questions")}</h1>
      <p>${say("For each of them, rival predictions were written down before the first training. The axis counts the pairs that a CLIP reads until it knows who has what.")}</p>
      ${problem && html`<p class="op-problem" role="status">${say(problem)}</p>`}</div>
    ${
      list &&
      html`<${Board} state=${state} acts=${acts} /><${Side} state=${state} acts=${acts} />
      <p class="op-foot"><${Sentences}><span>${say("The list has the digest")} <code translate=${false} title=${list.list_digest}
        data-list=${list.list_digest}>${list.list_digest.slice(0, SHORT)}</code>${say("; seeds and order follow from it.")}</span><span>
        ${say("Equal digests from two strangers show that both trained it. They do not rule out two people who agreed to cheat, or a fault that both computers share.")}</span><//></p>`
    }</div>`;
}

/** What the page is at, for styles and tests. */
function phaseOf({ list, run, broken, after }) {
  if (!list) return "loading";
  if (run) return run.isPaused ? "paused" : "running";
  if (broken) return "broken";
  return after ? "after" : "ready";
}
