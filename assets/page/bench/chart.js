// The curve of a run: binding with its interval, recognition thin, the coin toss, the seeds of the study, another run.

import { contract, hasBegunBound } from "../contract.js";
import { toThousand } from "../dials/measured.js";
import { clamp, tenths } from "../numbers.js";
import { path, shareAxis } from "../share-axis.js";
import { html } from "../vendor/preact.js";
import { bare, percent, say, recognitionText } from "../words.js";

export const WIDTH = 372,
  LEFT = 44,
  RIGHT = 312,
  TOP = 10,
  BOTTOM = 252;
const HEIGHT = 262,
  LETTER = 6.9,
  NEAR_PX = 7;

const y = shareAxis({ from: BOTTOM, to: TOP });
/** [step, share] of each point of a curve. */
const bindingOf = (curve) => curve.map(({ step, binding }) => [step, binding]);

/**
 * Where a step stands on the axis: saved steps are evenly spaced, what lies between is spaced in proportion. The steps
 * of the run from which this one went on, `before`, stand to the left of its own, and are counted on.
 */
export function makeScale(steps, before = null) {
  const earlier = before?.planned ?? [],
    lead = Math.max(0, earlier.length - 1),
    gap = (RIGHT - LEFT) / Math.max(1, lead + steps.length - 1),
    left = LEFT + gap * lead;
  const positionAmong = (saved, start) => (step) => {
    const after = saved.findIndex((each) => each >= step);
    if (after === 0) return start;
    if (after < 0) return start + gap * (saved.length - 1);
    return start + gap * (after - 1 + (step - saved[after - 1]) / (saved[after] - saved[after - 1]));
  };
  return {
    x: positionAmong(steps, left),
    steps,
    left,
    earlier,
    xBefore: positionAmong(earlier, LEFT),
    counted: before?.counted ?? 0,
  };
}

/**
 * `run` and `compare` are null where there is none; `seeds` are the marks of the cell that the study measured,
 * `hasOwnThings` tells that the run has other things than that cell, and `fresh` is its middle end, for a run that
 * began with other weights.
 */
