// When the study's line expects a training to bind: a mark on the curve before it, and afterwards whether it came.
// The line was drawn through trainings that were asked in captions like their own. The numbers are the study's.

import { BOTTOM, LEFT, RIGHT, TOP, y } from "./chart.js";
import { count, expected, isKnown, kappaOf, rounded } from "./line.js";
import { html } from "./vendor/preact.js";
import { say } from "./words.js";

const NEAR = 1e-6, BINDS = 0.75, ROOM = 108; // what a frozen number was rounded by; the share that is to be passed; room for a text

/**
 * What the line says of dials, null where it says nothing of such data at all:
 *
 *   {kind: "known", pairs, steps}     each {value, low, high}: the median, and where 19 of 20 fall
 *   {kind: "beyond", pairs, isLate}   below what has bound; the line's own pairs; whether such data came later than it
 *   {kind: "unknown", dial}           all trainings of the study have another value of this dial
 */
export function forecast(law, values) {
  const { objects_in_image: objects, attribute_kinds: names, attribute_density: density, batch_size: size, learning_rate: rate } = values, kinds = names.length;
  if (!law || objects < 2 || kinds === 0 || density <= 0) return null;
  const dial = Object.keys(law.usual).find((name) => name in values && JSON.stringify(values[name]) !== JSON.stringify(law.usual[name]));
  if (dial) return { kind: "unknown", dial };
  const [slowest, fastest] = law.learning_rate;
  if (rate < slowest * (1 - NEAR) || rate > fastest * (1 + NEAR)) return { kind: "unknown", dial: "learning_rate" };
  const dials = { objects, kinds, density }, kappa = kappaOf(dials), { pairs, low, high } = expected(law, kappa);
  if (!isKnown(law, dials)) return { kind: "beyond", pairs, isLate: density / kinds <= law.wrong_up_to * (1 + NEAR) };
  if (kappa > law.kappa[1] * (1 + NEAR)) return { kind: "unknown", dial: "attribute_density" };
  const steps = Object.fromEntries(Object.entries({ value: pairs, low, high }).map(([name, each]) => [name, each / size]));
  return { kind: "known", pairs: { value: pairs, low, high }, steps };
}

/** Whether captions like a training's own ask what the curve asks: two objects, the color of each. */
const isAskedAlike = ({ objects_in_image: objects, attribute_kinds: kinds, attribute_density: density, caption_completeness: share }) => objects === 2 && kinds.join() === "color" && density === 1 && share === 1;

/** The step at which a run bound in captions like its own, null if it did not, undefined where it was not asked. */
export const cameAt = ({ spec, bound_at: alike, own_bound_at: own }) => (isAskedAlike(spec.data) ? alike : own);

const step = (value) => count(Math.max(1, value));
const span = ({ value, low, high }) => say`${step(value)} (${step(low)} to ${step(high)})`;

// ---- The mark on the curve

const near = (value) => value.toFixed(1);
const diamond = (x) => `M${near(x)} ${near(y(BINDS) - 8)}l8 8-8 8-8-8z`;
const Text = ({ x, up, anchor = "end", class: name, children }) => html`<text x=${near(x)} y=${near(y(BINDS) + up)} text-anchor=${anchor} class=${name}>${children}</text>`;

