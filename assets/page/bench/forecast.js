// When the study's line expects a training to bind: a mark on the curve before it, and afterwards whether it came.
// The line was drawn through trainings that were asked in captions like their own. The numbers are the study's.

import { contract } from "../contract.js";
import { BOTTOM, LEFT, RIGHT, TOP, y } from "./chart.js";
import { isOwnWorld } from "../../engine/world.js";
import { count, expected, isKnown, isWrong, kappaOf, rounded } from "../evidence/law.js";
import { html } from "../vendor/preact.js";
import { say, space } from "../words.js";

// what a frozen number was rounded by; room for a text
const NEAR = 1e-6,
  ROOM = 108;

/**
 * What the line says of dials, null where it says nothing of such data at all:
 *
 *   {kind: "known", pairs, steps}     each {value, low, high}: the median, and where 19 of 20 fall
 *   {kind: "beyond", pairs, isLate}   below what has bound; the line's own pairs; whether such data came later than it
 *   {kind: "unknown", dial}           all trainings of the study have another value of this dial
 *
 * with the budget {steps, pairs} of the training, and whether captions like its own ask what the curve asks.
 */
export function forecastOf(law, values) {
  if (!law || !values) return null;
  const {
      objects_in_image: objects,
      attribute_kinds: names,
      attribute_density: density,
      batch_size: size,
      learning_rate: rate,
    } = values,
    kinds = names.length;
  if (objects < 2 || kinds === 0 || density <= 0) return null;
  const isOwn = isOwnWorld(values.world),
    budget = { steps: values.steps, pairs: values.steps * size },
    shared = { budget, isOwn, isAlike: isAskedAlike(values) };
  const dial = Object.keys(law.usual).find(
    (name) =>
      name in values &&
      !(isOwn && name === "world") &&
      JSON.stringify(values[name]) !== JSON.stringify(law.usual[name]),
  );
  if (dial) return { ...shared, kind: "unknown", dial };
  const [slowest, fastest] = law.learning_rate;
  if (rate < slowest * (1 - NEAR) || rate > fastest * (1 + NEAR))
    return { ...shared, kind: "unknown", dial: "learning_rate" };
  const dials = { objects, kinds, density, completeness: values.caption_completeness },
    kappa = kappaOf(dials),
    { pairs, low, high } = expected(law, kappa);
  if (!isKnown(law, dials)) return { ...shared, kind: "beyond", pairs, isLate: isWrong(law, dials) };
  if (kappa > law.kappa[1] * (1 + NEAR)) return { ...shared, kind: "unknown", dial: "attribute_density" };
  return {
    ...shared,
    kind: "known",
    pairs: { value: pairs, low, high },
    steps: { value: pairs / size, low: low / size, high: high / size },
  };
}

/** Two objects, the color of each: what the curve of every training asks. */
const isAskedAlike = ({
  objects_in_image: objects,
  attribute_kinds: kinds,
  attribute_density: density,
  caption_completeness: share,
}) => objects === 2 && kinds.join() === "color" && density === 1 && share === 1;

/** The step at which a run bound in captions like its own, null if it did not, undefined where it was not asked. */
const cameAt = (run, { isAlike }) => (isAlike ? run.bound_at : run.own_bound_at);

const step = (value) => count(Math.max(1, value));
const span = ({ value, low, high }) => say`${step(value)} (${step(low)} to ${step(high)})`;

// ---- The mark on the curve

const near = (value) => value.toFixed(1);
const diamond = (x) => `M${near(x)} ${near(y(contract.binding.level) - 8)}l8 8-8 8-8-8z`;
const Text = ({ x, up, anchor = "end", class: name, children }) =>
  html`<text x=${near(x)} y=${near(y(contract.binding.level) + up)} text-anchor=${anchor}
  class=${name}>${children}</text>`;

/** The mark, null where there is none; `run` is null before a training, `scale` is that of the chart. */
export function markOf(forecast, { run, scale }) {
  if (!forecast || forecast.kind === "unknown") return null;
  if (forecast.kind === "beyond" || forecast.steps.value > forecast.budget.steps)
    return run ? null : html`<${Beyond} forecast=${forecast} />`;
  return html`<${Mark} forecast=${forecast} run=${run} scale=${scale} />`;
}

function Mark({ forecast: { steps, budget }, run, scale }) {
  const [from, at, to] = ["low", "value", "high"].map((name) => scale.x(Math.min(steps[name], budget.steps))),
    middle = Math.min(Math.max(at, LEFT + ROOM / 2), RIGHT - ROOM / 2);
  const end = steps.high > budget.steps ? "" : `M${near(to)} ${near(y(contract.binding.level) - 6)}v12`,
    isTight = at + 14 + ROOM > RIGHT;
  return html`<g class=${run ? "wb-forecast wb-past" : "wb-forecast"}>
    <rect class="wb-expected" x=${near(from)} y=${TOP} width=${near(to - from)} height=${BOTTOM - TOP} />
    ${!run && html`<path class="wb-drop" d=${`M${near(at)} ${near(y(contract.binding.level) + 9)}V${BOTTOM}`} />`}
      <path class="wb-reach"
        d=${`M${near(from)} ${near(y(contract.binding.level))}H${near(to)}M${near(from)} ${near(y(contract.binding.level) - 6)}v12${end}`} />
      <path class="wb-guess-at" d=${diamond(at)} />
    ${
      run
        ? html`<${Text} x=${isTight ? RIGHT : at + 14} up=${19} anchor=${isTight ? "end" : "start"}>
      ${say`expected ${span(steps)}`}<//>`
        : html`<${Text} x=${middle} up=${-34} anchor="middle" class="wb-strong">${say("expected to bind here")}<//>
      <${Text} x=${middle} up=${-19} anchor="middle">${say`step ${span(steps)}`}<//>`
    }</g>`;
}

/** A mark before the end of the axis, hollow where the line is not known; an arrow says that it comes later. */
function Beyond({ forecast }) {
  const isHollow = forecast.kind === "beyond",
    { budget } = forecast,
    pairs = isHollow ? forecast.pairs : forecast.pairs.value,
    right = RIGHT + 6,
    from = right - 100;
  const said = !isHollow
    ? say("expected beyond this budget")
    : pairs > budget.pairs
      ? say("expected far beyond this budget")
      : say("expected later than the line");
  return html`<g class=${isHollow ? "wb-forecast wb-open" : "wb-forecast"}>
    <path class="wb-reach" d=${`M${from + 8} ${near(y(contract.binding.level))}H${right}`} />
    <path class="wb-arrow" d=${`M${right - 2} ${near(y(contract.binding.level) - 7)}l9 7-9 7`} />
      <path class="wb-guess-at" d=${diamond(from)} />
    <${Text} x=${right} up=${-31} class="wb-strong">${said}<//><${Text} x=${right} up=${-16}>
      ${say`about ${rounded(pairs)} pairs; this training reads ${count(budget.pairs)}`}<//></g>`;
}