export function Chart({ run, compare, seeds, hasOwnThings = false, fresh = null, at, scale }) {
  const whole = withFinal(run),
    hasCurve = whole?.curve.length > 0;
  return html`<${ChartLegend} compare=${compare} before=${whole?.before} hasSeeds=${Boolean(seeds)}
    hasOwnThings=${hasOwnThings} />
    <div class="wb-chartbox" data-part="chart">
      <svg class="wb-chart" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${sentence(whole, at)}>
        <${ChartFrame} />${seeds}
        ${whole?.before && html`<${Began} run=${whole} scale=${scale} fresh=${fresh} />`}
        ${compare && html`<${Other} compare=${compare} run=${whole} scale=${scale} />`}
        ${hasCurve && html`<${RunCurves} run=${whole} at=${at} scale=${scale} />`}
        ${
          !whole &&
          html`<${ChartText} x=${(LEFT + RIGHT) / 2} y=${y(0.62)} anchor="middle" class="wb-faint">
          ${say("Here the curve appears, dot by dot")}<//>`
        }
      </svg>
      <div class="wb-unseen" role="table" aria-label=${say("The curve as a table")}>
        ${
          hasCurve &&
          whole.curve.map(
            (point) =>
              html`<div role="row" key=${point.step}>${rowOf(point).map(
                (said) => html`<span role="cell">${said} </span>`,
              )}</div>`,
          )
        }</div>
    </div>`;
}

/** The run with its full evaluation as the last point of the curve, so that the curve ends at the number beside it. */
function withFinal(run) {
  const last = run?.curve.at(-1);
  if (!run?.final || last?.step !== run.checkpoints.at(-1)?.step) return run;
  const { value: binding, low, high } = run.final.binding;
  return {
    ...run,
    curve: [...run.curve.slice(0, -1), { ...last, binding, low, high, recognition: run.final.recognition.value }],
  };
}

const ChartText = ({ x, y: at, anchor, class: name, children }) =>
  html`<text x=${tenths(x)} y=${tenths(at)} text-anchor=${anchor} class=${name}>
  ${children}</text>`;

const labels = () => [
  [1, "100 %"],
  ...[contract.binding.level, 0.5, contract.min_axis_share].map((share) => [share, bare(share)]),
];
const ChartFrame = () => html`
  ${[contract.min_axis_share, contract.binding.level, 1].map((share) => html`<path d=${`M${LEFT} ${tenths(y(share))}H${RIGHT}`} class="wb-rule" />`)}
  ${labels().map(([share, said]) => html`<${ChartText} x=${LEFT - 6} y=${y(share) + 4} anchor="end">${said}<//>`)}
  <path d=${`M${LEFT} ${tenths(y(0.5))}H${RIGHT}`} class="wb-chance" />
  ${say("coin toss")
    .split(" ")
    .map(
      (word, index) => html`<${ChartText} x=${LEFT - 6} y=${y(0.5) + 15 + 11 * index} anchor="end" class="wb-tiny">
    ${word}<//>`,
    )}`;

/** The curve without its axes, above the saved steps in a frame. */
export function SmallCurve({ run, at, scale }) {
  const low = 56,
    smallY = shareAxis({ from: low, to: 8 });
  const said = run.bound_at === null ? "" : say`it snaps in at step ${run.bound_at}`,
    here = run.curve.find(({ step }) => step === run.checkpoints[at]?.step);
  return html`<svg class="wb-chart wb-small" viewBox=${`0 0 ${WIDTH} 72`} role="img"
    aria-label=${sentence(run, run.checkpoints.length - 1)}>
    <path d=${`M${LEFT} ${tenths(smallY(0.5))}H${RIGHT}`} class="wb-chance" />
      <${ChartText} x=${LEFT} y=${low + 10} class="wb-tiny">${say("coin toss")}
      <//>
    <path d=${path(bindingOf(run.curve), scale.x, smallY)} class="wb-binding" />${
      here &&
      html`<circle cx=${tenths(scale.x(here.step))} cy=${tenths(smallY(here.binding))} r="5"
      class="wb-now" />`
    }${
      said &&
      html`<${ChartText} x=${Math.min(scale.x(run.bound_at) + 14, RIGHT - LETTER * said.length)} y=${34}
      class="wb-strong">${said}<//>`
    }</svg>`;
}

// Runs of other batches are laid over each other by the pairs that they have seen.
function Other({ compare, run, scale }) {
  const batch = (run ?? compare).spec.train.batch_size;
  const points = compare.curve
    .filter((point) => point.pairs / batch <= scale.steps.at(-1))
    .map((point) => [point.pairs / batch, point.binding]);
  return points.length > 0 && html`<path d=${path(points, scale.x, y)} class="wb-ghost" />`;
}

function RunCurves({ run, at, scale }) {
  const points = run.curve,
    step = run.checkpoints[at]?.step ?? points.at(-1).step,
    here = points.find((point) => point.step === step);
  const along = (share) => points.map((point) => [point.step, share(point)]),
    draw = (each) => path(each, scale.x, y),
    recognition = points.filter((point) => point.recognition !== null).map((point) => [point.step, point.recognition]);
  return html`<path
    d=${`${draw([...along((point) => Math.min(1, point.high)), ...along((point) => point.low).reverse()])}Z`}
    class="wb-band" />
    <path d=${draw(recognition)} class="wb-recognition" />
      <path d=${draw(bindingOf(points))} class="wb-binding" />
    <path d=${`M${tenths(scale.x(step))} ${TOP}V${HEIGHT}`} class="wb-here" />
    ${here && html`<circle cx=${tenths(scale.x(step))} cy=${tenths(y(here.binding))} r="6" class="wb-now" />`}
    ${
      !hasBegunBound(run) &&
      (run.bound_at !== null
        ? html`<${Moment} run=${run} scale=${scale} />`
        : run.status === "finished" && html`<${Never} last=${points.at(-1)} />`)
    }`;
}

/** The curve of the run from which this one went on, in gray, and a line where it did; a start without one is named. */
function Began({ run: { before, preset }, scale, fresh }) {
  const { left, xBefore } = scale,
    words = before.curve.map((point) => [point.step, point.recognition ?? point.binding]),
    last = before.curve.at(-1);
  if (!last)
    return html`<${ChartText} x=${LEFT + 6} y=${y(0.44)} class="wb-faint">${say`began with ${before.title}`}<//>`;
  const isOther = before.preset !== preset,
    isRight = WIDTH - left >= left - LEFT; // where the words have more room
  return html`<rect class="wb-before-band" x=${LEFT} y=${TOP} width=${tenths(left - LEFT)} height=${BOTTOM - TOP} />
    <path d=${path(words, xBefore, y)} class="wb-recognition wb-before" />
    <path d=${path(bindingOf(before.curve), xBefore, y)} class="wb-before" />
    ${
      fresh !== null &&
      html`<path d=${`M${tenths(left)} ${tenths(y(fresh))}H${RIGHT}`} class="wb-fresh" />
      <${ChartText} x=${RIGHT} y=${y(fresh) - 7} anchor="end" class="wb-fresh-said">
        ${say("fresh models, in the study")}<//>`
    }
    <path d=${`M${tenths(left)} ${TOP - 8}V${BOTTOM}`} class="wb-changed" />
    <circle cx=${tenths(left)} cy=${tenths(y(last.binding))} r="5" class="wb-before-end" />
    <${ChartText} x=${left - 9} y=${y(last.binding) + 20} anchor="end" class="wb-strong">${bare(last.binding)}<//>
    <${ChartText} x=${isRight ? left + 8 : left - 8} y=${y(0.68)} anchor=${isRight ? "start" : "end"} class="wb-strong">
      ${isOther ? say("captions change here") : say("here it goes on")}<//>`;
}

