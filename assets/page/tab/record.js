// A run of the tab as plain data: what the training tells goes in, the record that the view `run` gives of a server's
// run comes out.
//
//   const tabRun = beginRun({ name, spec, title });      // what is kept in the browser
//   addTold(tabRun, "evaluation", value);                // what a training tells, see engine/train/member.js
//   recordOf(tabRun, have)                               // what the columns draw

import { bindingStep } from "../../engine/train/evaluation.js";
import { fromStart, savedSteps } from "../../engine/train/steps.js";
import { contract } from "../contract.js";
import { isEqual, valuesOf } from "../recipe.js";
import { roughDuration, say, shownText } from "../words.js";
import { startTitle } from "./title.js";

const FORM = "canonical";
/** Beginning of the device of a run of the tab, by which a server knows one that it is handed: runs/run_status.py. */
export const BROWSER_TAB = "browser tab";
/** About the bytes of a run's HTML file: the weights in half precision, packed, and what every such page has. */
const PAGE_BYTES_PER_BYTE = 0.62,
  PAGE_BYTES = 2_430_000;

/** A name for a run of the tab, as RUN_NAME of title.js reads it. */
export function newName({ preset }) {
  const digits = [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0"));
  return `tab-${preset}-${digits.join("")}`;
}

/** The spec of a kept run with the dials that came after it, at their defaults. */
export function wholeSpec({ presets: [{ spec: usual }] }, spec) {
  return { ...spec, data: { ...usual.data, ...spec.data }, train: { ...usual.train, ...spec.train } };
}

/**
 * What a run keeps of the one that it started from, so that its curve can go on from there. `counted` are the steps
 * before it; a start whose curve is not known is named alone.
 * @param {any} record of the view `run`, null where nobody has one
 */
export function beforeOf(catalog, init, record) {
  const points = (record?.curve ?? []).filter(({ step }) => step <= record.step),
    isDrawn = points.length > 1;
  return {
    name: init,
    title: startTitle(catalog, init),
    preset: record?.preset ?? null,
    counted: isDrawn ? (record.before?.counted ?? 0) + record.step : 0,
    curve: isDrawn ? points.map(({ step, binding, recognition }) => ({ step, binding, recognition })) : [],
    planned: isDrawn ? record.checkpoints.map(({ step }) => step) : [],
  };
}

/** The dials in which two specs differ, in their order, by their names; the same as `differences` of runs/specs.py. */
function changesOf({ dials }, spec, other) {
  const [one, two] = [valuesOf(spec), valuesOf(other)];
  return Object.keys(dials)
    .filter((name) => !isEqual(one[name], two[name]))
    .map((field) => ({ field, this: one[field], other: two[field] }));
}

/** The dials in which two specs differ, with the words for the dials, as a record has them. */
export const differencesOf = (catalog, spec, other) =>
  changesOf(catalog, spec, other).map((each) => {
    const { plain, label } = catalog.dials[each.field];
    return { ...each, field: (plain || label).toLowerCase() };
  });

/**
 * A run before its first step; `before` is its start, and `card` {config, tokenizer} where they are not those of the
 * model that its spec names. `origin` is "here", or "file" if a file brought it. The engine tells a digest of all
 * weights at each saved step.
 */
export const beginRun = ({
  name,
  spec,
  title,
  origin = "here",
  questionDigest,
  device,
  before = null,
  card = null,
}) => ({
  name,
  spec,
  label: title.text,
  title,
  origin,
  asked: questionDigest, // by the key that runs have in files and in storage
  device: `${BROWSER_TAB}, ${device}`,
  status: "running",
  step: 0,
  created: Date.now() / 1000,
  finished: null,
  lines: [],
  start: null,
  checkpoints: [],
  snapshots: [],
  reason: null,
  digest: null,
  bytes: 0,
  isPaused: false,
  left: null,
  said: "", // what happened to the training that is under way
  handed: null,
  before,
  card,
  engine: { version: contract.engine_version, digests: [] },
  world: null, // the document of a world of one's own
});

/** Add what a training told to its record; the weights themselves are kept elsewhere. */
export function addTold(tabRun, kind, value) {
  if (kind === "record") {
    tabRun.step = value.step;
    tabRun.lines.push({ ...value, elapsed_s: Date.now() / 1000 - tabRun.created });
  } else if (kind === "evaluation") {
    const { step, scores, cosines, logit_scale: scale, inspected, digest } = value;
    if (digest) tabRun.engine.digests.push({ step, digest });
    if (step === 0) tabRun.start = scores;
    else tabRun.lines[step - 1].evaluation = scores;
    if (!inspected) return;
    tabRun.checkpoints.push({ step, logit_scale: scale, cosines });
    tabRun.snapshots.push({ step, logit_scale: scale, forms: inspected });
  } else if (kind === "weights" && value.status) {
    Object.assign(tabRun, { status: value.status, digest: value.digest, bytes: value.file.length });
    endRun(tabRun);
  }
}

/** A run that ended; a `reason` says in one clause why it broke off: a text, or a keyed sentence. */
export function endRun(tabRun, status = tabRun.status, reason = null) {
  Object.assign(tabRun, { status, reason, finished: Date.now() / 1000, isPaused: false, left: null, said: "" });
}

export const isTraining = ({ status }) => status === "running";
export const hasWeights = ({ bytes }) => bytes > 0;

function pointOf(step, scores, batch) {
  const { binding_accuracy: binding, recognition_accuracy: recognition } = scores[FORM];
  return {
    step,
    pairs: step * batch,
    binding: binding.value,
    low: binding.low,
    high: binding.high,
    n: binding.n,
    recognition: recognition.value,
  };
}

const evaluatedLines = ({ lines }) => lines.filter(({ evaluation }) => evaluation);

/** The scores of the last evaluation after the start, null where there is none. */
export const lastEvaluation = (tabRun) => evaluatedLines(tabRun).at(-1)?.evaluation ?? null;

/**
 * Whether a run's own captions are the canonical ones, by their equal numbers: as `same_forms` of
 * explorer/evaluation/results.py reads a report, where canonical may have more metrics.
 */
const isOwnCanonical = ({ canonical, own = {} }) =>
  Object.keys(own).length > 0 && Object.entries(own).every(([metric, each]) => isEqual(each, canonical[metric]));

/** Binding in captions of its own form, after the start. */
export const ownCurve = (tabRun) =>
  evaluatedLines(tabRun).map(
    ({
      step,
      evaluation: {
        own: {
          binding_accuracy: { value, low },
        },
      },
    }) => ({ step, value, low }),
  );

/**
 * The steps that are saved during a training; of one that is whole, those that it has. As `_planned_steps` of
 * explorer/views/run_record.py; both are held to tests/unit/views/planned.json.
 */
function plannedSteps(tabRun) {
  const { steps } = tabRun.spec.train,
    saved = tabRun.checkpoints.map(({ step }) => step);
  if (!isTraining(tabRun) && tabRun.step >= steps && saved.length > 1) return saved;
  return fromStart(new Set([...savedSteps(steps), ...saved.filter((each) => each > 0)]));
}

/**
 * The record that `RunRecord` of explorer/views/run_record.py declares, with `before` and `in_tab`; checkpoints from
 * `have` on.
 */
export function recordOf(tabRun, have = 0) {
  const { name, spec, title, status, step, checkpoints, created, finished, device, reason } = tabRun;
  const { steps, batch_size: batch, seed } = spec.train,
    isRunning = isTraining(tabRun),
    first = Math.min(have, checkpoints.length);
  const curve = evaluatedLines(tabRun).map((line) => pointOf(line.step, line.evaluation, batch)),
    last = lastEvaluation(tabRun)?.[FORM];
  return {
    name,
    title: shownText(title),
    spec,
    status,
    step,
    steps,
    seed,
    device,
    reason: shownText(reason),
    kind: "run",
    place: isRunning ? 0 : null,
    preset: spec.preset,
    pairs_seen: step * batch,
    pairs_per_s: null,
    seconds: finished && finished - created,
    phase: isRunning ? "training" : null,
    phase_done: isRunning ? step / steps : null,
    curve: tabRun.start ? [pointOf(0, tabRun.start, batch), ...curve] : curve,
    bound_at: bindingStep(
      curve.map((point) => [point.step, point.low]),
      !isRunning,
      contract.binding,
    ),
    first,
    checkpoints: checkpoints.slice(first),
    asked: tabRun.asked,
    why_no_checkpoints: null,
    planned: plannedSteps(tabRun),
    differs: [],
    before: tabRun.before ?? null,
    engine: tabRun.engine?.digests.length ? tabRun.engine : null,
    final:
      hasWeights(tabRun) && last ? { binding: last.binding_accuracy, recognition: last.recognition_accuracy } : null,
    may_change: true,
    is_own: true,
    has_model: hasWeights(tabRun),
    left_s: tabRun.left,
    left_words: leftWords(tabRun),
    in_tab: {
      isPaused: tabRun.isPaused,
      isKept: Boolean(tabRun.isKept),
      bytes: tabRun.bytes,
      page_bytes: PAGE_BYTES_PER_BYTE * tabRun.bytes + PAGE_BYTES,
      handed: tabRun.handed,
      hasStart: false,
      said: tabRun.said ?? "", // version 1.0 kept runs without it
    },
  };
}

/** The row that `RunRow` of explorer/views/runs.py declares, with `in_tab`. */
export function rowOf(catalog, tabRun) {
  const { name: run, title, status, step, steps, preset, final, has_model, may_change, left_s } = recordOf(tabRun),
    recipe = catalog.presets.find((each) => each.name === preset) ?? catalog.presets[0], // it may be of an older page
    scores = final && lastEvaluation(tabRun);
  return {
    run,
    title,
    status,
    step,
    steps,
    preset,
    has_model,
    may_change,
    left_s,
    recipe_title: recipe.title,
    place: null,
    verdict: null,
    is_resumable: false,
    batch_size: tabRun.spec.train.batch_size,
    seed: tabRun.spec.train.seed,
    start: tabRun.spec.train.init,
    own_is_canonical: Boolean(scores) && isOwnCanonical(scores),
    created: tabRun.created,
    is_own: true,
    in_tab: true,
    binding: final?.binding ?? null,
    recognition: final?.recognition ?? null,
    own: scores?.own?.binding_accuracy ?? null,
    changed: changesOf(catalog, recipe.spec, tabRun.spec),
  };
}

function leftWords({ isPaused, left, isSlow }) {
  if (isPaused) return say("paused");
  if (left === null || left < 1) return left === null ? "" : say("nearly done");
  const about = say`about ${roughDuration(left)} left`;
  return isSlow ? say`${about}; the device is busy` : about;
}
