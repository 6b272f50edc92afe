// The box beside an opened dot: the training with its picture and curve, the button that trains it once more, and what
// came of that.

import { thousands } from "../numbers.js";
import { LONG_TRAINING_S } from "../recipe.js";
import { path, ShareRules, shareAxis } from "../share-axis.js";
import { html, useRef } from "../vendor/preact.js";
import { Caption, Sentences, Sign, useFocusKept } from "../ui.js";
import { inFours, percent, roughDuration, say } from "../words.js";
import { nameOf } from "./cell-name.js";
import { boundOf } from "./chain.js";

/** The name of the sweep, and of the file, of the trainings that torch made. */
export const TORCH = "torch";
const WIDTH = 408,
  HEIGHT = 104,
  LEFT = 46,
  RIGHT = 8,
  TOP = 10,
  BOTTOM = 22,
  /** Units beside the step at which curves part in which no other step is written. */
  APART = 44;

/** What is shown of a dot before anything of it has come. */
export const emptyBox = () => ({
  dot: null,
  sample: null,
  cores: 1,
  seconds: null,
  why: "",
  problem: "",
  copied: "",
  outcome: null,
  ring: "",
  isKept: null,
  running: null,
  isBusy: false,
  open: null,
});

/** How far a repetition is: "before" it, "running", or the kind of its outcome, see repetition.js. */
export const stageOf = ({ running, outcome }) => (running ? "running" : (outcome?.kind ?? "before"));

/** The title of a repetition whose digests were compared, null for any other. */
export function resultTitleOf(kind) {
  if (kind === "same") return say("The same, to the last bit");
  return kind === "differs" ? say("Not the same bits") : null;
}

/**
 * @param {{state: any, acts: any}} props state: {dot, number, sample, cores, seconds, why, problem, copied, outcome,
 *   ring, isKept, running, isBusy, open}, see repeats.js
 */
export function RepeatBox({ state, acts }) {
  const { dot, number } = state,
    { cell, training } = dot,
    kind = stageOf(state),
    title = resultTitleOf(kind),
    box = useFocusKept(); // Escape and the arrows are the box's
  return html`<div class="rp-box" role="dialog" aria-labelledby="rp-title" aria-describedby=${number && "rp-place"} tabindex="-1" ref=${box}
    data-state=${kind}>
    <div class="rp-head">${
      title &&
      html`<span class=${`rp-mark rp-${kind}`}>
      <${Sign} name=${kind === "same" ? "right" : "wrong"} /></span>`
    }
      <div role=${title ? "status" : null}><h3 id="rp-title">${title ?? say`${nameOf(cell)}, seed ${training.seed}`}</h3>
        <p class="rp-sub">${saidOf(kind, state)}</p></div>
      <button type="button" class="rp-x" aria-label=${say("Close")} onClick=${acts.close}>✕</button></div>
    ${!title && html`<${SampleOfDot} state=${state} />`}
    <${Repetition} state=${state} acts=${acts} />
    ${
      dot.spec &&
      kind !== "running" &&
      html`<div class="rp-acts"><button type="button" class="rp-btn" data-act="bench" onClick=${acts.openInWorkbench}>
        ${say("Open it in the Workbench")}</button></div>`
    }
    ${
      number &&
      html`<p class="rp-place" id="rp-place">
      <button type="button" class="rp-link" aria-label=${say("The dot before")} onClick=${() => acts.move(-1)}>‹</button>
      <span>${say`dot ${number.at} of ${number.of}`}</span>
      <button type="button" class="rp-link" aria-label=${say("The next dot")} onClick=${() => acts.move(1)}>›</button>
    </p>`
    }</div>`;
}

/** The curve, and below it what a person can do, and what came of it: in the box and on the page of a link. */
export function Repetition({ state, acts }) {
  const { dot, outcome, running } = state,
    { digest, curves } = dot.training,
    kind = stageOf(state);
  if (digest === null && dot.sweep.name !== TORCH)
    return html`<p>${say("Its digest and its curve are told once a second computer has the same.")}</p>`;
  return html`<${BothCurves} dot=${dot} curves=${running?.curves ?? outcome?.curves} kind=${kind} difference=${curves && outcome?.difference} />
    ${kind === "running" && html`<${RunningRepeat} running=${running} acts=${acts} />`}
    ${kind === "compared" && html`<p role="status">${comparedOf(dot, outcome)}</p>`}
    ${["before", "stopped", "failed", "compared"].includes(kind) && html`<${BeforeRepeat} state=${state} acts=${acts} />`}
    ${kind === "same" && html`<${SameBits} state=${state} acts=${acts} />`}
    ${kind === "differs" && html`<${OtherBits} state=${state} acts=${acts} />`}`;
}