// Right below the curve, which is above from here on; left of it where it comes late.
function Moment({ run, scale }) {
  const point = run.curve.find((each) => each.step === run.bound_at);
  if (!point) return null;
  const said = say`it snaps in at step ${run.bound_at}`,
    x = scale.x(run.bound_at),
    long = LETTER * said.length;
  const isLate = x - 30 - long > LEFT,
    start = isLate ? x - 30 - long : Math.min(x + 30, RIGHT - 6 - long);
  const middle = y(point.binding) + (isLate ? -2 : 10),
    from = isLate ? x - 10 : x + 10,
    to = isLate ? x - 26 : start - 4;
  return html`<g class="wb-moment">
    ${(isLate || to - from > 4) && html`<path d=${`M${tenths(from)} ${tenths(middle)}H${tenths(to)}`} />`}
    <${ChartText} x=${start} y=${middle + 4}>${said}<//></g>`;
}

const Never = ({ last }) => html`<${ChartText} x=${RIGHT - 4} y=${y(clamp(last.high + 0.06, 0.69, 0.95))}
  anchor="end" class="wb-strong">
  ${last.low <= 0.5 ? say("never leaves the coin toss") : say("does not snap in")}<//>`;

function sentence(run, at) {
  if (!run?.curve.length) return say("Empty: nothing is trained yet");
  const step = run.checkpoints[at]?.step,
    point = run.curve.find((each) => each.step === step) ?? run.curve.at(-1);
  return say`Step ${point.step}: binding ${percent(point.binding)}, ${percent(point.low)} to ${percent(point.high)}; recognition ${recognitionText(point)}; a coin toss gives 50 %`;
}

const rowOf = (point) => [
  say`step ${point.step}`,
  say`binding ${percent(point.binding)}`,
  say`recognition ${recognitionText(point)}`,
];

const CurveKey = ({ name }) =>
  html`<svg viewBox="0 0 24 9" aria-hidden="true"><path d="M0 4.5h24" class=${name} /></svg>`;
function ChartLegend({ compare, before, hasSeeds, hasOwnThings }) {
  const seeds = hasOwnThings ? say("trainings of the study, with other things") : say("trainings of the study");
  return html`<div class=${hasOwnThings ? "wb-legend wb-wraps" : "wb-legend"} data-part="legend">
  ${
    before?.curve.length > 0 &&
    html`<span><${CurveKey} name="wb-before" /><span>${say`before: ${before.title}`}</span></span>`
  }
  <span><${CurveKey} name="wb-binding" /><span>
    ${before ? say("who has what") : say("knows who has what")}</span></span>
  <span><${CurveKey} name="wb-recognition" /><span>${before ? say("the words") : say("knows the words")}</span></span>
  ${
    hasSeeds &&
    html`<span class="wb-seeds" title=${seeds}><svg viewBox="0 0 24 9" aria-hidden="true"><circle cx="5" cy="4.6" r="3.4" />
    <path d="M17 1l4 7.2h-8z" /></svg><span>${hasOwnThings ? seeds : say("the study")}</span></span>`
  }
  ${
    compare &&
    html`<span class="wb-other" title=${compare.title}><${CurveKey} name="wb-ghost" />
    <span>${compare.title}</span></span>`
  }</div>`;
}

// ---- The marks of the seeds that the study measured nearest to the dials, on the axis of steps

/** [{x, isBound, pairs, lift}]: a circle where a seed was bound, a triangle where its budget ended before it was. */
export function marksOf(measured, scale) {
  if (!measured) return [];
  const { cell, values } = measured,
    last = scale.steps.at(-1),
    marks = [];
  const seeds = cell.seeds.map(({ canonical }) => ({ pairs: canonical ?? cell.pairs, isBound: canonical !== null }));
  for (const { pairs, isBound } of seeds.sort((one, other) => one.pairs - other.pairs)) {
    const step = pairs / values.batch_size;
    if (step > last) continue; // said in the sentence, and not drawn where it is not
    const x = scale.x(step);
    marks.push({ x, isBound, pairs, lift: marks.filter((each) => Math.abs(each.x - x) < NEAR_PX).length });
  }
  return marks;
}

/** The marks of `marksOf` below the curve; `isPast` once a curve stands above them. */
export function SeedMarks({ marks, scale, isPast }) {
  return html`<g class=${isPast ? "wb-seeds wb-past" : "wb-seeds"} data-part="seeds">
    <path d=${`M${LEFT} ${BOTTOM}H${tenths(scale.x(scale.steps.at(-1)))}`} class="wb-rule" />
    ${marks.map(({ x, isBound, pairs, lift }) => {
      const middle = BOTTOM - 8 * lift,
        said = isBound
          ? say`a training of the study, bound after ${toThousand(pairs)} pairs`
          : say`a training of the study, not bound within ${toThousand(pairs)} pairs`;
      return isBound
        ? html`<circle cx=${tenths(x)} cy=${tenths(middle)} r="4"><title>${said}</title></circle>`
        : html`<path d=${`M${tenths(x)} ${tenths(middle - 4.5)}l4.6 8.2h-9.2z`}><title>${said}</title></path>`;
    })}</g>`;
}