/** `run` is null before a training; `budget` is its steps and pairs; `scale` is that of the chart. */
export function ForecastMark({ found, run, budget, scale }) {
  if (!found || found.kind === "unknown") return null;
  if (found.kind === "beyond" || found.steps.value > budget.steps) return !run && html`<${Beyond} found=${found} budget=${budget} />`;
  const [from, at, to] = ["low", "value", "high"].map((name) => scale.x(Math.min(found.steps[name], budget.steps))), middle = Math.min(Math.max(at, LEFT + ROOM / 2), RIGHT - ROOM / 2);
  const end = found.steps.high > budget.steps ? "" : `M${near(to)} ${near(y(BINDS) - 6)}v12`;
  return html`<g class=${run ? "wb-forecast wb-past" : "wb-forecast"}><rect class="wb-expected" x=${near(from)} y=${TOP} width=${near(to - from)} height=${BOTTOM - TOP} />
    ${!run && html`<path class="wb-drop" d=${`M${near(at)} ${near(y(BINDS) + 9)}V${BOTTOM}`} />`}<path class="wb-reach" d=${`M${near(from)} ${near(y(BINDS))}H${near(to)}M${near(from)} ${near(y(BINDS) - 6)}v12${end}`} /><path class="wb-diamond" d=${diamond(at)} />
    ${run ? html`<${Text} x=${Math.min(at + 14, RIGHT)} up=${19} anchor=${at + 14 + ROOM > RIGHT ? "end" : "start"}>${say`expected ${span(found.steps)}`}<//>`
    : html`<${Text} x=${middle} up=${-34} anchor="middle" class="wb-strong">${say("expected to bind here")}<//><${Text} x=${middle} up=${-19} anchor="middle">${say`step ${span(found.steps)}`}<//>`}</g>`;
}

/** A mark at the end of the axis, hollow where the line is not known; an arrow says that it comes later. */
function Beyond({ found, budget }) {
  const isHollow = found.kind === "beyond", pairs = isHollow ? found.pairs : found.pairs.value, right = RIGHT + 6, from = right - 100;
  return html`<g class=${isHollow ? "wb-forecast wb-open" : "wb-forecast"}><path class="wb-reach" d=${`M${from + 8} ${near(y(BINDS))}H${right}`} /><path class="wb-arrow" d=${`M${right - 2} ${near(y(BINDS) - 7)}l9 7-9 7`} /><path class="wb-diamond" d=${diamond(from)} />
    <${Text} x=${right} up=${-31} class="wb-strong">${beyondWords(found, budget)}<//><${Text} x=${right} up=${-16}>${say`about ${rounded(pairs)} pairs; this training reads ${count(budget.pairs)}`}<//></g>`;
}

function beyondWords(found, { pairs }) {
  if (found.kind === "known") return say("expected beyond this budget");
  return found.pairs > pairs ? say("expected far beyond this budget") : say("expected later than the line");
}

// ---- The sentences

const FRESH = "The line knows fresh weights only.";

/** [bold, plain] before a training; the link to the line stands behind it. */
export function before(found, budget) {
  if (!found) return null;
  if (found.kind === "unknown") return [say("Nothing is trained yet."), found.dial === "init" || found.dial === "tune" ? say(FRESH) : say("When it binds is not known there: no training of the study's line has such dials.")];
  if (found.kind === "known") {
    const { value, low, high } = found.steps, isIn = value <= budget.steps;
    const head = isIn ? say`Expected at step ${step(value)}:` : say`Expected at step ${step(value)}, beyond this budget:`;
    return [head, say`${rounded(found.pairs.value)} pairs. 19 of 20 trainings fall between steps ${step(low)} and ${step(high)}, asked in captions like their own.`];
  }
  const times = found.pairs / budget.pairs, head = times > 1 ? say("Expected far beyond this budget:") : say("Expected later than the line:");
  const said = times > 1 ? say`the line says ${times < 9.5 ? near(times) : Math.round(times)} times the pairs, and is not known there.` : say`the line says ${rounded(found.pairs)} pairs, and is not known there.`;
  return [head, found.isLate ? `${said} ${say("With this little told, trainings came later than it says, or not within their budget.")}` : said];
}

/** A sentence on a run that has bound, or has ended without; empty while nothing can be said. */
export function after(found, run) {
  if (!found || found.kind === "unknown") return "";
  const came = cameAt(run), hasEnded = run.status === "finished", isAlike = isAskedAlike(run.spec.data), asked = isAlike ? "" : ` ${say("Asked in captions like its own.")}`;
  if (came === undefined || (came === null && !hasEnded)) return "";
  if (found.kind === "beyond") return (came === null ? say`Expected far beyond this budget, and not there by ${step(run.step)}.` : say`Expected far beyond this budget, came at ${step(came)}.`) + asked;
  const { value, low, high } = found.steps;
  if (came === null) return say`Expected at step ${step(value)}, not there by ${step(run.step)}.` + asked;
  if (came < low) return say`Expected at step ${step(value)}, came at ${step(came)}: sooner than 19 of 20.` + asked;
  if (came > high) return say`Expected at step ${step(value)}, came at ${step(came)}: later than 19 of 20.` + asked;
  return say`Expected at step ${step(value)}, came at ${step(came)}: inside the band where 19 of 20 fall.` + asked;
}
