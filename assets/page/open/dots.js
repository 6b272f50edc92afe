// The trainings of the list that have ended, as dots of the box in which anybody repeats them: see repeat/repeats.js.
//
//   dotsOf(list, mine)      // in the order of the board

import { evaluatedSteps, fromStart } from "../../engine/train/steps.js";
import { say } from "../words.js";
import { fillingOf, outcomeOf, STANDINGS } from "./dot.js";

/** Trainings of a cell that have ended: those that bound, the earliest first, and those that did not. */
export function ranOf(entries) {
  const ran = entries.filter(({ has_ended: hasEnded }) => hasEnded);
  return {
    bound: ran.filter((each) => each.bound_at !== null).sort((one, other) => one.bound_at - other.bound_at),
    late: ran.filter((each) => each.bound_at === null),
  };
}

/** Names of trainings come again in another list, with other seeds. */
export const trainingKey = ({ list_digest }, { name }) => `${list_digest.slice(0, 12)}/${name}`;

/**
 * @param {any} list see results.js @param {Record<string, any>} mine what this browser trained, by the name of an entry
 */
export const dotsOf = (list, mine) =>
  list.questions.flatMap(({ name: question, cells }) =>
    cells.flatMap((cell) => {
      const { bound, late } = ranOf(
        list.entries.filter((each) => each.question === question && each.cell === cell.name),
      );
      return [...bound, ...late].map((entry) => dotOf(list, cell, entry, entry.name in mine));
    }),
  );

function dotOf(list, cell, entry, isMine) {
  const { question, seed, pairs, spec, digest, curve, lows, bound_at: bound } = entry,
    steps = fromStart(evaluatedSteps(spec.train.steps));
  return {
    sweep: { name: question, judges: "time", form: "own" },
    cell: { label: say(cell.sentence), pairs },
    training: {
      seed,
      pairs,
      digest,
      key: trainingKey(list, entry),
      steps: spec.train.steps,
      bound: { own: bound },
      curves: curve && [curve.map((binding, index) => [steps[index], binding, lows[index]])],
    },
    spec,
    said: say`${outcomeOf(entry)}, ${say(STANDINGS[fillingOf(entry, isMine)])}`,
  };
}
