// Cells of the fourth edition on the page: their trainings, what is said of each, and trainings as dots that open.
//
// A cell is {sweep, label, seeds, ran, phases, read, forms}; its trainings are those of `dots.json`, each with its
// curves. What judges is said of a whole cell alone, of which all seeds have run; of any other the page says how many.
// `forms` has of each form {bound, bound_at_end, median, end, is_kept}: how many seeds were bound in their last phase,
// and at its end; of the middle one the pairs until it was bound, and its end; and whether most are bound at the end.

import { logAxis, PAIR_TICKS } from "../log-axis.js";
import { html } from "../vendor/preact.js";
import { thousands } from "../numbers.js";
import { moveFocus } from "../ui.js";
import { say } from "../words.js";

/** The forms in which every cell is asked: its own captions, two things with a color each, and one thing alone. */
export const FORMS = ["own", "canonical", "single"];

/** The trainings of a cell by their seeds; none where there are none. */
export const trainingsOf = (dots, { sweep, label }) =>
  dots?.sweeps.find((each) => each.name === sweep)?.cells.find((each) => each.label === label)?.trainings ?? [];

export const hasAllRun = ({ ran, seeds }) => ran >= seeds;

/** The pairs of the last phase, after which a training that is not bound has ended. */
export const budgetOf = ({ phases }) => phases.at(-1);

/** Pairs to the thousand, below ten thousand to the hundred. */
export function roughly(pairs) {
  const unit = pairs < 9950 ? 100 : 1000;
  return thousands(unit * Math.round(pairs / unit));
}

export const notHereText = () => say("The trainings are not here yet.");
export const soFarText = ({ ran, seeds }) => (ran ? say`So far ${ran} of ${seeds} trainings have run.` : notHereText());

/** When a cell binds in a form, in one sentence. */
export function timeOf(cell, form) {
  if (!hasAllRun(cell)) return soFarText(cell);
  const { bound, median } = cell.forms[form],
    end = roughly(budgetOf(cell));
  if (bound === 0) return say`None of ${cell.seeds} learns it in ${end} pairs.`;
  return median === null
    ? say`${bound} of ${cell.seeds} learn it in ${end} pairs.`
    : say`It learns after ${roughly(median)} pairs.`;
}

/** Binding of a training at its end in a form, null where nothing was asked. */
export const endOf = ({ ends }, form) => ends[form]?.[0] ?? null;

/** [[pairs, binding], ...] of each phase of a training; pairs are counted on. */
export function phasesOf({ curves, batch_size: size }, { phases }) {
  const starts = phases.map((_, at) => phases.slice(0, at).reduce((sum, each) => sum + each, 0));
  return curves.map((curve, at) => curve.map(([step, value]) => [starts[at] + step * size, value]));
}

/** A scene with its objects; one that its caption leaves out is faint and framed. */
export const PictureOf = ({ objects, label }) => html`<svg class="ev-picture" viewBox="0 0 100 100" role="img"
  aria-label=${label}><rect width="100" height="100" class="ev-ground" />
  ${objects.map(
    ({ x, y, side, fill, shapes, is_told: isTold }) => html`<g transform=${`translate(${x} ${y}) scale(${side / 100})`}
      class=${isTold ? "" : "ev-faint"} style=${{ color: fill }}>
      ${shapes.map(({ kind, points }) => html`<polygon points=${points} class=${`wb-${kind}`} />`)}</g>
    ${!isTold && html`<rect class="ev-untold" x=${x - 2} y=${y - 2} width=${side + 4} height=${side + 4} rx="9" />`}`,
  )}</svg>`;

/** A word of color with its dot, as captions have it. */
export const Word = ({ fill, children }) =>
  html`<b class="ev-word"><i class="wb-dot" style=${{ background: fill }} />${children}</b>`;

// ---- Strips: the seeds of a cell on a logarithmic axis of pairs

/** Where pairs lie on an axis from `low` to `high`, in percent of its width. */
export const stripAxis = ({ low, high }) => logAxis({ low, high, from: 0, to: 100 });

export const cellTicks = (low, high) => PAIR_TICKS.filter((each) => each > 1.12 * low && each < high / 1.02);

/** An axis that holds all trainings of these cells in a form, and their budgets. */
export function cellAxis(cells, dots, form) {
  const times = cells.flatMap((cell) => [
    budgetOf(cell),
    ...trainingsOf(dots, cell)
      .map((each) => each.bound[form])
      .filter(Boolean),
  ]);
  return { low: 0.8 * Math.min(1e4, ...times), high: 1.35 * Math.max(...times) };
}

