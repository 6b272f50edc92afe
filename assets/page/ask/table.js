// The second column of *Ask a real CLIP*: a row a model, and the models that one press adds.

import { html } from "../vendor/preact.js";
import { megabytes, pairOf, parametersOf, positionOnBarOfLuck, readRow } from "./answer.js";
import { Detail } from "./detail.js";
import { Steady } from "./reworded.js";
import { Round } from "./question.js";
import { REAL } from "./asking.js";
import { Gauge, Heading, Icon } from "../ui.js";
import { joinTexts, percent, roughDuration, say } from "../words.js";

const DOWN = "M9 2v9M5 8l4 4 4-4M3 15h12";
const BYTES_PER_PARAMETER = 4;

export function ModelTable({ state, acts }) {
  const real = state.rows.filter((row) => row.isReal),
    small = state.rows.filter((row) => !row.isReal);
  return html`<p class="ask-key">
    ${say`The bar reaches to the left for the wrong caption, and to the right for the right one. The gray band shows how far word order alone moves it. Top right: the result on ${state.scenes} scenes with known truth.`}
    </p>
  <div class=${`ask-table${state.isStatic ? " ask-in-tab" : ""}`} id="ask-models"><div class="ask-row ask-head" aria-hidden="true"><span>${say("model")}</span>
    <span class="ask-ends"><span>${say("wrong")}</span><span>${say("luck")}</span><span>${say("right")}</span></span>
      <span>
    ${say("this picture")}</span>
    <span>${state.isStatic ? "" : say("the same answer in other wordings")}</span>
    <span>${say`${state.scenes} scenes, truth known`}<span class="ask-ends"><span>${say("coin toss")}</span>
      <span>100</span></span></span></div>
  ${
    real.length > 0 &&
    html`<${Group} title=${say("Real CLIPs")}>${
      state.seconds !== null && html`<span>${say`answered in ${roughDuration(state.seconds)} on this computer`}</span>`
    }<//>
    ${real.map((row) => html`<${ModelRow} key=${row.name} row=${row} state=${state} acts=${acts} />`)}`
  }
  <${Group} title=${say(
    real.length ? "Small ones trained here, for comparison" : "Small ones trained here, answered at once",
  )} />
    ${small.map((row) => html`<${ModelRow} key=${row.name} row=${row} state=${state} acts=${acts} />`)}
  <${Adding} state=${state} acts=${acts} /></div>`;
}

export const TableHeading =
  () => html`<${Heading} id="ask-answers-title" number="2" title=${say("Which caption does each model prefer?")}>
  <span class="ask-legend"><i />${say("what word order alone does")}</span><//>`;

const Group = ({ title, children }) => html`<div class="ask-group"><span>${title}</span>${children}</div>`;

// ---- Rows

const about = (row) =>
  row.about ? say(row.about) : joinTexts([parametersOf(row.parameters), row.year].filter(Boolean), ", ");

function ModelRow({ row, state, acts }) {
  const { all, shown, why, isStale } = readRow(row, state),
    isOpen = state.open === row.name,
    id = `ask-row-${state.rows.indexOf(row)}`;
  return html`<div class="ask-model">
    <button type="button" class=${`ask-row${isOpen ? " ask-open" : ""}${isStale ? " ask-stale" : ""}`}
    aria-expanded=${isOpen} aria-controls=${isOpen ? id : undefined} onClick=${() => acts.open(row.name)}>
    <span class="ask-name"><b translate=${row.isReal ? false : undefined}>
      ${row.isReal ? row.title : say(row.short_title ?? row.title)}</b>
        <small>${about(row)}</small></span>
    ${
      shown
        ? html`<${LuckBar} all=${all} at=${all.indexOf(shown)} />
      <${AnswerWords} answer=${shown} pair=${pairOf(row, state)} />`
        : html`<span /><span class="ask-words"><span /><span class="ask-why">${why}</span></span>`
    }
    ${!state.isStatic && html`<${Steady} document=${shown ? row.document : null} at=${all ? Math.max(0, all.indexOf(shown)) : 0} />`}
    <${KnownScenes} row=${row} /></button>
    ${isOpen && html`<${Detail} id=${id} row=${row} state=${state} acts=${acts} answers=${all} />`}</div>`;
}