// ---- The sentences

/** What the line does not know of things of one's own. */
const Others = () => html` <span>${say("The study’s line was measured with other things.")}</span>`;

/** What is expected of a training that has not begun, and from where that is known. */
export function Expectation({ expected: forecast }) {
  const [head, rest] = before(forecast);
  return html`<b>${head}</b>${space(head, rest)}<span>${rest}</span>${
    forecast.kind !== "unknown" &&
    html` <span>${say("Source:")}</span> <a href=${evidenceLink()}>${say("the study’s line")}</a>${say(".")}`
  }
    ${forecast.isOwn && forecast.kind !== "unknown" && html`<${Others} />`}
    ${forecast.kind === "known" && html` <span>${say("Nothing is trained yet.")}</span>`}`;
}

/** The same page at the evidence. */
export function evidenceLink() {
  const language = new URLSearchParams(globalThis.location?.search).get("lang");
  return `?${new URLSearchParams({ tab: "study", ...(language ? { lang: language } : {}) })}`;
}

/** [bold, plain] before a training. */
export function before(forecast) {
  const { kind, budget, isAlike } = forecast;
  if (kind === "unknown")
    return [
      say("Nothing is trained yet."),
      forecast.dial === "init" || forecast.dial === "tune"
        ? say("The line is known only for trainings from fresh weights.")
        : say("It is not known when it binds with such dials, because no training of the study’s line had them."),
    ];
  if (kind === "known") {
    const { value, low, high } = forecast.steps,
      head =
        value <= budget.steps
          ? say`Expected at step ${step(value)}:`
          : say`Expected at step ${step(value)}, beyond this budget:`;
    const said = say`${rounded(forecast.pairs.value)} pairs. 19 of 20 trainings fall between steps ${step(low)} and ${step(high)}.`;
    return [head, isAlike ? said : `${said} ${ASKED()}`];
  }
  const times = forecast.pairs / budget.pairs,
    isFar = isBeyondBudget(forecast),
    head = isFar ? say("Expected far beyond this budget:") : say("Expected later than the line:");
  const said = isFar
    ? say`the line says ${times < 9.5 ? near(times) : Math.round(times)} times as many pairs, but nobody has tested it there.`
    : say`the line says ${rounded(forecast.pairs)} pairs, but nobody has tested it there.`;
  return [
    head,
    forecast.isLate
      ? `${said} ${say("Where captions tell this little, trainings came later than the line says, or not within their budget.")}`
      : said,
  ];
}

const ASKED = () => say("Asked in captions like its own.");

/** A sentence on a run that has bound by the step that is looked at, or has ended without; empty for any other. */
export function comparison(forecast, run, at) {
  const said = forecast && forecast.kind !== "unknown" ? compared(forecast, run, at) : "";
  const whole = said && !forecast.isAlike ? `${said} ${ASKED()}` : said;
  return whole && forecast.isOwn ? `${whole} ${say("The study’s line was measured with other things.")}` : whole;
}

/** Whether the line's own pairs are more than the training reads, where the line is not known. */
const isBeyondBudget = ({ pairs, budget }) => pairs > budget.pairs;

function compared(forecast, run, at) {
  if (run.curve.length === 0) return ""; // as with a shipped model: when it bound is not known
  const came = cameAt(run, forecast),
    isOver = run.status === "finished" && at >= run.steps;
  if (came === undefined || (came === null ? !isOver : at < came)) return "";
  if (forecast.kind === "beyond" && isBeyondBudget(forecast))
    return came === null
      ? say`Expected far beyond this budget, not there by ${step(run.steps)}.`
      : say`Expected far beyond this budget, came at ${step(came)}.`;
  if (forecast.kind === "beyond")
    return came === null
      ? say`Expected later than the line, not there by ${step(run.steps)}.`
      : say`Expected later than the line, came at ${step(came)}.`;
  const { value, low, high } = forecast.steps;
  if (came === null) return say`Expected at step ${step(value)}, not there by ${step(run.steps)}.`;
  if (came < low) return say`Expected at step ${step(value)}, came at ${step(came)}: sooner than 19 of 20.`;
  if (came > high) return say`Expected at step ${step(value)}, came at ${step(came)}: later than 19 of 20.`;
  return say`Expected at step ${step(value)}, came at ${step(came)}: inside the band where 19 of 20 fall.`;
}
