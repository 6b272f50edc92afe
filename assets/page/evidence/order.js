// Order: what sparse captions do to fresh weights, to a model that learned from tidy captions first, and the control.
//
// Each of the three is a figure {cell, middle, lost}, asked about two things. `middle` is the training whose end is the
// middle one: {seed, start, lowest, end, forgotten}, its binding after the tidy pairs (null where there are none), at
// its lowest in the last phase and at the end, and the pairs of that phase from which on it was not bound, null if it
// is at the end. `lost` counts the seeds that were not bound at some test of the last phase. Both are null until the
// cell is whole.

import { useSize } from "../size.js";
import { html } from "../vendor/preact.js";
import { endOf, hasAllRun, phasesOf, roughly, PictureOf, soFarText, trainingsOf, Word } from "./fourth-cells.js";
import { path, ShareRules, shareAxis } from "../share-axis.js";
import { thousands } from "../numbers.js";
import { contract, isBoundAtEnd } from "../contract.js";
import { WEB } from "../recipe.js";
import { moveFocus, pressByKey, Sign } from "../ui.js";
import { joinBySign, percent, roughDuration, say } from "../words.js";

const LEFT = 46,
  TOP = 14,
  FOOT = 38,
  END_WIDTH = 54; // at the right, for the number of the end

/** The headline of the figures, by what their whole cells say. */
export const orderTitle = ({ state, after }) =>
  ({
    holds: after.lost
      ? say("Web-like captions bind no fresh model. Bound models lose it, and most learn it again")
      : say("Web-like captions bind no fresh model. Bound models keep it"),
    divided: say("Whether a tidy start helps depends on what is asked"),
    refuted: say("A tidy start does not help here."),
  })[state] ?? say("Does it matter what a model reads first?");

export function Order({ state, acts }) {
  const { fourth, dots, pictures, line, pace, tidy } = state,
    { fresh, after, control } = fourth.order;
  const [freshBox, freshSize] = useSize({ width: 420, height: 320 }),
    [afterBox, afterSize] = useSize({ width: 420, height: 320 }),
    [controlBox, controlSize] = useSize({ width: 260, height: 320 });
  const sides = [
      [fresh, freshSize],
      [after, afterSize],
      [control, controlSize],
    ],
    one = Math.min(
      ...sides.map(
        ([{ cell }, { width }]) => (width - LEFT - END_WIDTH) / cell.phases.reduce((sum, each) => sum + each, 0),
      ),
    );
  // Where they stand above each other, as on a phone, each takes its own width.
  const isStacked = new Set(sides.map(([, { width }]) => width)).size === 1,
    shared = { dots, acts, unit: isStacked ? null : one },
    seconds = pace && [tidy, WEB].reduce((sum, name) => sum + pairsOf(line, name), 0) * pace,
    [star] = pictures.four;
  return html`<div class="ev-order">
    <section class="wb-col ev-same" aria-labelledby="ev-o0"><${PictureOf} objects=${pictures.four}
      label=${say("A yellow star and a green house, and two smaller things that the caption leaves out")} />
      <div><h2 id="ev-o0">${say("Both read the same web-like captions")}</h2>
        <p class="ev-cap" translate=${false}>a <${Word} fill=${star.fill}>yellow<//> star and a house</p></div>
      <p>${say("Four things are in the picture. The caption names two of them and tells one color. The framed things are not named at all.")}</p>
    </section>
    <${Panel} id="ev-o1" title=${say("From fresh weights")} figure=${fresh} ...${shared} box=${freshBox}
      size=${freshSize} verdict=${freshVerdict(fresh)} />
    <${Panel} id="ev-o2" title=${say`After ${roughly(after.cell.phases[0])} tidy pairs`} figure=${after} ...${shared}
      box=${afterBox} size=${afterSize} verdict=${afterVerdict(after)} />
    <${Panel} id="ev-o3" name="ev-control" title=${say("The control: then captions that tell nearly no color")}
      figure=${control} ...${shared} box=${controlBox} size=${controlSize} verdict=${controlVerdict(control, after)}>
      <div class="ev-mini"><${PictureOf} objects=${pictures.four} label=${say("The same picture")} />
        <span class="ev-cap" translate=${false}>a star and a house</span></div><//>
    </div>
    <div class="ev-foot"><button type="button" class="ev-btn ev-go" data-act="order" onClick=${acts.seeOrder}>
      <${Sign} name="play" /><span>${say("See it in this tab: teach it tidy, then go on with the web")}
      ${seconds && html`<small>${say`about ${roughDuration(seconds)}`}</small>`}</span></button>
      <p>${say("One fresh model that learns it from these web-like captions would overturn this.")}</p>
      <button type="button" class="ev-btn" data-part="loop" onClick=${() => acts.showPart("loop")}>
        ${say("How few colors are enough?")}</button></div>`;
}