function AnswerWords({ answer, pair }) {
  const { mark } = answer,
    isLuck = answer.kind === "luck";
  return html`<span class="ask-words"><${Round} kind=${mark} hollow=${isLuck} />
    <span><b class=${isLuck ? "" : `ask-${mark}`}>${answer.head}
    </b><small>${answer.rest}</small>
    ${pair && html`<small>${say`Winoground: text ${pair.text}, image ${pair.image}, group ${pair.group}`}</small>`}
      </span></span>`;
}

/** The margin by the spread of word order; a dot a picture, the one that is shown large. */
function LuckBar({ all, at }) {
  const { ratio, mark, kind } = all[at],
    position = positionOnBarOfLuck(ratio),
    isLuck = kind === "luck";
  return html`<span class="ask-bar"><svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
    <rect class="ask-rail" x="0" y="6" width="100" height="4" rx="2" />
    <rect class="ask-luck" x="30" y="1.5" width="40" height="13" rx="1.5" /><path class="ask-middle" d="M50 0V16" />
    ${!isLuck && html`<path class=${`ask-reach ask-${mark}`} d=${`M50 8H${position}`} />`}</svg>
    ${all.map(
      (each, number) =>
        number !== at &&
        each &&
        html`<i class=${`ask-mark ask-other ask-${each.mark}`}
      style=${{ left: `${positionOnBarOfLuck(each.ratio)}%` }} />`,
    )}
    <i class=${`ask-mark ask-${mark}${isLuck ? " ask-hollow" : ""}`} style=${{ left: `${position}%` }} /></span>`;
}

/** The share of scenes with known truth in which the right caption is nearer, with its interval and chance. */
function KnownScenes({ row }) {
  const binding = row.scores?.binding_accuracy;
  if (!binding)
    return html`<span class="ask-scores">
    <span class="ask-why">${row.isCounting ? say("counting") : ""}</span><span>
    ${row.isCounting ? "…" : row.whyScores ? "–" : ""}</span></span>`;
  const said = say`${percent(binding.value)}, 95 % interval ${percent(binding.low)} to ${percent(binding.high)}, coin toss 50 %`;
  return html`<span class="ask-scores" title=${said}><${Gauge} ...${binding} />
    <span>${percent(binding.value)}</span></span>`;
}

// ---- Models that one press adds

function Adding({ state, acts }) {
  const { listed, rows, loads, isClosed } = state,
    left = REAL.filter((each) => !rows.some((row) => row.name === each.name)),
    further = Object.keys(loads).filter((name) => !REAL.some((each) => each.name === name));
  if (state.isStatic)
    return html`<div id="add-model"><${Group} title=${say("Add a real CLIP")} /><p class="ask-closed">
    ${say(
      "The full app asks any CLIP by its name, reads any English caption, shows where each model looks, and has more tests. It runs on your own computer with Python.",
    )}</p></div>`;
  return html`<div id="add-model"><${Group} title=${say("Add a real CLIP")}>
    ${
      !isClosed &&
      html`<span>${say("or")} <button type="button" class="wb-link" aria-expanded=${state.isNaming}
    onClick=${() => acts.change({ isNaming: !state.isNaming })}>${say("another one by name or file")}</button></span>`
    }
    <//>
    ${
      isClosed &&
      listed &&
      html`<p class="ask-closed">
      ${say("This server fetches no models. On your computer: make run.")} <button
      type="button" class="wb-link" aria-expanded=${state.isNaming}
        onClick=${() => acts.change({ isNaming: !state.isNaming })}>
      ${say("A run by its name")}</button></p>`
    }
    ${state.isNaming && html`<${Naming} state=${state} acts=${acts} />`}
    ${!isClosed && left.map((each) => html`<${Offer} key=${each.name} each=${each} state=${state} acts=${acts} />`)}
    ${further.map((name) => html`<${Offer} key=${name} each=${{ name, title: name }} state=${state} acts=${acts} />`)}
      </div>`;
}

