// The open questions: what rivals predict of each, as bands on one axis, and the trainings so far below them.

import { useSize } from "../size.js";
import { lanesOf } from "../lanes.js";
import { isPowerOfTen } from "../log-axis.js";
import { thousands } from "../numbers.js";
import { moveFocus, Sentences } from "../ui.js";
import { html } from "../vendor/preact.js";
import { joinTexts, say } from "../words.js";
import { axisOf, ticksOf } from "./axis.js";
import { Dot, Yours } from "./dot.js";
import { trainingKey, ranOf } from "./dots.js";

/** The size of a track until it is on a page. */
const USUAL = { width: 430, height: 40 };
/** Units of a dot with its room, and of the first triangle from the end of the training. */
const DOT = 17,
  FIRST = 13;

/** The short name of a rival: its letter. */
const letterOf = (index) => String.fromCharCode(65 + index);

/** @param {{state: any, acts: any}} props */
export function Board({ state, acts }) {
  const { list } = state,
    axis = axisOf(list);
  return html`<div class="op-questions">${list.questions.map(
    (question) => html`<${OpenQuestion} key=${question.name} ...${{ question, state, acts, axis }} />`,
  )}</div>`;
}

function OpenQuestion({ question, state, acts, axis }) {
  const { name, title, sentence, cells, rivals, verdict, problem } = question,
    entries = state.list.entries.filter((each) => each.question === name),
    ran = entries.filter(({ has_ended: hasEnded }) => hasEnded),
    confirmed = ran.filter((entry) => entry.state === "confirmed"),
    isHere = state.run?.question === name || (!state.run && state.after?.question === name);
  return html`<section class=${isHere ? "wb-col op-question op-here" : "wb-col op-question"} data-question=${name}
    data-confirmed=${confirmed.length} aria-labelledby=${`op-${name}`}>
    <div class="op-about"><h2 id=${`op-${name}`}>${say(title)}</h2><p>${say(sentence)}</p>
      ${verdict && html`<p class="op-verdict" data-winner=${verdict.rival}><b>${say(verdict.sentence)}</b></p>`}
      <ol class="op-rivals" aria-label=${say("Predictions")}>${rivals.map(
        (rival, index) => html`<${Rival} key=${rival.name} ...${{ rival, index, question, all: entries.length }} />`,
      )}</ol>
      ${problem && html`<p class="op-said" role="status">${say(problem)}</p>`}
      ${!verdict && !problem && html`<${Needed} ...${{ all: entries.length, ran: ran.length, confirmed: confirmed.length }} />`}</div>
    <div class="op-figure">${cells.map(
      (cell) => html`<${QuestionCell} key=${cell.name} ...${{ question, cell, axis, state, acts }}
        entries=${entries.filter((each) => each.cell === cell.name)} />`,
    )}<${BoardAxis} axis=${axis} /></div></section>`;
}

/** A prediction in words, for who cannot see its bands with their ends; once the list is whole, how it fared. */
function Rival({ rival: { name, sentence, predictions }, index, question: { cells, verdict }, all }) {
  const ranges = cells.map((cell) => {
    const band = predictions.find((each) => each.cell === cell.name);
    return say`${cell.sentence}: ${rangeOf(band)}`;
  });
  return html`<li class=${verdict?.rival === name ? "op-held" : ""}><i aria-hidden="true">${letterOf(index)}</i><span>
    <${Sentences}>${say(sentence)}${
      verdict &&
      html`<b>${say`${verdict.inside[name]} of ${all} inside its bands, ${all - verdict.inside[name]} outside.`}</b>`
    }<span class="wb-unseen">${joinTexts(ranges)}</span><//></span></li>`;
}

/** What the list still lacks of a question. */
function Needed({ all, ran, confirmed }) {
  const width = (count) => ({ width: `${(100 * count) / all}%` }),
    open = all - ran,
    head = open
      ? missingWords(open)
      : confirmed < all
        ? say("Every one has run once.")
        : say("Every one is confirmed.");
  return html`<div class="op-needed"><p><${Sentences}><b>${head}</b><span>
    ${confirmed === all ? say("The verdict follows after an audit.") : ofAll(confirmed, all)}</span><//></p>
    <div class="op-bar" aria-hidden="true"><i style=${width(confirmed)} /><i style=${width(ran - confirmed)} /></div></div>`;
}

const missingWords = (open) => (open === 1 ? say("One more is needed.") : say`${open} more are needed.`);
const ofAll = (confirmed, all) =>
  confirmed === 1 ? say`1 of ${all} is confirmed.` : say`${confirmed} of ${all} are confirmed.`;

