// The table of runs; a phone shows each row as a card.

import { contract } from "../contract.js";
import { valueText } from "../numbers.js";
import { html } from "../vendor/preact.js";
import { bare, duration, joinTexts, percent, say } from "../words.js";

/** The rows of the open run and of those that are laid over it, in that order. */
export const chosenRows = ({ open, picked, rows }) =>
  [...new Set([open, ...picked])]
    .map((name) => rows?.find((each) => each.run === name))
    .filter(Boolean)
    .slice(0, contract.compared_runs);

const COLUMNS = [
  "Compare",
  "Run",
  "Changed",
  "Status",
  "Steps",
  "Two things, a color each",
  "As in its training",
  "Knows the words",
  "Age",
];

export function RunTable({ state, acts, catalog }) {
  const { rows, words } = state,
    chosen = chosenRows(state);
  if (!rows) return html`<p class="rn-quiet">${say("Reading the runs …")}</p>`;
  if (!rows.length)
    return html`<p class="rn-quiet no-run">
    ${words ? say("No run holds these words.") : say("No run yet: press Train.")}
    </p>`;
  return html`<div class="rn-box" id="runs" tabindex="0" role="region" aria-label=${say("Runs")}>
    <table class="rn-table"><thead><tr>
    ${COLUMNS.map((name) => html`<th scope="col">${say(name)}</th>`)}</tr></thead>
    <tbody>${rows.map(
      (row) =>
        html`<${RunRow} key=${row.run} isPicked=${chosen.includes(row)} isOpen=${row.run === state.open}
      isFull=${chosen.length >= contract.compared_runs} ...${{ row, acts, catalog }} />`,
    )}</tbody></table></div>`;
}

function RunRow({ row, acts, catalog, isPicked, isOpen, isFull }) {
  const cell = (column, words, title) => html`<td data-label=${say(COLUMNS[column])} title=${title}>${words}</td>`,
    changed = joinTexts(
      row.changed.map(({ field, other }) => `${say(fieldName(catalog, field)).toLowerCase()} ${say(valueText(other))}`),
      ", ",
    );
  return html`<tr data-run=${row.run} data-status=${row.status} aria-current=${isOpen ? "true" : null}>
    <td class="rn-pick" data-label=${say("Compare")}>
      <input type="checkbox" checked=${isPicked} disabled=${isOpen || (isFull && !isPicked)}
    aria-label=${say`Compare ${row.title}`} onChange=${() => acts.pick(row.run)} /></td>
    <th scope="row"><button type="button" data-run=${row.run} title=${row.run} onClick=${() => acts.open(row.run)}>
      ${say(row.title)}
      </button><small>${isOpen ? say("open now") : row.is_own ? say("yours") : ""}${
        row.start !== "scratch" && html` <span>${say`from ${row.start}`}</span>`
      }</small></th>
    ${cell(2, changed)}${cell(3, statusWords(row))}${cell(4, `${row.step}/${row.steps}`)}
      ${cell(5, share(row.binding), row.run)}${cell(
        6,
        row.own_is_canonical ? say("the same captions") : share(row.own),
      )}${cell(7, share(row.recognition))}${cell(8, age(Math.max(0, Date.now() / 1000 - row.created)))}</tr>`;
}

/** How a run stands, with its place in the queue and the time left. */
export function statusWords({ status, place, left_s: left, step }) {
  if (status === "queued") return place > 1 ? say`place ${place} in the queue` : say("next in the queue");
  if (status === "running" && left !== null && step > 0) return say`running, about ${duration(left)} left`;
  return say(status);
}

const DAY_S = 86400,
  age = (seconds) => (seconds > 2 * DAY_S ? say`${Math.floor(seconds / DAY_S)} days` : duration(seconds));
const share = (estimate) =>
  !estimate || estimate.value === null
    ? ""
    : html`<span>${percent(estimate.value)} <small>
  ${bare(estimate.low)}–${bare(estimate.high)}</small></span>`;

/** The name of a dial for people. */
export const fieldName = (catalog, field) => catalog.dials[field]?.plain || catalog.dials[field]?.label || field;