/** The size of a model's weights: as on the disk, else four bytes a parameter. */
function sizeOf(name, listed) {
  const model = listed?.find((each) => each.name === name);
  if (!model) return { isHere: false, text: "", parameters: null };
  const bytes = model.bytes ?? (model.parameters === null ? null : BYTES_PER_PARAMETER * model.parameters);
  return { isHere: model.on_disk, text: bytes === null ? "" : megabytes(bytes), parameters: model.parameters };
}

function Offer({ each: { name, title, year }, state, acts }) {
  const { isHere, text, parameters } = sizeOf(name, state.listed),
    load = state.loads[name];
  const said = parameters === null ? "" : joinTexts([parametersOf(parameters), year].filter(Boolean), ", ");
  const rest = isHere ? say("on this computer") : text ? say`about ${text}, fetched once, stays on this computer` : "";
  return html`<div class="ask-row ask-offer"><span class="ask-name"><b translate=${false}>${title}</b>
    <small>${said}</small></span>
    ${
      !load
        ? html`<span class="ask-get"><button type="button" class="ask-btn" onClick=${() => acts.add(name)}
      aria-label=${say`Add ${title}`}><${Icon} path=${DOWN} />${say("Add")}</button><span>${rest}</span></span>`
        : load.why
          ? html`<span class="ask-get"><span class="ask-refused" role="alert">${load.why}</span>
        <button type="button" class="ask-btn" onClick=${() => acts.add(name)}>${say("Try again")}</button>
        <button type="button" class="wb-link" onClick=${() => acts.cancel(name)}>${say("Leave it")}</button></span>`
          : html`<span class="ask-get"><${LoadProgress} load=${load} text=${text} />
          <button type="button" class="ask-btn" aria-label=${say`Cancel ${title}`} onClick=${() => acts.cancel(name)}>
            ${say("Cancel")}
          </button></span>`
    }</div>`;
}

/** Stages of a model that is here already. */
const READING = ["build", "check"];

function LoadProgress({ load, text }) {
  if (load.phase === "next") return html`<span>${text ? say`Next: ${text}` : say("Next")}</span>`;
  if (load.phase === "reading")
    return html`<span role="status">${
      READING.includes(load.stage) ? say("Reading it, about 3 s") : say("Getting ready")
    }</span>`;
  const whole = Math.round(100 * load.done),
    left = load.left_s === null ? "" : say`, about ${roughDuration(load.left_s)} left`;
  return html`<span class="ask-progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${whole}
    aria-label=${say("Fetched")}><i style=${{ width: `${whole}%` }} /></span>
      <span class="ask-number">${say(load.text)}${left}</span>`;
}

const FORMS = [
  ["ViT-L-14/openai", "a name of open_clip"],
  ["hf-hub:ORG/REPO", "a model on the Hub"],
  ["ViT-B-32:epoch_32.pt", "a checkpoint of open_clip's trainer"],
  ["/models/my-clip", "a folder of Transformers or open_clip"],
  ["ViT-B-32.pt", "a file in OpenAI's format"],
  ["tidy-3f2a", "a run of this project"],
];

function Naming({ state, acts }) {
  const { named, listed, isClosed } = state,
    forms = isClosed ? FORMS.slice(-1) : FORMS;
  function add(event) {
    event.preventDefault();
    const name = state.named.trim(); // the newest, also before it is drawn
    if (!name) return;
    acts.add(name);
    acts.change({ named: "" });
  }
  return html`<form class="ask-naming" onSubmit=${add}><label for="ask-named">${say("Name, folder or file")}</label>
    <input id="ask-named" type="text" list="ask-known" maxlength="300" autocomplete="off"
      spellcheck="false" translate=${false}
    value=${named} onInput=${({ target }) => acts.change({ named: target.value })} />
    <datalist id="ask-known">${(listed ?? [])
      .filter((each) => each.kind !== "shipped")
      .map((each) => html`<option key=${each.name} value=${each.name} />`)}</datalist>
      <button type="submit" class="ask-btn">${say("Add")}</button>
    <ul>${forms.map(([form, meaning]) => html`<li key=${form}><code>${form}</code> <span>${say(meaning)}</span></li>`)}
      </ul></form>`;
}
