// The guesses of this browser: [{model, pair, guess: "yes" | "no" | "skip", binds}], the last one about each pair and
// model.

import { keep, recall } from "../kept.js";
import { say } from "../words.js";

const GUESSES = "clip-binding-explorer-guesses",
  MAX_GUESSES = 200;

/** Those of earlier visits; anybody may have written something else there. */
export function recallGuesses() {
  const guesses = recall(GUESSES);
  return Array.isArray(guesses)
    ? guesses.filter((each) => each && typeof each.model === "string" && Number.isInteger(each.pair))
    : [];
}

/** The guesses with one more, which this browser keeps, and with those that another tab has kept since. */
export function withGuess(guesses, guess) {
  const isOther = (list) => (each) => !list.some(({ model, pair }) => each.model === model && each.pair === pair),
    others = recallGuesses().filter(isOther(guesses)),
    all = [...[...others, ...guesses].filter(isOther([guess])), guess].slice(-MAX_GUESSES);
  keep(GUESSES, JSON.stringify(all));
  return all;
}

/** The next of so many pairs about which nothing was guessed, else the next one. */
export function nextPair(state, model, count) {
  const ahead = Array.from({ length: count }, (_, index) => (state.pair + 1 + index) % count);
  return ahead.find((each) => !guessOf(state, model, each)) ?? ahead[0];
}

/** The guess about a model and a pair, null where there was none. */
export const guessOf = ({ guesses }, model, pair) =>
  guesses.find((each) => each.model === model && each.pair === pair) ?? null;

/** Whether anything was guessed or skipped in this browser. */
export const hasGuessed = ({ guesses }) => guesses.length > 0;

/** The tally in words, empty before the first guess. */
export function tally({ guesses }) {
  const all = guesses.filter((each) => each.guess !== "skip"),
    count = all.length;
  const right = all.filter((each) => (each.guess === "yes") === each.binds).length,
    bound = all.filter((each) => each.binds).length;
  return count
    ? say`You guessed ${right} of ${count} pairs right, and a coin guesses half of them. The model found both captions in ${bound} of ${count}.`
    : "";
}
