// What a model's numbers about a picture mean, in words. Numbers come in, words and positions come out.
//
//   answerOf({ cosines: [0.69, 0.26], scale: 44, spread: 0.11, right: 0 })
//   // {ratio: 3.9, kind: "sure", mark: "right", head: "Sure of the right caption", rest: "over 99 to 1, 4 times
//   //   what word order does"}
//
// `ratio` is the margin, the right caption's cosine minus the best of the others, divided by the spread that random
// orders of the words give. Within 1 it is luck, whatever its percentage.

import { sigmoid, winoground } from "../../engine/metrics.js";
import { thousands } from "../numbers.js";
import { degreeOf, joinTexts, markOf, say, SURENESS } from "../words.js";

export function answerOf({ cosines, scale, spread, right = 0 }) {
  const others = cosines.filter((_, index) => index !== right);
  if (!others.length) return null;
  const margin = cosines[right] - Math.max(...others),
    share = sigmoid(scale * margin),
    mark = markOf(margin, 0);
  const ratio = spread > 0 ? margin / spread : Math.sign(margin) * Infinity || 0,
    isCoin = degreeOf(Math.max(share, 1 - share)) === 0;
  if (Math.abs(ratio) < 1) {
    const moved = Math.round(100 * (sigmoid(scale * spread) - 0.5));
    const head = isCoin
      ? say("A coin toss")
      : say(mark === "right" ? "Prefers the right caption, by luck" : "Prefers the wrong caption, by luck");
    return {
      ratio,
      share,
      margin,
      mark,
      kind: "luck",
      head,
      rest: say`${pictureOdds(share)}; word order alone moves it by ${moved}`,
    };
  }
  const caption = mark === "right" ? "the right caption" : "the wrong caption";
  return {
    ratio,
    share,
    margin,
    mark,
    kind: "sure",
    head: isCoin ? SURENESS.leans.of(caption) : SURENESS.sure.of(caption),
    rest: `${pictureOdds(share)}${times(Math.abs(ratio))}`,
  };
}

/** 0.61 as "61 to 39": the share of the right caption comes first. */
export function pictureOdds(share) {
  const first = Math.round(100 * share);
  if (first >= 100) return say("over 99 to 1");
  return first <= 0 ? say("1 to over 99") : say`${first} to ${100 - first}`;
}

function times(ratio) {
  if (!Number.isFinite(ratio)) return "";
  if (ratio < 1.95) return say(", more than what word order does");
  return ratio < 2.5 ? say(", twice what word order does") : say`, ${Math.round(ratio)} times what word order does`;
}

/** Where a ratio stands on its bar, 0 to 100: luck is the middle, from 30 to 70. */
export function positionOnBarOfLuck(ratio) {
  if (!Number.isFinite(ratio)) return ratio > 0 ? 100 : 0;
  return 50 + Math.sign(ratio) * (1 - 1 / (1 + Math.abs(ratio) / 1.5)) * 50;
}

/** The standard deviation of cosines over word orders, the mean of all captions: [[each order of a caption], ...]. */
export function spreadOf(cosines) {
  const deviations = cosines.map((each) => {
    const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
    return Math.sqrt(each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (each.length - 1));
  });
  return deviations.reduce((sum, value) => sum + value, 0) / deviations.length;
}

/** The numbers of a row about its pictures, from the document of `score`. */
export const numbersOf = (scored) => ({
  cosines: scored.cosine,
  scale: scored.logit_scale,
  spread: scored.order_free?.spread ?? scored.cosine.map(() => 0),
});

/** 605131234 as "605 MB". */
export const megabytes = (bytes) => `${thousands(bytes / 1e6)} MB`;

/** 151277313 as "151 M parameters". */
export function parametersOf(count) {
  const millions = count / 1e6;
  return say`${millions < 10 ? millions.toFixed(1) : thousands(millions)} M parameters`;
}

/**
 * The sentence of a refusal without the model's name before it: the row says which model it is. Another field or a file
 * at its beginning is written as it is.
 */
export function plainReason(error, name) {
  const told = error.message.startsWith(`model=`) ? error.message.replace(/^model=.*?: /, "") : error.message;
  const text = told.startsWith(`${name}: `) ? told.slice(name.length + 2) : told,
    said = say(text);
  const whole = text === error.message ? said : said.charAt(0).toUpperCase() + said.slice(1);
  return /[.!?`。]$/.test(whole) ? whole : say`${whole}.`;
}

/**
 * What a row says: the answers about its pictures, the one that is shown large first; a sentence where there is none.
 */
export function readRow(row, state) {
  const words = state.unread[row.name];
  if (words) {
    const unread = words.map((each) => `“${each}”`);
    return { why: say`Never read ${joinTexts(unread, ", ")}.` };
  }
  if (row.why) return { why: row.why };
  const { answer } = row;
  if (!answer) return { why: row.isAsked ? (row.progress ? say(row.progress) : say("asking")) : "" };
  const all = answer.cosines.map((cosines, index) =>
    answerOf({
      cosines,
      scale: answer.scale,
      spread: answer.spread[index],
      right: Math.min(state.pictures[index]?.captionIndex ?? 0, cosines.length - 1),
    }),
  );
  return { all, shown: all[state.at] ?? all[0], isStale: row.isAsked };
}

/** Winoground's scores of a caption's picture and its swap's, null for other pictures. */
export function pairOf({ answer }, { pictures }) {
  const own = pictures.findIndex((each) => each.captionIndex === 0),
    other = pictures.findIndex((each) => each.captionIndex === 1);
  if (pictures.length !== 2 || own < 0 || other < 0 || answer?.cosines.length !== 2 || answer.cosines[0].length < 2)
    return null;
  return winoground([answer.cosines[own], answer.cosines[other]]);
}
