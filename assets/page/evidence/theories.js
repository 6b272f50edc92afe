// Theories of the time until binding: what each says, its number, and how its forecasts met the trainings.

import { exampleOf, Formula } from "./formula.js";
import { html } from "../vendor/preact.js";
import { Heading } from "../ui.js";
import { say } from "../words.js";

const COLUMNS = ["rank", "theory", "what it says", "its number", "inside", "outside", "log score"];

/** `rows` are sorted by their score; before any cell is whole they have none. */
export function Theories({ theories: { cells, seeds, rows }, number }) {
  const isJudged = cells > 0;
  return html`<section class="wb-col ev-col ev-below" aria-labelledby="ev-t1">
    <${Heading} id="ev-t1" number=${number} title=${say("Rival theories, and how their forecasts did")}>
      <span class="ev-pill ev-open">${say("written down before the first training")}</span><//>
    <p>${
      isJudged
        ? say`Each forecast every cell before its first training. ${cells} cells are whole, with ${seeds} trainings, and are scored.`
        : say("Each forecast every cell before its first training. No cell is whole yet, so nothing is scored.")
    }</p>
    <div class="ev-scroll" tabindex="0" role="group" aria-label=${say("Rival theories, and how their forecasts did")}>
    <table class="ev-theories"><thead><tr>${COLUMNS.map((each) => html`<th scope="col">${say(each)}</th>`)}</tr></thead>
      <tbody>${rows.map(
        (each, at) => html`<tr key=${each.name}><td>${isJudged ? at + 1 : "–"}</td>
        <th scope="row">${say(each.name)}</th><td>${say(each.words)}</td><td class="ev-number"><${Formula} text=${say(each.number)} />
        ${exampleOf(each.number) && html`<small>${exampleOf(each.number)}</small>`}</td>
        <td>${isJudged && each.judged ? each.inside : "–"}</td>
        <td>${isJudged && each.judged ? each.judged - each.inside : "–"}</td>
        <td class="ev-number">${isJudged ? each.log_score.toFixed(2) : "–"}</td></tr>`,
      )}</tbody></table></div>
    <p class="ev-note">${say("A number gives the pairs until binding; told is the share of the colors that captions tell of the things that they name.")}</p>
    <p class="ev-note">${say("A cell counts as inside if its middle training lies in the 95 % interval that was forecast for it. For cells that ask how a model ends, the forecast is a probability without an interval. The log score counts all cells, and a higher one is better. None of these theories is a law.")}</p>
  </section>`;
}
