// What a training of the list came to, as the list takes it, and this browser's own trainings among those of all.

import { bindingStep } from "../../engine/train/evaluation.js";
import { contract } from "../contract.js";
import { Refused } from "../refused.js";
import { say } from "../words.js";

/**
 * Binding in captions like those that it reads, at the start and at each check: [{step, pairs, binding, low, n}].
 * @param {any} tabRun a training of the tab, see tab/record.js
 */
export function curveOf({ start, lines, spec }) {
  const checks = lines
    .filter(({ evaluation }) => evaluation)
    .map(({ step, evaluation }) => ({ step, scores: evaluation }));
  return [...(start ? [{ step: 0, scores: start }] : []), ...checks].map(({ step, scores }) => {
    const { value: binding, low, n } = scores.own.binding_accuracy;
    return { step, pairs: step * spec.train.batch_size, binding, low, n };
  });
}

/** The pairs after which a training that has ended was bound, null if it was not. */
export function boundAt(tabRun) {
  const lows = curveOf(tabRun).map(({ step, low }) => [step, low]),
    step = bindingStep(lows, true, contract.binding);
  return step === null ? null : step * tabRun.spec.train.batch_size;
}

/**
 * A result as the act `give_open` takes it: all that leaves this device.
 * @param {{entry: string, list_digest: string, browser: string, architecture: string}} of
 */
export function resultOf(tabRun, { entry, list_digest, browser, architecture }) {
  const curve = curveOf(tabRun);
  return {
    entry,
    list_digest,
    engine_version: contract.engine_version,
    digests: tabRun.engine.digests.map(({ digest }) => digest),
    curve: curve.map(({ binding }) => binding),
    scenes: curve[0].n,
    browser,
    architecture,
  };
}

/** Bytes of a file of results: each result has less than 5 kB. */
const MAX_BYTES = 1_000_000,
  NO_FILE = "This is no file of results. Choose open-questions.json, which a page without a server saved.";

/** Throws where a file is larger than one of results may be; asked before it is read. @param {{size: number}} file */
export function checkFile({ size }) {
  if (size > MAX_BYTES)
    throw new Refused("file", say`This file has more than ${MAX_BYTES / 1e6} MB. A file of results has less.`);
}

/** The results that a page without a server saved for this list; the server checks each of them. */
export function resultsOf(text, list) {
  let saved;
  try {
    saved = JSON.parse(text);
  } catch {
    throw new Refused("file", say(NO_FILE));
  }
  const { list_digest, results } = saved?.constructor === Object ? saved : {};
  if (!Array.isArray(results) || !results.length || !results.every((each) => Array.isArray(each?.digests)))
    throw new Refused("file", say(NO_FILE));
  if (list_digest !== list.list_digest)
    throw new Refused("file", say("This file is of another list of questions, whose trainings have other seeds."));
  // A server answers copies of one like the first, so they are one here.
  const byDigests = new Map(results.map((each) => [JSON.stringify([each.entry, each.digests]), each]));
  return [...byDigests.values()].slice(0, list.entries.length);
}

/** The answer of the view `open_questions` with its trainings in the order of the list, each with what it trains. */
export function listOf(answer) {
  const entries = answer.questions.flatMap(({ name, cells, trainings, problem }) =>
    trainings.map((training) => {
      const { spec, pairs } = cells.find((cell) => cell.name === training.cell),
        seeded = { ...spec, train: { ...spec.train, seed: training.seed } };
      return { ...training, question: name, pairs, spec: seeded, isGivenOut: !problem };
    }),
  );
  return { ...answer, entries: entries.sort((one, other) => one.index - other.index) };
}

/** The list with what this browser trained and the server has not told yet. */
export const withOwn = (list, mine) => ({
  ...list,
  entries: list.entries.map((entry) =>
    entry.state === "open" && mine[entry.name]
      ? { ...entry, state: "one", num_results: 1, has_ended: true, bound_at: mine[entry.name].bound_at }
      : entry,
  ),
});
