// After the five pairs: the class's right votes and each model's test pictures, as bars from 0 to 100 % with the coin
// toss.

import { fixedDigits } from "../numbers.js";
import { html } from "../vendor/preact.js";
import { bare } from "../words.js";

/** [name, title, share or null, note] of the class and of each model. */
export function rowsOf({ vote: { right, n }, models }, tell) {
  return [
    ["class", tell("vote.class"), n ? right / n : null, n ? tell("vote.votes", { right, n }) : tell("vote.none")],
    ...models.map((each) => [each.model, tell(`model.${each.model}`), each.binding, tell("vote.measured", each)]),
  ];
}

export function Sum({ state: { view }, tell }) {
  return html`<div class="class-sum"><h1 class="class-title">${tell("vote.sum")}</h1><ul class="class-sum-list">
    ${rowsOf(view, tell).map(
      ([name, title, share, note]) => html`<li key=${name} data-model=${name}>
    <p><span>${title}</span><b>${share === null ? "–" : tell("vote.share", { value: bare(share) })}</b></p>
      <div class="class-track">
      <i class="class-fill" style=${{ width: `${fixedDigits(100 * (share ?? 0), 1)}%` }} /><i class="class-coin" /></div>
        <small>${note}</small></li>`,
    )}
      </ul><p class="class-quiet">${tell("vote.dashed")}</p><p class="class-say">${tell("vote.why")}</p></div>`;
}
