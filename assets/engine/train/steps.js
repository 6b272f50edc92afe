/**
 * When a run is evaluated and when its weights are kept, as `explorer.spec`.
 *
 *     evaluatedSteps(180)                 // Set {3, 8, 13, ...}
 *     fromStart(evaluatedSteps(180))      // [0, 3, 8, 13, ...]
 */

const EVALUATIONS = 24,
  EARLY = 1.3,
  SNAPSHOTS = 12;

/** @param {number} steps @returns {Set<number>} the steps after which a run is evaluated */
export function evaluatedSteps(steps) {
  const count = Math.min(EVALUATIONS, Math.max(4, Math.floor(steps / 4)));
  return new Set(Array.from({ length: count }, (_, i) => Math.max(1, Math.ceil(steps * ((i + 1) / count) ** EARLY))));
}

/** @param {number} steps @returns {Set<number>} those of them whose weights and answers are kept */
export function savedSteps(steps) {
  const evaluated = [...evaluatedSteps(steps)].sort((a, b) => b - a),
    each = Math.ceil(evaluated.length / SNAPSHOTS);
  return new Set(evaluated.filter((_, index) => index % each === 0));
}

/** @param {Set<number>} steps @returns {number[]} the start and these steps, in their order */
export const fromStart = (steps) => [0, ...[...steps].sort((a, b) => a - b)];
