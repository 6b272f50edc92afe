/**
 * Cosines as a choice between two captions: probability, words by sureness, and where the mark stands on its bar.
 *
 *     verdictOf(answer, "A").key      // "sure.true"
 */

/**
 * @typedef {{cosines: number[], logitScale: number}} Answer
 * @typedef {{probability: number, margin: number, key: string, isRight: boolean | null, isCoin: boolean,
 *   more: number, less: number}} Verdict `margin` is cos(A) - cos(B); `probability` is that of A of the two
 */

/** Up to which percentage each word is said; above the last it is "sure". */
const STEPS = /** @type {[number, string][]} */ ([[56, "coin"], [75, "leans"], [95, "fairly"]]);
const BEND = 0.75;

/** @param {Answer} answer @param {"A" | "B" | null} truth @returns {Verdict} */
export function verdictOf({ cosines, logitScale }, truth) {
  const margin = cosines[0] - cosines[1], probability = 1 / (1 + Math.exp(-logitScale * margin));
  const chosen = margin >= 0 ? "A" : "B", share = 100 * Math.max(probability, 1 - probability);
  const word = STEPS.find(([most]) => share < most)?.[1] ?? "sure", isRight = truth === null ? null : chosen === truth;
  const side = isRight === null ? chosen : isRight ? "true" : "wrong";
  const more = Math.round(Math.min(99, Math.max(50, share)));
  return { probability, margin, key: `${word}.${side}`, isRight, isCoin: word === "coin", more, less: 100 - more };
}

/** @param {number} probability of A @returns {number} -1 at A .. 1 at B; small leanings are spread out */
export function placeOnBar(probability) {
  const lean = 1 - 2 * probability;
  return Math.sign(lean) * Math.abs(lean) ** BEND;
}
