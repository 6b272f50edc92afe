// What the columns show of a state: the run, the saved step, its answers and number, and what was guessed.

import { guessOf } from "./guesses.js";
import { dialsKey } from "../dials/plan.js";
import { WORLD } from "../recipe.js";
import { isLive, pointAt, say } from "../words.js";

/** The open run, else the model that asks: one that was trained before, on web-like captions. */
export const shownOf = ({ run, asker }) => (run ? { run, isOpened: true } : { run: asker, isOpened: false });

/** Whether a run's model can be asked; that of a shipped one comes with the page. */
export const hasModel = (run) => Boolean(run?.has_model || run?.kind === "shipped");

/** The world whose pairs a run answers; without a run that of the shipped models. */
export const worldOf = (run) => run?.spec.data.world ?? WORLD;

/** The index of the saved step that is looked at: the last one until a person chooses. */
export function savedIndex(state) {
  const last = Math.max(0, (shownOf(state).run?.checkpoints.length ?? 1) - 1);
  return state.at === null ? last : Math.min(state.at, last);
}

/** Whether the answer waits for a guess. */
export function isAsking(state) {
  const { run } = shownOf(state);
  return !state.run && !state.isOpening && Boolean(run) && !guessOf(state, run.name, state.pair) && !state.isSwinging;
}

/** Whether the model that asks has answered, before anything is trained. */
export const isAnswered = (state) => !state.run && Boolean(state.asker) && !isAsking(state);

/** Whether other data than the tidy ones were chosen: then the button of the reply is not the filled one. */
export const isUntidy = ({ data, catalog: { tidy } }) => Boolean(data) && !(data.is_preset && data.preset === tidy);

/** The cosines at a saved step, [[own, other] x 24], and the model's logit scale; null where there are none. */
export function answersOf(run, at) {
  const checkpoint = run?.checkpoints[at];
  return checkpoint?.cosines
    ? { answers: checkpoint.cosines, scale: checkpoint.logit_scale }
    : { answers: null, scale: 1 };
}

/** The full evaluation at the end, before it the quick one of that step. */
export function numberOf(run, at) {
  if (!run) return null;
  if (at >= run.checkpoints.length - 1 && run.final) return run.final.binding;
  const point = pointAt(run, run.checkpoints[at]?.step ?? run.curve.at(-1)?.step);
  return point ? { value: point.binding, low: point.low, high: point.high, n: point.n } : null;
}

export function whyNoNumber(run, at) {
  if (!run) return "";
  return run.checkpoints[at]?.step === 0 ? say("not measured before the first step") : say("not measured yet");
}

/**
 * What the button does: it `stops` the open run, else it trains; `isOff` where it cannot be pressed.
 */
export function buttonOf({ run, data, isStarting, places }) {
  const stops = isLive(run) && run.may_change,
    isEnding = stops && (run.status === "stopping" || run.phase === "evaluating");
  return {
    stops,
    isOff: !data || isStarting || isEnding || (!stops && places?.chosen !== "tab" && Boolean(data.plan.why_not)),
  };
}

/** Whether the dials are those of a run, whatever the seed. */
export const hasDialsOf = ({ data }, run) => Boolean(run && data) && data.plan.dials_key === dialsKey(run.spec);

/**
 * Whether the next training may go on with the model of the open run, which this tab trained: other captions are
 * chosen, or it went on before.
 */
export const mayGoOn = (state) => {
  const { run, places } = state;
  return (
    Boolean(run?.in_tab) &&
    !isLive(run) &&
    run.has_model &&
    Boolean(state.data) &&
    typeof places?.tab.seconds === "number" &&
    (Boolean(run.before) || !hasDialsOf(state, run))
  );
};

/** The recipe of a name, of those that the server knows. */
export const recipeOf = ({ catalog }, name) => catalog.recipes.find((each) => each.name === name) ?? null;

/** Its title within a sentence. */
export const recipeTitle = (state, name) => recipeOf(state, name)?.title.toLowerCase() ?? "other";
