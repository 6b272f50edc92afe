// Whether a run has all that a view reads of it: one that a zip brought, and one that this browser kept before.
//
//   isWhole(tabRun)      // of record.js

import { contract } from "../contract.js";
import { isDigest } from "../repeat-link.js";

const LONGEST = 1000;
const { isFinite: isNumber } = Number,
  isCount = (value) => Number.isSafeInteger(value) && value >= 0,
  isText = (value) => typeof value === "string" && value.length <= LONGEST;
const orNothing = (rule) => (value) => value === null || value === undefined || fits(rule, value);

const isScalar = (value) => typeof value !== "object" || value === null,
  isFlat = (value) => isScalar(value) || Object.values(value).every(isScalar);

/**
 * A rule is a predicate, a list of one rule for all entries, or an object of rules for its fields. A field without a
 * rule, as a later version may write one, holds numbers and texts alone.
 */
function fits(rule, value) {
  if (typeof rule === "function") return rule(value);
  if (Array.isArray(rule)) return Array.isArray(value) && value.every((each) => fits(rule[0], each));
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys({ ...value, ...rule }).every((name) =>
      Object.hasOwn(rule, name) ? fits(rule[name], value[name]) : isFlat(value[name]),
    )
  );
}

/** A text, or a keyed sentence of numbers or such reasons; it has nothing else, which a table of words would read. */
const isReason = (value) =>
  isText(value) ||
  (value?.constructor === Object &&
    Object.keys(value).sort().join() === "id,text,values" &&
    [value.id, value.text].every(isText) &&
    value.values?.constructor === Object &&
    Object.values(value.values).every((each) => isNumber(each) || isReason(each)));

const isShare = (value) => isNumber(value) && value >= 0 && value <= 1,
  isCosine = (value) => isNumber(value) && Math.abs(value) <= 1.001; // 32-bit floats round
const SHARE = { value: isShare, low: isShare, high: isShare, n: isCount },
  UNSURE = { value: orNothing(isShare), low: orNothing(isShare), high: orNothing(isShare), n: isCount },
  CANONICAL = { binding_accuracy: SHARE, recognition_accuracy: UNSURE },
  OTHERS = [{ binding_accuracy: orNothing(UNSURE), recognition_accuracy: orNothing(UNSURE) }],
  isScores = (value) => fits(CANONICAL, value?.canonical) && fits(OTHERS, Object.values(value));
const isRow = (value) =>
    value instanceof Float32Array &&
    value.length > 0 &&
    value.length % contract.num_inspected === 0 &&
    value.every(isNumber),
  isForm = (value) =>
    fits({ images: isRow, captions: isRow, swapped: isRow }, value) &&
    value.images.length === value.captions.length &&
    value.images.length === value.swapped.length;
const RUN_ID = /^[a-z0-9][a-z0-9-]{0,80}$/;
/** What the page wrote itself, or checks where it reads it. */
const isChecked = () => true;
const KEPT = {
  name: (value) => isText(value) && RUN_ID.test(value),
  spec: {
    preset: isText,
    recipe: isCount,
    data: { world: isText },
    train: { steps: isCount, batch_size: isCount, seed: isCount, model: isText, loss: isText, init: isText },
  },
  label: isText,
  title: isChecked,
  card: isChecked,
  world: isChecked,
  asked: orNothing(isText),
  device: isText,
  status: isText,
  step: isCount,
  created: isNumber,
  finished: orNothing(isNumber),
  reason: orNothing(isReason),
  start: orNothing(isScores),
  engine: orNothing({ version: isCount, digests: [{ step: isCount, digest: isDigest }] }),
  before: orNothing({
    name: isText,
    title: isText,
    counted: isCount,
    curve: [{ step: isCount, binding: isShare, recognition: orNothing(isShare) }],
    planned: [isCount],
  }),
  lines: [{ step: isCount, seconds: orNothing(isNumber), evaluation: orNothing(isScores) }],
  checkpoints: [{ step: isCount, logit_scale: isNumber, cosines: (value) => fits([[isCosine]], value) }],
  snapshots: [
    {
      step: isCount,
      logit_scale: isNumber,
      forms: (value) => isForm(value?.canonical) && fits([isForm], Object.values(value)),
    },
  ],
};

/** @returns {boolean} */
export function isWhole(tabRun) {
  if (!fits(KEPT, tabRun)) return false;
  const { lines, checkpoints, snapshots, step, spec } = tabRun,
    { evaluations: mostEvaluated, saved_steps: mostSaved } = contract.run_file,
    isMade = (each, index, all) => each.step <= step && (index === 0 || all[index - 1].step < each.step);
  return (
    step === lines.length &&
    step <= spec.train.steps &&
    lines.every((line, index) => line.step === index + 1) &&
    lines.filter(({ evaluation }) => evaluation).length <= mostEvaluated &&
    checkpoints.length <= mostSaved &&
    snapshots.length <= mostSaved &&
    checkpoints.every(isMade) &&
    snapshots.every(isMade) &&
    checkpoints.every(
      ({ cosines }) => cosines.length === 2 * contract.num_pairs && cosines.every(({ length }) => length === 2),
    )
  );
}