// ---- What is said

/** What the dot shows, in a sentence, before anything; what came of a repetition else. */
function saidOf(kind, { dot, outcome }) {
  if (kind === "same") return say`Your computer got the same ${millions(outcome.numbers)} million numbers.`;
  if (kind === "differs") return findingOf(dot, outcome);
  return dot.said ?? trainingOutcome(dot);
}

const millions = (numbers) => (numbers / 1e6).toFixed(1);

function trainingOutcome({ sweep, cell, training }) {
  const [, share] = training.curves.at(-1).at(-1);
  if (sweep.judges === "end")
    return say`Asked about two things, it ends at ${percent(share)} after ${thousands(training.pairs)} pairs.`;
  const pairs = training.bound[sweep.form];
  return pairs === null
    ? say`It did not know who has what after ${thousands(cell.pairs)} pairs.`
    : say`It knew who has what after ${thousands(pairs)} pairs.`;
}

/** What still holds although the bits differ. */
function findingOf({ sweep, training }, { curves, difference }) {
  const [published, own] = [training.curves, curves].map((each) => boundOf(each.at(-1), sweep.judges)),
    from = difference
      ? say`The numbers differ from step ${difference.step} on, and they should not.`
      : say("The last numbers differ, and they should not.");
  const held = holds(published, own);
  return html`<${Sentences}><span>${held}</span><span>${from}</span><//>`;
}

function holds(published, own) {
  if (published.isBound !== own.isBound)
    return own.isBound
      ? say("Yours knows who has what. This contradicts the dot.")
      : say("Yours did not bind. This contradicts the dot.");
  if (!own.isBound) return say("Neither knows who has what, so the finding stands.");
  if (own.step === null) return say("Both know who has what at the end, so the finding stands.");
  return own.step === published.step
    ? say`Both bind at step ${own.step}, so the finding stands.`
    : say`Both bind, yours at step ${own.step} and the dot’s at step ${published.step}, so the finding stands.`;
}

const FullDigits = ({ digest }) =>
  html`<code class="rp-digits" translate=${false} title=${digest}>${inFours(digest)}</code>`;

/** Where the curves of torch and of this tab ended. */
function comparedOf({ training }, { curves }) {
  const [theirs, own] = [training.curves, curves].map((each) => percent(each.at(-1).at(-1)[1]));
  return say`Torch’s ended at ${theirs}, yours at ${own}.`;
}

// ---- Parts

export const SampleOfDot = ({ state: { sample, dot } }) => html`<div class="rp-seen">
  ${
    sample
      ? html`<img src=${sample.image} alt=${sample.alt} width="99" height="99" />`
      : html`<span class="rp-blank" aria-hidden="true" />`
  }
  <div><p class="rp-caption" translate=${false}>${sample && html`<${Caption} words=${sample.words} />`}</p>
    <p class="rp-sub">${
      dot.training.curves?.length > 1
        ? say`This is one of the ${thousands(dot.cell.pairs)} pictures that it read in the last of its ${dot.training.curves.length} parts.`
        : say`This is one of the ${thousands(dot.cell.pairs)} pictures that it read.`
    }</p></div></div>`;