// ---- How large a dose, and when

const COLUMNS = [
  ["first", () => say("of color, first")],
  ["all_first", () => say("of all kinds, first")],
  ["mixed", () => say("of color, mixed in")],
  ["last", () => say("of color, last")],
];
const AFTER = {
  web: () => say("Web-like captions"),
  quarter: () => say("Captions that tell a quarter of the colors"),
};

/** How tidy captions that come last end at a low learning rate, once all of their trainings have run. */
function slowDoseSentence(cell) {
  if (!hasAllRun(cell)) return "";
  const [sparse, tidy] = cell.phases.map(roughly);
  return say`All of these have one learning rate. At a quarter of it, ${tidy} tidy pairs that come last, after ${sparse} with a quarter told, bind ${cell.forms.canonical.bound_at_end} of ${cell.seeds}.`;
}

/** Every dose of tidy captions, by where it stands: how its trainings ended. */
export const Doses = ({ doses, slowDose, dots, acts }) => html`<section class="wb-col ev-doses" aria-labelledby="ev-d1">
  <h3 id="ev-d1">${say("How large a dose of tidy captions helps, and when? Each dot is one training, by the pictures that it has right at its end")}</h3>
  <p>${slowDoseSentence(slowDose)}</p>
  ${doses.map(
    ({ after, rows }) => html`<div class="ev-cells ev-four" role="group" aria-label=${AFTER[after]()}>
    <span class="ev-head"><b>${AFTER[after]()}</b></span>
    ${COLUMNS.map(([, name]) => html`<span class="ev-head">${name()}</span>`)}
    ${rows.map(({ dose, cells }) => {
      const size = say`${thousands(1000 * dose)} tidy pairs`;
      return html`<span class="ev-side-name"><b>${size}</b></span>
      ${COLUMNS.map(([column, name]) =>
        cells[column]
          ? html`<${CellEnds} key=${column} cell=${cells[column]} size=${size} name=${name()} dots=${dots} acts=${acts} />`
          : html`<span class="ev-gap" />`,
      )}`;
    })}<span class="ev-gap" />${COLUMNS.map(([column]) => html`<${EndTicks} key=${column} />`)}</div>`,
  )}</section>`;

/** The numbers below a column of doses. */
const EndTicks = () => html`<div class="ev-ticks" aria-hidden="true">
  ${[0.5, 0.75, 1].map((each) => html`<span style=${{ left: `${across(each)}%` }}>${percent(each)}</span>`)}</div>`;

const LOWEST = 0.35;
const across = (share) => (100 * (Math.max(share, LOWEST) - LOWEST)) / (1 - LOWEST);

/** The trainings of a cell by binding at their end, between a coin toss and all right. */
function CellEnds({ cell, size, name, dots, acts }) {
  if (!cell.ran)
    return html`<div class="ev-cell ev-empty"><span class="ev-cell-name">${name}</span>
      <span class="ev-ended">${say("not trained yet")}</span></div>`;
  const trainings = trainingsOf(dots, cell),
    text = hasAllRun(cell) ? say`${cell.forms.canonical.bound_at_end} of ${cell.seeds} bind` : soFarText(cell);
  return html`<div class="ev-cell" role="group" aria-label=${say`${joinBySign([size, name], " ")}: ${text}`}>
    <span class="ev-cell-name">${name}</span><div class="ev-strip" onKeyDown=${moveFocus}>
    <i class="ev-strip-line" style=${{ right: 0 }} /><i class="ev-strip-end" style=${{ left: `${across(0.5)}%` }} />
    ${trainings.map((training, at) => {
      const value = endOf(training, "canonical"),
        said = say`seed ${training.seed}: ${percent(value)} at the end`;
      return html`<button key=${training.key} type="button" tabindex=${at ? -1 : 0} data-training=${training.key}
        class=${isBoundAtEnd(training, "canonical") ? "ev-spot" : "ev-spot ev-unbound ev-centered"}
        style=${{ left: `${across(value)}%`, "--lift": (at - (trainings.length - 1) / 2) * 0.7 }} aria-label=${said} title=${said}
        onClick=${({ currentTarget }) => acts.openTraining(cell, training, currentTarget)} />`;
    })}</div><span class="ev-ended">${text}</span></div>`;
}

