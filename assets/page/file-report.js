// What a run's own page has below its columns: every metric of the full evaluation, and every dial.

import { plainName } from "./dials/dial-words.js";
import { valueText } from "./numbers.js";
import { valuesOf } from "./recipe.js";
import { html, render } from "./vendor/preact.js";
import { plainPercent, say } from "./words.js";

/** @param report {name, spec, rows: [{metric, form, value, low, high, n, chance}]} @param page see app.js */
export function draw(report, { catalog }) {
  const element = Object.assign(document.createElement("section"), { id: "file-report" });
  document.getElementById("views").after(element);
  render(html`<${Report} report=${report} dials=${catalog.dials} />`, element);
}

const HEADS = ["metric", "captions", "value", "95 % interval", "n", "chance"];

export function Report({ report: { spec, rows }, dials }) {
  const values = valuesOf(spec);
  return html`<h2>${say("Report of this run")}</h2>
    ${
      rows.length
        ? html`<div class="file-table">
      <table><thead><tr>${HEADS.map((head) => html`<th scope="col">${say(head)}</th>`)}
      </tr></thead>
      <tbody>${rows.map(
        ({ metric, form, value, low, high, n, chance }) =>
          html`<tr><th scope="row">${say(metric)}</th><td>${say(form)}</td><td>${plainPercent(value)}</td><td>
        ${low === null || high === null ? "" : `${plainPercent(low)} – ${plainPercent(high)}`}</td><td>${n}</td>
          <td>${plainPercent(chance)}</td></tr>`,
      )}
        </tbody></table></div>`
        : html`<p>${say("There was no full evaluation.")}</p>`
    }
    <h2>${say("Dials")}</h2><dl class="file-dials">
      ${Object.keys(dials).map(
        (name) => html`<div><dt>${say(plainName(dials[name]))}</dt>
      <dd translate=${false}>${valueText(values[name])}</dd></div>`,
      )}</dl>`;
}
