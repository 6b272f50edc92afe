// The two captions between which models choose, and which of them is true of the scene.
//
//   questionOf(grammar, state)      // {texts: [A, B], truth: "A" | "B" | null, isSame, isEmpty, middles}
//
// The captions of the scene name its first two objects with one kind; B has their values exchanged. `truth` is null
// where both are true, neither is, or a text is not of the grammar; `isEmpty` where a caption has no word. `middles`
// are those of its two objects as shares of the sides, [[x, y], [x, y]], where A names all that the scene shows; else
// null.

import { exchangeValuesAt, isTrue } from "../../engine/swaps.js";
import { CANVAS_PIXELS } from "../drawing.js";

export function questionOf(grammar, { objects, toldKind, typed }) {
  if (typed) {
    const [a, b] = typed.map((text) => truthOf(grammar, objects, text)),
      isDecided = a !== null && b !== null && a !== b;
    return {
      texts: typed,
      truth: isDecided ? (a ? "A" : "B") : null,
      isSame: typed[0] === typed[1],
      isEmpty: typed.some((text) => !text.trim()),
      middles: null,
    };
  }
  const pair = objects.slice(0, 2),
    isSame = pair[0].values[toldKind] === pair[1].values[toldKind];
  const caption = {
    nouns: pair.map((object) => object.noun),
    values: pair.map((object) => object.values.map((value, k) => (k === toldKind ? value : -1))),
  };
  return {
    texts: [grammar.text(caption), grammar.text(exchangeValuesAt(caption, 0, 1))],
    truth: isSame ? null : "A",
    isSame,
    isEmpty: false,
    middles: objects.length === 2 && !isSame ? objects.map(({ x, y }) => [x / CANVAS_PIXELS, y / CANVAS_PIXELS]) : null,
  };
}

/** Whether a text is true of objects, null where the grammar does not read it. */
function truthOf(grammar, objects, text) {
  const caption = grammar.parse(text.toLowerCase());
  return (
    caption &&
    isTrue(caption, {
      nouns: objects.map((object) => object.noun),
      values: objects.map((object) => object.values),
    })
  );
}