const pairsOf = ({ recipes }, name) => {
  const { steps, batch_size: size } = recipes.find((each) => each.name === name) ?? { steps: 0, batch_size: 0 };
  return steps * size;
};

// ---- What is said of a whole figure; {head, isGood, text}

function freshVerdict({ cell }) {
  if (!hasAllRun(cell)) return null;
  const { bound } = cell.forms.canonical,
    { seeds } = cell,
    pairs = roughly(cell.phases.at(-1));
  return {
    head:
      bound === 0
        ? say("It does not learn who has what.")
        : bound === seeds
          ? say("It learns who has what.")
          : say("Some learn who has what."),
    isGood: bound > 0,
    text: say`${bound} of ${seeds} trainings learn it in ${pairs} pairs.`,
  };
}

function afterVerdict({ cell, middle, lost }) {
  if (!hasAllRun(cell)) return null;
  const { bound_at_end: bound, is_kept: isKept } = cell.forms.canonical,
    { seeds } = cell;
  const head = isKept
    ? lost
      ? lost === seeds
        ? say("All lose it, and most learn it again.")
        : say("Some lose it, and most have it at the end.")
      : say("It keeps what it knows.")
    : middle.end >= contract.score.in_part
      ? say("It keeps a part of what it knew.")
      : say("It forgets who has what.");
  return {
    head,
    isGood: isKept,
    text: say`Asked about two things, ${bound} of ${seeds} bind after ${roughly(cell.phases.at(-1))} web-like pairs; asked about one, ${cell.forms.single.bound_at_end} of ${seeds}; asked in the web-like captions themselves, ${cell.forms.own.bound_at_end} of ${seeds}. In between, ${lost} were not bound. The middle one finds ${percent(middle.end)}, and found ${percent(middle.lowest)} at its lowest.`,
  };
}

function controlVerdict({ cell, middle }, after) {
  if (!hasAllRun(cell)) return null;
  if (cell.forms.canonical.is_kept)
    return {
      head: say("It keeps it here too."),
      isGood: true,
      text: say("So a few colors are not needed to keep it."),
    };
  return {
    head: middle.forgotten
      ? say`It forgets within ${roughly(middle.forgotten)} pairs.`
      : say("It forgets who has what."),
    isGood: false,
    text: after.cell.forms.canonical.is_kept
      ? say("So it is not mere habit. Whether the words for colors were lost too was not asked.")
      : say("It forgets there as it forgets here."),
  };
}

// ---- A figure

function Panel({ id, name = "", title, figure, verdict, box, size, unit, dots, acts, children }) {
  const { cell } = figure,
    trainings = trainingsOf(dots, cell);
  return html`<section class=${`wb-col ev-panel ${name}`} aria-labelledby=${id}><h2 id=${id}>${title}</h2>${children}
    ${
      verdict
        ? html`<p class=${verdict.isGood ? "ev-verdict" : "ev-verdict ev-not"}>${verdict.head}</p><p>${verdict.text}</p>`
        : html`<p class="ev-verdict ev-waits">${soFarText(cell)}</p>
      ${cell.ran > 0 && html`<p>${say("Nothing is judged before all of them are there.")}</p>`}`
    }
    <div class="ev-graph" ref=${box}><svg viewBox=${`0 0 ${size.width} ${size.height}`} role="group"
      aria-label=${say`${title}: ${verdict ? joinBySign([verdict.head, verdict.text], " ") : soFarText(cell)}`}>
      <${OrderCurves} figure=${figure} trainings=${trainings} size=${size} unit=${unit} acts=${acts} /></svg></div></section>`;
}

