// A guess before the answer, for every pair anew, and the tally of it. Knows no Gradio.
//
//   const guess = mountGuess(element, { answered(guess) });
//   guess.update({ isAsked, about });        // about: "This CLIP learned from captions of “Web-like”."; Train comes first later
//   remember(model, pair, guess, binds); guessed(model, pair); tallyWords();

import { el, replace, say } from "./dom.js";

const KEY = "clip-binding-explorer-guesses", MOST = 200;
const CHOICES = [["yes", "Yes, both do"], ["no", "No, it cannot"], ["skip", "Just show me"]];

export function mountGuess(element, actions) {
  return {
    update({ isAsked, about }) {
      element.hidden = !isAsked;
      const isFirst = !hasGuessed();
      replace(element, `${isFirst}${about}`, () => [
        el("p", {}, el("b", {}, isFirst ? "Guess first." : "Your turn: press Train. Or guess again."), el("br"), el("span", {}, about), " ", el("span", {}, "It knows every word. Does each picture find its own caption?")),
        el("div", {}, CHOICES.map(([name, said]) => el("button", { type: "button", class: name === "skip" ? "wb-btn" : isFirst ? "wb-btn wb-primary" : "wb-btn", "data-guess": name, onclick: () => actions.answered(name) }, said))),
        el("small", {}, "Asked once for each pair and model. Your guess stays in this browser."),
      ]);
    },
  };
}

function load() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => each && typeof each.model === "string" && Number.isInteger(each.pair)) : [];
  } catch { // storage is off, or holds something else: each visit is asked
    return kept;
  }
}

let kept = [];

/** Keep a guess; the last one about a model and a pair counts. */
export function remember(model, pair, guess, binds) {
  kept = [...load().filter((each) => each.model !== model || each.pair !== pair), { model, pair, guess, binds }].slice(-MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch { /* it is kept as long as the page */ }
}

/** The guess about a model and a pair, null where there was none. */
export const guessed = (model, pair) => load().find((each) => each.model === model && each.pair === pair) ?? null;

/** Whether anything was guessed or skipped in this browser. */
export const hasGuessed = () => load().length > 0;

/** {right, of, bound}: guesses that were right, guesses in all, pairs among them that the models bound. */
export function score() {
  const all = load().filter((each) => each.guess !== "skip");
  return { right: all.filter((each) => (each.guess === "yes") === each.binds).length, of: all.length, bound: all.filter((each) => each.binds).length };
}

/** The tally in words, empty before the first guess. */
export function tallyWords() {
  const { right, of, bound } = score();
  return of ? say`You ${right} of ${of}, the models ${bound} of ${of}, a coin ${(of / 2).toFixed(of % 2 ? 1 : 0)}.` : "";
}
