/**
 * The two captions between which models choose, and which of them is true of the scene.
 *
 *     questionOf(grammar, state)      // {texts: [A, B], truth: "A" | "B" | null, isSame}
 *
 * The captions of the scene name its first two objects with one kind; B has their values exchanged.
 */

import { CaptionError } from "../../engine/grammar.js";
import { exchanged, isTrue } from "../../engine/swaps.js";

/**
 * @typedef {import("../../engine/grammar.js").Grammar} Grammar
 * @typedef {import("./state.js").SceneState} SceneState
 * @typedef {{texts: [string, string], truth: "A" | "B" | null, isSame: boolean, isEmpty: boolean}} Question `truth` is the
 *   one of the two that is true of the scene, null where both are, neither is, or a text is not of the grammar; `isEmpty`
 *   where a caption has no word, so that there is nothing to answer
 */

/** @param {Grammar} grammar @param {SceneState} state @returns {Question} */
export function questionOf(grammar, state) {
  if (state.typed) {
    const [a, b] = state.typed.map((text) => truthOf(grammar, state, text));
    const isDecided = a !== null && b !== null && a !== b;
    return { texts: state.typed, truth: isDecided ? (a ? "A" : "B") : null, isSame: state.typed[0] === state.typed[1],
      isEmpty: state.typed.some((text) => !text.trim()) };
  }
  const pair = state.objects.slice(0, 2);
  const said = {
    nouns: pair.map((object) => object.noun),
    values: pair.map((object) => object.values.map((value, k) => (k === state.named ? value : -1))),
  };
  const isSame = pair[0].values[state.named] === pair[1].values[state.named];
  return { texts: [grammar.text(said), grammar.text(exchanged(said, 0, 1))], truth: isSame ? null : "A", isSame, isEmpty: false };
}

/**
 * @param {Grammar} grammar @param {SceneState} state @param {string} text
 * @returns {boolean | null} null where the grammar does not read the text
 */
function truthOf(grammar, state, text) {
  try {
    return isTrue(grammar.parse(text.toLowerCase()), sceneOf(state));
  } catch (error) {
    if (error instanceof CaptionError) return null;
    throw error;
  }
}

/** @param {SceneState} state */
function sceneOf(state) {
  return { nouns: state.objects.map((object) => object.noun), values: state.objects.map((object) => object.values) };
}
