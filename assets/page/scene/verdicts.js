// Cosines as a choice between two captions of a picture, or two pictures of a caption: the probability of the first,
// words by sureness, and where the mark stands on its bar.

import { sigmoid } from "../../engine/metrics.js";
import { leanOf } from "../share-axis.js";
import { degreeOf, markOf, say, sureOf } from "../words.js";
import { clamp } from "../numbers.js";

/** By what is chosen: its name, and what is said where a coin would choose it. */
const CHOICES = {
  right: ["the true caption", "by luck, the true one is nearer"],
  wrong: ["the wrong caption", "by luck, the wrong one is nearer"],
  open: ["", "a tie"],
  A: ["A", ""],
  B: ["B", ""],
};

/**
 * A model's choice. `margin` is cos(A) - cos(B); `mark` is null without a truth; `more` and `less` are its odds.
 * @param {{cosines: number[], logitScale: number}} answer @param {"A" | "B" | null} truth
 */
export function verdictOf({ cosines, logitScale }, truth) {
  const margin = cosines[0] - cosines[1],
    probability = sigmoid(logitScale * margin),
    share = Math.max(probability, 1 - probability);
  const mark = truth === null ? null : markOf(truth === "A" ? margin : -margin, 0),
    degree = degreeOf(share);
  const more = Math.round(clamp(100 * share, 50, 99));
  const [caption, luck] = CHOICES[mark ?? (margin >= 0 ? "A" : "B")];
  const said = degree ? sureOf(share, caption) : say(luck);
  return { probability, margin, mark, isCoin: degree === 0, more, less: 100 - more, said };
}

/** [bold, plain] of a verdict. */
export function wordsOf({ isCoin, more, less, said }) {
  const odds = say`${more} to ${less}`;
  return isCoin ? [say`Practically a coin toss: ${odds}`, said] : [said, odds];
}

/** The leaning, from -1 at A to 1 at B; small leanings are spread out. */
export const positionOnBar = (probability) => -leanOf(probability);
