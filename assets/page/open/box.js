// The box beside a dot that was pressed: the training, how it ended, and how anybody trains it once more.

import { evaluatedSteps } from "../../engine/train/steps.js";
import { html, useEffect, useRef } from "../vendor/preact.js";
import { say } from "../words.js";
import { Curve } from "./curve.js";
import { fillingOf, outcomeOf, STANDINGS } from "./dot.js";

const SHORT = 12;

/** @param {{entry: any, cell: any, isMine: boolean, left: number, acts: any}} props left: of its dot, in percent */
export function DotBox({ entry, cell, isMine, left, acts }) {
  const box = useRef(null),
    { name, seed, digest, curve, pairs, spec } = entry;
  useEffect(() => box.current.focus({ preventScroll: true }), [name]);
  return html`<div class="op-box" role="dialog" aria-labelledby="op-box" tabindex="-1" ref=${box} data-box=${name}
    style=${{ "--left": `${left}%` }} onKeyDown=${({ key }) => key === "Escape" && acts.close()}>
    <button type="button" class="op-close" aria-label=${say("Close")} onClick=${acts.close}>✕</button>
    <h4 id="op-box">${say`${cell.sentence}, seed ${seed}`}</h4>
    <p>${outcomeOf(entry)}, ${say(STANDINGS[fillingOf(entry, isMine)])}</p>
    ${curve && html`<${Curve} points=${pointsOf(curve, spec.train)} budget=${pairs} />`}
    <p>${
      digest
        ? html`${say("digest")} <code translate=${false} title=${digest}>${digest.slice(0, SHORT).match(/.{4}/g).join(" ")}</code>`
        : say("Its digest is told once a second computer has the same.")
    }</p>
    <button type="button" class="wb-btn" data-act="bench" onClick=${() => acts.bench(entry)}>
      ${say("Open it in the Workbench")}</button></div>`;
}

function pointsOf(curve, { steps, batch_size: batch }) {
  const asked = [0, ...[...evaluatedSteps(steps)].sort((one, other) => one - other)];
  return curve.map((binding, place) => ({ binding, pairs: asked[place] * batch }));
}