const APART = 3.6; // percent of the width: nearer dots stand above each other

/** [{training, left, lift}]: where each seed stands, and how many dots it is lifted above or below the middle. */
export function positionsOf(trainings, form, at, end) {
  const positions = [];
  for (const training of [...trainings].sort((a, b) => (a.bound[form] ?? Infinity) - (b.bound[form] ?? Infinity))) {
    const time = training.bound[form],
      left = at(time ?? end),
      near = positions.filter(
        (each) => Math.abs(each.left - left) < APART && Boolean(each.time) === Boolean(time),
      ).length;
    positions.push({ training, time, left, lift: near % 2 ? -Math.ceil(near / 2) : near / 2 });
  }
  return positions;
}

const spotWords = ({ seed, bound }, form, end) =>
  bound[form]
    ? say`seed ${seed}: bound after ${thousands(bound[form])} pairs`
    : say`seed ${seed}: not bound within ${thousands(end)} pairs`;

/**
 * The trainings of a cell in a form: dots at the pairs until each is bound, triangles at the budget, and the median.
 * Tab stops at the first, and arrows lead to the others.
 */
export function Strip({ cell, dots, form, axis, acts }) {
  const end = budgetOf(cell),
    at = stripAxis(axis),
    positions = positionsOf(trainingsOf(dots, cell), form, at, end),
    { median } = cell.forms[form];
  return html`<div class="ev-strip" onKeyDown=${moveFocus}><i class="ev-strip-line" style=${{ right: `${100 - at(end)}%` }} />
    <i class="ev-strip-end" style=${{ left: `${at(end)}%` }} />
    ${median && html`<i class="ev-strip-median" style=${{ left: `${at(median)}%` }} />`}
    ${positions.map(
      ({ training, time, left, lift }, index) => html`<button key=${training.key} type="button"
        tabindex=${index ? -1 : 0} class=${time ? "ev-spot" : "ev-spot ev-unbound"} style=${{ left: `${left}%`, "--lift": lift }}
        aria-label=${spotWords(training, form, end)} title=${spotWords(training, form, end)}
        data-training=${training.key}
        onClick=${({ currentTarget }) => acts.openTraining(cell, training, currentTarget)} />`,
    )}
    <${StripWords} cell=${cell} form=${form} positions=${positions} at=${at} /></div>`;
}

/** What a strip says beside its dots: the median, how many are not bound, or how many have run. */
function StripWords({ cell, form, positions, at }) {
  if (!hasAllRun(cell))
    return html`<span class="ev-strip-said ev-quiet">
      ${cell.ran ? say`${cell.ran} of ${cell.seeds} so far` : notHereText()}</span>`;
  const { bound, median } = cell.forms[form],
    times = positions.filter((each) => each.time).map((each) => each.left),
    missing = cell.seeds - bound,
    isEarly = times.length && Math.max(...times) < 62;
  const style = !times.length
    ? { right: `calc(${100 - at(budgetOf(cell))}% + 0.9rem)` }
    : isEarly
      ? { left: `calc(${Math.max(...times)}% + 0.7rem)` }
      : { right: `calc(${100 - Math.min(...times)}% + 0.7rem)` };
  const text = !bound
    ? say`none of ${cell.seeds} learns it`
    : missing
      ? say`${bound} of ${cell.seeds} learn it`
      : roughly(median);
  return html`<span class=${missing ? "ev-strip-said ev-lacking" : "ev-strip-said"} style=${style}>${text}</span>`;
}

const FORM_NAMES = {
  own: () => say("as it was taught"),
  canonical: () => say("about two things"),
  single: () => say("about one thing"),
};

/** In which of these forms the models are asked. */
export const FormChoice = ({
  id,
  forms,
  form,
  onChoose,
}) => html`<div class="ev-asked"><span id=${id}>${say("Asked")}</span>
  <div class="ev-segments" role="radiogroup" aria-labelledby=${id} onKeyDown=${(event) => moveFocus(event)?.click()}>
    ${forms.map(
      (each) => html`<button key=${each} type="button" role="radio" data-form=${each}
      aria-checked=${String(each === form)} tabindex=${each === form ? 0 : -1} onClick=${() => onChoose(each)}>
      ${FORM_NAMES[each]()}</button>`,
    )}</div></div>`;