function BeforeRepeat({ state: { dot, outcome, ring, seconds, why, problem, isBusy, cores }, acts }) {
  const isOfTorch = dot.sweep.name === TORCH,
    refused = why || problem || (isBusy ? say("One training at a time in a tab: stop the other first.") : "");
  return html`${outcome?.kind === "failed" && html`<p class="rp-bad" role="status">${outcome.problem}</p>`}
    ${outcome?.kind === "stopped" && html`<div role="status"><p class="rp-sub">${say`You stopped it at step ${outcome.step}.`}</p><${SoFar} ...${outcome} /></div>`}
    ${
      ring &&
      html`<p class="rp-sub">${
        ring === "same"
          ? say("You repeated it in this browser: the same, to the last bit.")
          : say("You repeated it in this browser, with other bits.")
      }</p>`
    }
    ${refused && html`<p class="rp-bad">${refused}</p>`}
    ${
      !refused &&
      seconds > LONG_TRAINING_S &&
      html`<p class="rp-long"><${Sentences}>
      <b>${say`This takes about ${roughDuration(seconds)} here.`}</b>
      <span>${say("You can pause it. The page must stay open.")}</span><//></p>`
    }
    <button type="button" class="rp-go" data-act="repeat" disabled=${Boolean(refused) || seconds === null}
      onClick=${() => acts.train(null)}><${Sign} name="play" /><span>${
        isOfTorch ? say("Train it again, and compare") : say("Train this very one again")
      }${
        !why &&
        html`<small>
      ${
        seconds === null
          ? say("a moment …")
          : cores === 1
            ? say`in this tab, on 1 core: about ${roughDuration(seconds)}`
            : say`in this tab, on ${cores} cores: about ${roughDuration(seconds)}`
      }</small>`
      }</span></button>
    ${
      isOfTorch
        ? html`<p class="rp-sub">${say(
            "Torch trained this one. It begins with other weights and rounds differently, so its bits cannot be repeated here. Its curve can be compared.",
          )}</p>`
        : html`<p class="rp-sub"><${Sentences}><b>${say("It should end with the same bits.")}</b><span>${say(
            "Every picture, caption and number follows from its seed, so any computer can check ours.",
          )}</span><span>${say("Published:")}</span><${FullDigits} digest=${dot.training.digest} /><//></p>`
    }`;
}

function RunningRepeat({ running, acts }) {
  const { step, steps, isPaused, seconds, workers } = running,
    share = steps ? step / steps : 0;
  return html`<div class="rp-bar" role="progressbar" aria-label=${say("Progress of the run")} aria-valuemin="0"
    aria-valuemax="100" aria-valuenow=${Math.round(100 * share)}><div style=${{ width: `${100 * share}%` }} /></div>
    <p class="rp-sub rp-time"><span>${say`Step ${thousands(step)} of ${thousands(steps)}`}</span><span>${
      isPaused
        ? say("paused")
        : step > 4
          ? say`about ${roughDuration((seconds / step) * (steps - step))} left`
          : workers === 1
            ? say("on 1 core")
            : say`on ${workers} cores`
    }</span></p>
    <${SoFar} ...${running} />
    <div class="rp-acts"><button type="button" class="rp-btn" data-act="pause" onClick=${acts.pause}>
      <${Sign} name=${isPaused ? "play" : "pause"} /> ${isPaused ? say("Go on") : say("Pause")}</button>
      <button type="button" class="rp-btn" data-act="stop" onClick=${acts.stop}><${Sign} name="stop" /> ${say("Stop")}
      </button></div>`;
}

/** Whether the bits are equal before the end, for who cannot wait for it. */
const SoFar = ({ same, difference }) =>
  (difference || same > 0) &&
  html`<p class="rp-sub">${
    difference
      ? say`The numbers differ from step ${difference.step} on, and they should not.`
      : say`Saved steps with the same bits so far: ${same}.`
  }</p>`;

const DigestPair = ({ dot, outcome, left, right }) => html`<dl class="rp-pair">
  <dt>${say("published")}</dt><dd><${FullDigits} digest=${dot.training.digest} /></dd><dd>${left}</dd>
  <dt>${say("yours")}</dt><dd><${FullDigits} digest=${outcome.digest} /></dd><dd>${right}</dd></dl>`;

function SameBits({ state: { dot, outcome, copied, isKept, open }, acts }) {
  const box = useRef(null);
  return html`<div ref=${box}><${DigestPair} dot=${dot} outcome=${outcome} left=${say`seed ${dot.training.seed}`}
      right=${say`in ${roughDuration(outcome.seconds)}`} /></div>
    <p><${Sentences}><b>${say("What it means:")}</b><span>${
      isKept === null
        ? say("these dials and this seed give these weights on any computer.")
        : say("this dot is what the recipe gives on any computer, and you need not take our word for it.")
    }</span><//></p>
    <div class="rp-acts"><button type="button" class="rp-btn rp-first" data-act="receipt"
      onClick=${() => acts.copy("receipt", box.current)}>
      ${copied === "receipt" ? say("Copied") : say("Copy the receipt")}</button>
      ${open && html`<a class="rp-btn" href=${open}>${say("Run a new one")}</a>`}</div>
    <div class="rp-sub">${
      isKept === null
        ? null
        : isKept
          ? say("The ring around the dot stays in this browser. It marks the trainings that you repeated.")
          : say("The ring around the dot lasts until this page is closed: a file keeps nothing.")
    } <${Explained} /></div>`;
}

const Explained = () =>
  html`<details class="rp-more"><summary>${say("What are these digits?")}</summary><p>${say(
    "The first of 64 digits that are computed from all weights. One bit that differs gives other digits.",
  )}</p></details>`;

function OtherBits({ state: { dot, outcome, copied }, acts }) {
  const box = useRef(null),
    [first, second] = [dot.training.curves, outcome.curves].map((curves) => curves && percent(curves.at(-1).at(-1)[1])),
    { difference } = outcome;
  const rows = [
    [say("browser, system"), outcome.device],
    [say("cores"), String(outcome.workers)],
    [
      say("first difference"),
      difference
        ? difference.before === null
          ? say`part ${difference.phase + 1}, at step ${difference.step} or before it`
          : say`part ${difference.phase + 1}, between steps ${difference.before} and ${difference.step}`
        : say("at the end"),
    ],
    [say("training"), `${dot.training.key}, ${say`seed ${dot.training.seed}`}`],
  ];
  return html`<${DigestPair} dot=${dot} outcome=${outcome} left=${first} right=${second} />
    <div><h4>${say("Please report this")}</h4><dl class="rp-rows" ref=${box}>${rows.map(
      ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`,
    )}</dl></div>
    <div class="rp-acts"><button type="button" class="rp-btn rp-first" data-act="report"
      onClick=${() => acts.copy("report", box.current)}>
      ${copied === "report" ? say("Copied") : say("Copy the report")}</button>
      <button type="button" class="rp-btn" data-act="one-core" onClick=${() => acts.train(1)}>
        ${say("Try again on 1 core")}</button></div>
    <p class="rp-sub">${say("The report holds these lines and no name. Nothing was sent.")}</p>`;
}

// ---- Curves: the published one where it is known, and over it that of the repetition

/** Points of all phases on one axis of steps: [[step, value], ...] of each, and where each phase begins. */
export function joinPhases(curves) {
  const starts = [];
  let before = 0;
  const phases = curves.map((curve) => {
    starts.push(before);
    const from = before;
    before += curve.at(-1)?.[0] ?? 0;
    return curve.map(([step, value]) => [from + step, value]);
  });
  return { phases, starts, steps: before };
}

function BothCurves({ dot: { sweep, training }, curves, kind, difference }) {
  const { phases, starts, steps } = training.curves
      ? joinPhases(training.curves)
      : { phases: [], starts: [0], steps: training.steps },
    x = (step) => LEFT + (step / steps) * (WIDTH - LEFT - RIGHT),
    y = shareAxis({ from: HEIGHT - BOTTOM, to: TOP });
  const own = (curves ?? []).flatMap((curve, index) => curve.map(([step, value]) => [starts[index] + step, value])),
    { step: boundStep } = boundOf(
      (training.curves ?? (kind === "running" ? null : curves) ?? [[]]).at(-1),
      sweep.judges,
    ),
    at = boundStep === null ? null : starts.at(-1) + boundStep,
    parted = difference ? starts[difference.phase] + difference.step : null,
    isFree = (step) => parted === null || Math.abs(x(step) - x(parted)) > APART;
  const [, last] = (training.curves ?? curves)?.at(-1)?.at(-1) ?? [0, 0.5];
  return html`<svg class="rp-curve" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${
    at === null
      ? say`Share of pictures that find their own caption, step by step. It ends at ${percent(last)}.`
      : say`Share of pictures that find their own caption, step by step. It binds at step ${boundStep} and ends at ${percent(last)}.`
  }>
    <${ShareRules} y=${y} left=${LEFT} right=${WIDTH - RIGHT} gap=${6} rule="rp-rule" chance="rp-even" />
    ${starts.slice(1).map((each) => html`<path class="rp-rule" d=${`M${x(each)} ${TOP}V${HEIGHT - BOTTOM}`} />`)}
    ${[0, steps / 3, (2 * steps) / 3, steps].map(
      (each, index) =>
        isFree(each) &&
        html`<text x=${x(each)} y=${HEIGHT - 4} text-anchor=${["start", "middle", "middle", "end"][index]}>
      ${index ? thousands(each) : say("step 0")}</text>`,
    )}
    ${
      at !== null &&
      html`<path class="rp-bound" d=${`M${x(at)} ${TOP}V${HEIGHT - BOTTOM}`} />
      <text class="rp-name" x=${x(at) < 0.6 * WIDTH ? x(at) + 6 : x(at) - 6} y=${y(0.58) + 4}
        text-anchor=${x(at) < 0.6 * WIDTH ? "start" : "end"}>${say`binds at step ${boundStep}`}</text>`
    }
    ${phases.map((points) => html`<path class=${`rp-line rp-is-${kind}`} d=${path(points, x, y)} />`)}
    ${own.length > 0 && html`<path class=${kind === "differs" ? "rp-line rp-own rp-other" : "rp-line rp-own"} d=${path(own, x, y)} />`}
    ${
      parted !== null &&
      html`<path class="rp-parted" d=${`M${x(parted)} ${TOP}V${HEIGHT - BOTTOM}`} />
      <text class="rp-parted-name" x=${x(parted)} y=${HEIGHT - 4}
        text-anchor=${parted > 0.95 * steps ? "end" : "middle"}>${parted}</text>`
    }</svg>`;
}
