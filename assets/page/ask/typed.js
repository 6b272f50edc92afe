// The question of a person over a change of the language, which loads the page anew: what was typed, the pictures, and
// the models that were added. What they answer is asked again, and so said in the new language.
//
//   keepQuestion(store);                          // before the page is left
//   bringBack(store, takeTyped("ask"));           // in the new page, once the examples are there

import { contract } from "../contract.js";
import { keepTyped } from "../kept.js";
import { keepNumber, MAX_PICTURES } from "./picture.js";
import { say } from "../words.js";

const VIEW = "ask";

/** Pictures may be larger than what a browser keeps for a tab: then the rest is kept without them. */
export function keepQuestion({ state, asking }) {
  const { example, caption, corrections, others, isByHand, isChanging, ticks, rows, loads, pictures, at } = state,
    added = [...rows.filter((row) => !row.answers).map((row) => row.name), ...Object.keys(loads)],
    models = added.map((name) => ({ name, isRun: asking.runs.has(name) })),
    words = { example, caption, corrections, others, isByHand, isChanging, ticks, models };
  if (!keepTyped(VIEW, { ...words, pictures, at })) keepTyped(VIEW, words);
}

/** @returns whether there was a question; what is kept may be anybody's writing, and is dropped as a whole then */
export function bringBack(store, typed) {
  const question = readQuestion(typed);
  if (!question) return false;
  const { example, models, pictures, ...words } = question,
    examples = store.state.examples.length;
  store.showExample(Number.isInteger(example) && example >= 0 && example < examples ? example : 0);
  const isLost = pictures === null && example === null;
  store.change({
    ...words,
    ...(isLost
      ? { pictures: [], example: null, note: say("Choose your picture again: it was too large to be kept.") }
      : { pictures: pictures ?? store.state.pictures, example }),
  });
  for (const { number } of store.state.pictures) keepNumber(number ?? 0);
  for (const { name, isRun } of store.state.isStatic ? [] : models) {
    if (isRun) store.asking.runs.add(name);
    store.downloads.add(name);
  }
  return true;
}

function readQuestion({
  example,
  caption,
  corrections,
  others,
  isByHand,
  isChanging,
  ticks,
  models,
  pictures,
  at = 0,
}) {
  const isText = (value) => typeof value === "string" && value.length <= contract.question.caption_length,
    isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value),
    isList = (value, isOne) => Array.isArray(value) && value.every(isOne),
    isPicture = (each) => isRecord(each) && String(each.uri).startsWith("data:image/"),
    isModel = (each) => isRecord(each) && typeof each.name === "string";
  const isWhole =
    isText(caption) &&
    isList(others, (each) => typeof each === "string") &&
    isRecord(corrections) &&
    isRecord(ticks) &&
    isList(models, isModel) &&
    (pictures === undefined || (isList(pictures, isPicture) && pictures.length <= MAX_PICTURES));
  return isWhole
    ? {
        example,
        caption,
        corrections,
        others,
        isByHand: Boolean(isByHand),
        isChanging: Boolean(isChanging),
        ticks,
        models,
        pictures: pictures ?? null,
        at: pictures?.[at] ? at : 0,
      }
    : null;
}