function OrderCurves({ figure: { cell, middle }, trainings, size: { width, height }, unit, acts }) {
  const all = cell.phases.reduce((sum, each) => sum + each, 0),
    scale = unit ?? (width - LEFT - END_WIDTH) / all,
    foot = height - FOOT,
    right = LEFT + all * scale;
  const x = (pairs) => LEFT + pairs * scale,
    y = shareAxis({ high: 1.02, from: foot, to: TOP }),
    change = cell.phases.length > 1 ? x(cell.phases[0]) : null;
  return html`${change && html`<rect class="ev-tidy" x=${LEFT} y=${TOP} width=${change - LEFT} height=${foot - TOP} />`}
    <${ShareRules} y=${y} left=${LEFT} right=${right} />
    <path class="ev-axis" d=${`M${LEFT} ${foot}H${right}`} />
    ${change && html`<path class="ev-change" d=${`M${change} ${TOP - 4}V${foot}`} />`}
    <g onKeyDown=${moveFocus}>${trainings.map(
      (training, at) =>
        html`<${OrderCurve} key=${training.key} ...${{ training, cell, x, y, acts }} isFirst=${at === 0}
          isMiddle=${middle?.seed === training.seed} />`,
    )}</g>
    ${middle && html`<${Marks} ...${{ middle, cell, trainings, x, y }} />`}
    ${cell.phases.map((pairs, at) => {
      const from = x(at ? cell.phases[0] : 0),
        to = from + pairs * scale;
      return html`<path class="ev-bracket" d=${`M${from + 1.5} ${foot + 2}v5H${to - 1.5}v-5`} />
        <text x=${(from + to) / 2} y=${foot + 22} text-anchor="middle">
          ${at || cell.phases.length === 1 ? say`${roughly(pairs)} pairs` : say("tidy")}</text>`;
    })}`;
}

/** A training as a curve; a press opens it, and arrows go to the next one. The tidy part is gray. */
function OrderCurve({ training, cell, isFirst, isMiddle, x, y, acts }) {
  const parts = phasesOf(training, cell),
    last = parts.at(-1),
    isBound = isBoundAtEnd(training, "canonical"),
    [end, value] = last.at(-1),
    name = isMiddle ? " ev-middle" : "";
  const said = say`seed ${training.seed}: ${percent(endOf(training, "canonical"))} at the end`,
    open = ({ currentTarget }) => acts.openTraining(cell, training, currentTarget);
  return html`<g class=${`ev-curve${isBound ? "" : " ev-lacking"}${name}`} role="button" tabindex=${isFirst ? 0 : -1} aria-label=${said}
    data-training=${training.key} onClick=${open} onKeyDown=${pressByKey(open)}><title>${said}</title>
    ${parts.length > 1 && html`<path class="ev-before" d=${path(parts[0], x, y)} />`}
    <path class="ev-hit" d=${path(last, x, y)} /><path class="ev-after" d=${path(last, x, y)} />
    ${
      isBound
        ? html`<circle cx=${x(end)} cy=${y(value)} r="5" />`
        : html`<path class="ev-open-end" d=${`M${x(end) - 5} ${y(value) + 4}h10l-5-9z`} />`
    }</g>`;
}

/** The numbers at the middle training: where the captions change, its lowest point, and its end. */
function Marks({ middle, cell, trainings, x, y }) {
  const training = trainings.find((each) => each.seed === middle.seed);
  if (!training) return null;
  const last = phasesOf(training, cell).at(-1),
    [end] = last.at(-1),
    [low] = last.find(([, value]) => value === middle.lowest);
  const isDip = middle.start !== null && middle.end - middle.lowest > 0.02 && low < end;
  return html`${
    middle.start !== null &&
    html`<text class="ev-name" x=${x(cell.phases[0]) + 9} y=${y(middle.start) - 1}>${percent(middle.start)}</text>`
  }
    ${
      isDip &&
      html`<text class="ev-name" x=${x(low)} y=${y(middle.lowest) + 19} text-anchor="middle">
        ${percent(middle.lowest)}</text>`
    }
    <text class=${isBoundAtEnd(training, "canonical") ? "ev-right ev-bold" : "ev-wrong ev-bold"} x=${x(end) + 10}
      y=${y(middle.end) + 4}>${percent(middle.end)}</text>`;
}
