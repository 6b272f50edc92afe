// After the five pairs: the class's right votes and each model's test pictures, as bars from 0 to 100 % with the coin
// toss.

import { percentDigits } from "../texts.js";
import { html } from "../vendor/preact.js";
import { bare } from "../words.js";

/** [name, title, share or null, note] of the class and of each model. */
export function rowsOf({ vote: { right, n }, models }, say) {
  return [
    ["class", say("vote.class"), n ? right / n : null, n ? say("vote.votes", { right, n }) : say("vote.none")],
    ...models.map((each) => [each.model, say(`model.${each.model}`), each.binding, say("vote.measured", each)]),
  ];
}

export function Sum({ state: { view }, say }) {
  return html`<div class="class-sum"><h1 class="class-title">${say("vote.sum")}</h1><ul class="class-sum-list">
    ${rowsOf(view, say).map(
      ([name, title, share, note]) => html`<li key=${name} data-model=${name}>
    <p><span>${title}</span><b>${share === null ? "–" : say("vote.share", { value: bare(share) })}</b></p>
      <div class="class-track">
      <i class="class-fill" style=${{ width: `${percentDigits(share ?? 0, 1)}%` }} /><i class="class-coin" /></div>
        <small>${note}</small></li>`,
    )}
      </ul><p class="class-quiet">${say("vote.dashed")}</p><p class="class-say">${say("vote.why")}</p></div>`;
}
