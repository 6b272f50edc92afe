// The control of `score`: the words of a caption in random orders, those of
// `explorer/evaluation/answers/word_orders.py`.
//
//   bagOrders("A blue bus.")[0]      // "blue a bus"

import { mixWord } from "../../engine/integers.js";

const ORDERS = 12,
  MAX_WORDS = 1024; // more words than a caption has
const SIGNS = /^[.,;:!?"'()]+|[.,;:!?"'()]+$/g;

/** The caption's sorted words in random orders, which depend on nothing but their number. */
export function bagOrders(caption) {
  const bag = inOrder(caption.trim().split(/\s+/).map(plainWord));
  return Array.from({ length: ORDERS }, (_, order) => {
    const keys = bag.map((_, index) => mixWord(BigInt((bag.length * ORDERS + order) * MAX_WORDS + index)));
    const permutation = [...bag.keys()].sort((one, other) => (keys[one] < keys[other] ? -1 : 1));
    return permutation.map((index) => bag[index]).join(" ");
  });
}

/** A word of the bag: an exchange of two words may turn "a" into "an". */
function plainWord(word) {
  const plain = word.replace(SIGNS, "").toLowerCase();
  return plain === "an" ? "a" : plain;
}

/** Words sorted by their code points, as Python does; JavaScript alone would sort halves of pairs. */
function inOrder(words) {
  const key = (word) => [...word].map((letter) => letter.codePointAt(0).toString(16).padStart(6, "0")).join("");
  return words
    .map((word) => [key(word), word])
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([, word]) => word);
}