function QuestionCell({ question, cell, entries, axis, state, acts }) {
  const end = axis.at(cell.pairs),
    isRunning = state.run?.question === question.name && state.run.cell === cell.name;
  return html`<div class="op-cell" data-cell=${cell.name} style=${{ "--end": `${end}%` }}>
    <h3>${say(cell.sentence)}</h3>
    <div class="op-track">${ticksOf(axis).map(
      (pairs) => html`<i class="op-rule" key=${pairs} style=${{ left: `${axis.at(pairs)}%` }} />`,
    )}<i class="op-behind" />
      <div class="op-bands" aria-hidden="true">${question.rivals.map(
        ({ name, predictions }, index) => html`<${Band} key=${name} letter=${letterOf(index)} axis=${axis} end=${end}
          band=${predictions.find((each) => each.cell === cell.name)} />`,
      )}</div>
      <${Ran} ...${{ cell, entries, axis, state, acts, end, isRunning }} /></div></div>`;
}

/** "between 8,300 and 30,000 pairs" */
function rangeOf({ low, high, is_beyond: isBeyond }) {
  if (low === null) return say("not bound when the training ends");
  return isBeyond
    ? say`from ${thousands(low)} pairs on, or not bound when the training ends`
    : say`between ${thousands(low)} and ${thousands(high)} pairs`;
}

/** Where 19 of 20 trainings would fall; dashed where that is after the end of the training. */
function Band({ band, letter, axis, end }) {
  const { low, high, middle, is_beyond: isBeyond } = band,
    at = (pairs) => `${axis.at(pairs)}%`;
  return html`<div title=${say`${letter}: ${rangeOf(band)}`}><b>${letter}</b>${
    low !== null &&
    html`<i class="op-band" style=${{ left: at(low), width: `${(isBeyond ? end : axis.at(high)) - axis.at(low)}%` }} />`
  }${middle !== null && html`<i class="op-middle" style=${{ left: at(middle) }} />`}${
    isBeyond && html`<i class="op-never" />`
  }</div>`;
}

/** The trainings of a cell so far, and the one that runs here. */
function Ran({ cell, entries, axis, state, acts, end, isRunning }) {
  const [element, { width }] = useSize(USUAL),
    unit = 100 / width,
    { bound, late } = ranOf(entries),
    fit = Math.max(1, Math.floor((100 - end - unit * FIRST) / (unit * DOT))),
    ran = [...bound, ...late];
  const lefts = [
      ...bound.map((each) => axis.at(each.bound_at)),
      ...late.map((_, index) => end + unit * (FIRST + DOT * (index % fit))),
    ],
    lanes = lanesOf(lefts, unit * DOT),
    confirmed = ran.filter((each) => each.state === "confirmed").length,
    said = say`${countWords(ran.length)}, ${confirmed} confirmed, ${entries.length - ran.length} more needed`;
  return html`<div class="op-dots" ref=${element} style=${{ "--lanes": Math.max(1, ...lanes.map((lane) => lane + 1)) }}
    role="group" aria-label=${said} title=${said} onKeyDown=${moveFocus}>${ran.map(
      (entry, index) => html`<${Dot} key=${entry.name} entry=${entry} training=${trainingKey(state.list, entry)}
        number=${index + 1} count=${ran.length} left=${lefts[index]} lane=${lanes[index]} isMine=${entry.name in state.mine}
        isNew=${!state.run && state.after?.entry === entry.name}
        onOpen=${(element) => acts.open({ sweep: entry.question, label: say(cell.sentence), seed: entry.seed }, element)} />`,
    )}</div>${isRunning && html`<${RunningTraining} run=${state.run} axis=${axis} />`}`;
}

function countWords(count) {
  if (!count) return say("No training so far");
  return count === 1 ? say("1 training so far") : say`${count} trainings so far`;
}

const RunningTraining = ({ run, axis }) => html`<span class="op-way" style=${{ width: `${axis.at(run.pairs)}%` }} />
  <span class="op-now" style=${{ left: `${axis.at(run.pairs)}%` }} data-pairs=${run.pairs}>
    <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.4" /><path d="m6.3 5 3.2 3-3.2 3" /></svg>
    <${Yours} /></span>`;

const BoardAxis = ({ axis }) => html`<div class="op-axis" aria-hidden="true"><span>${say("pairs read")}</span><div>
  ${ticksOf(axis).map(
    (pairs) => html`<i key=${pairs} class=${isPowerOfTen(pairs) ? "" : "op-minor"}
      style=${{ left: `${axis.at(pairs)}%` }}>${thousands(pairs)}</i>`,
  )}<em>${say("not bound")}</em></div></div>`;
