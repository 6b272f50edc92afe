// The runs that are chosen: what each can do, the dials in which they differ, their curves, and the paired difference.

import { Figure } from "../figure.js";
import { thousands, valueText } from "../numbers.js";
import { chosenRows, fieldName, statusWords } from "./table.js";
import { useFocusKept } from "../ui.js";
import { html } from "../vendor/preact.js";
import { isLive, say } from "../words.js";

const CURVES = [
  ["binding", "Knows who has what"],
  ["recognition", "Knows the words"],
  ["loss", "Loss"],
];
const METRICS = { binding_accuracy: "who has what", recognition_accuracy: "the words" },
  FORMS = { canonical: "two things, a color each", own: "as in its training" };

export function Compared({ state, acts, catalog }) {
  const rows = chosenRows(state),
    { compared } = state;
  if (!rows.length)
    return html`<p class="rn-quiet">
    ${state.rows?.length > 0 && say("Tick two runs to lay their curves over each other.")}
    </p>`;
  const figures = compared?.figures ?? {};
  return html`<div class="rn-chosen">${rows.map((row) => html`<${ComparedRun} key=${row.run} ...${{ row, state, acts }} />`)}
    </div>
    ${rows.some((row) => row.in_tab) && html`<p class="rn-quiet">${say("Only runs of the server are compared here; the curve of a run in this tab is on the Workbench.")}</p>`}
    ${compared?.problem && html`<p class="rn-problem" role="status">${compared.problem}</p>`}
    ${compared?.runs?.length > 1 && html`<${DialDifferences} ...${{ compared, rows: state.rows, catalog }} />`}
    <div class="rn-figures">${CURVES.filter(([name]) => figures[name]).map(
      ([name, title]) =>
        html`<section key=${name}><h3>${say(title)}</h3><${Figure} name=${name} title=${title} figure=${figures[name]} />
        </section>`,
    )}</div>
    ${
      figures.difference &&
      html`<section class="rn-difference" id="compare">
      <h3>${say("The difference at the same steps")}</h3>
      <div class="rn-choices"><${RadioGroup} name="metric" label=${say("Difference in")}
        choices=${METRICS} value=${state.metric}
      onChoose=${acts.chooseMetric} />
      <${RadioGroup} name="form" label=${say("Captions")} choices=${FORMS} value=${state.form}
      onChoose=${acts.chooseForm} /></div>
      <${Figure} name="difference" title="The difference at the same steps" figure=${figures.difference} />
        </section>`
    }`;
}

function ComparedRun({ row, state: { sure, isBusy }, acts }) {
  const {
      run,
      title,
      status,
      step,
      steps,
      batch_size: size,
      seed,
      verdict,
      in_tab: inTab,
      may_change: mayChange,
      is_resumable: isResumable,
      has_model: hasModel,
    } = row,
    isOn = isLive(row),
    code = encodeURIComponent(run),
    section = useFocusKept("[data-do=keep]", "[data-do=delete]");
  const button = (words, onClick, name) =>
    html`<button key=${name} type="button" class="wb-btn" disabled=${isBusy} data-do=${name} onClick=${onClick}>
    ${words}</button>`;
  return html`<section class="rn-run" data-run=${run} tabindex="-1" ref=${section}><h3>${say(title)}</h3>
    ${verdict && html`<p class="verdict" data-verdict>${verdict}</p>`}
    <p class="rn-quiet"><span>${statusWords(row)}</span> · <span>
      ${say`${thousands(step)} of ${thousands(steps)} steps of ${thousands(size)} pairs, seed ${seed}`}</span> · <code>
        ${run}</code></p>
    ${
      sure === run
        ? html`<p class="rn-sure" role="alert">
      <span>${say("Delete this run with its model for good?")}</span>
      ${button(say("Delete for good"), () => acts.delete(run), "delete-for-good")}
      ${button(say("Keep it"), () => acts.change({ sure: "" }), "keep")}
      </p>`
        : html`<p class="rn-do">${button(say("Open"), () => acts.open(run), "open")}
        ${button(say("Look inside"), () => acts.lookInside(run), "look")}
        ${
          mayChange &&
          isOn &&
          button(status === "queued" ? say("Take out of the queue") : say("Stop"), () => acts.stop(run), "stop")
        }${isResumable && button(say("Resume"), () => acts.resume(run), "resume")}
        ${!inTab && !isOn && step > 0 && html`<a class="wb-btn" href=${`runs/${code}.zip`} download="">${say("Save as zip")}</a>`}
          ${
            !inTab &&
            hasModel &&
            html`<a class="wb-btn" href=${`runs/${code}.html`} download="">${say("Save as one web page")}</a>`
          }
        ${mayChange && !isOn && button(say("Delete"), () => acts.change({ sure: run }), "delete")}</p>`
    }</section>`;
}

/**
 * The dials in which the runs that were compared are not all equal. Other runs than these may be ticked by now, so
 * their titles come from all `rows`.
 */
function DialDifferences({ compared: { runs, differs }, rows, catalog }) {
  const titleOf = (run) => rows.find((each) => each.run === run)?.title ?? run;
  const fields = Object.keys(catalog.dials).filter((name) =>
    differs.some((other) => other.some(({ field }) => field === name)),
  );
  if (!fields.length) return html`<p class="rn-quiet" id="difference">${say("These runs have the same dials.")}</p>`;
  const first = (name) => differs.flat().find(({ field }) => field === name).this,
    value = (name, index) =>
      (index ? differs[index - 1].find(({ field }) => field === name)?.other : undefined) ?? first(name);
  return html`<div id="difference" class="rn-differs"><h3>${say("What differs")}</h3>
    <table><thead><tr><th scope="col">${say("dial")}</th>
    ${runs.map((run) => html`<th scope="col">${say(titleOf(run))}</th>`)}</tr></thead>
    <tbody>${fields.map(
      (name) => html`<tr key=${name}><th scope="row">${say(fieldName(catalog, name))}</th>
      ${runs.map((_, index) => html`<td>${valueText(value(name, index))}</td>`)}</tr>`,
    )}</tbody></table></div>`;
}

const RadioGroup = ({ name, label, choices, value, onChoose }) =>
  html`<fieldset id=${`compare-${name}`}><legend>${label}</legend>
  ${Object.entries(choices).map(
    ([key, words]) => html`<label key=${key}><input type="radio" name=${`compare-${name}`} value=${key}
  checked=${value === key} onChange=${() => onChoose(key)} />${say(words)}</label>`,
  )}</fieldset>`;
