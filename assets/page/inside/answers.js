// What one saved step of a model shows, computed from the cosines of its pictures, whoever measured them: the server
// from files, or the engine in this tab.
//
//   const steps = walkSteps([{step, logit_scale, own, swapped, points, explained, scores}, ...])
//   steps[3].answers[7]          // {scene: 7, margin, share, side: 1}, null where the caption has no swap
//   steps[3].points.images[7]    // [x, y], on axes turned to those of the step before

import { pairwise } from "../../engine/metrics.js";
import { sureness } from "../words.js";

/** What features of a form are of: FEATURE_PARTS of explorer/evaluation/inspection.py. */
export const FEATURE_PARTS = ["images", "captions", "swapped"];
/** The forms of captions in which a model is asked: EVERY_FORM of explorer/evaluation/results.py. */
const EVERY_FORM = ["canonical", "own", "complete", "bundle"];
/** Where the canonical scenes of a shipped model are drawn from. */
export const CANONICAL_DRAW = { seed: 0, stream: "evaluation" };

/**
 * The answer of the view `inspect_steps` where no server gives it. What a model at rest lacks is null.
 * @param {Record<string, any>} model its name, title, kind, status, step, trained, planned, values and has_model; of a
 *   run also place, left_s, reason and preset
 * @param {Record<string, any>} shown the form, the forms with features (`inspected`), which form has the same captions
 *   as another (`sameAs`), width, first, steps and scenes
 */
export const insideAnswer = (model, { form, inspected, sameAs, ...shown }) => ({
  place: null,
  left_s: null,
  reason: null,
  preset: null,
  has_report: false,
  ...model,
  form,
  forms: EVERY_FORM.map((name) => ({
    name,
    is_inspected: inspected.includes(name),
    same_as: sameAs(name),
  })),
  ...shown,
});

/** The steps as the page shows them: answers of the pictures, how many are right, and a map whose axes do not jump. */
export function walkSteps(steps) {
  const walked = [];
  for (const each of steps) {
    const before = walked.at(-1)?.points;
    walked.push({ ...each, ...answersOfStep(each), points: before ? turnToward(each.points, before) : each.points });
  }
  return walked;
}

/** {answers, right, numAsked} by the softmax over a picture's caption and the swapped one; a tie is half right. */
export function answersOfStep({ own, swapped, logit_scale: scale }) {
  const answers = own.map((cosine, scene) =>
    swapped[scene] === null
      ? null
      : {
          scene,
          margin: cosine - swapped[scene],
          share: sureness([cosine, swapped[scene]], scale),
          side: cosine >= swapped[scene] ? 1 : -1,
        },
  );
  const answered = answers.filter(Boolean);
  return {
    answers,
    right: answered.reduce((sum, { margin }) => sum + pairwise(margin, 0), 0),
    numAsked: answered.length,
  };
}

const isPoint = (point) => point?.[0] !== null && point?.[0] !== undefined;

/**
 * Points turned, and mirrored if that is nearer, so that they lie next to those before: orthogonal Procrustes in two
 * dimensions. Two principal directions are free to turn between two steps; what is near what does not change.
 */
export function turnToward(points, before) {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (const part of FEATURE_PARTS) {
    points[part].forEach((point, at) => {
      const old = before[part][at];
      if (!isPoint(point) || !isPoint(old)) return;
      a += point[0] * old[0];
      b += point[0] * old[1];
      c += point[1] * old[0];
      d += point[1] * old[1];
    });
  }
  const isMirrored = Math.hypot(a - d, b + c) > Math.hypot(a + d, b - c),
    sign = isMirrored ? -1 : 1;
  const angle = Math.atan2(b - sign * c, a + sign * d),
    [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turn = (point) =>
    isPoint(point) ? [cos * point[0] - sin * sign * point[1], sin * point[0] + cos * sign * point[1]] : point;
  return Object.fromEntries(FEATURE_PARTS.map((part) => [part, points[part].map(turn)]));
}

/** The farthest point in each direction over all steps, [x, y], so that one scale fits them all. */
export function reachOf(steps) {
  const all = steps.flatMap(({ points }) => FEATURE_PARTS.flatMap((part) => points[part].filter(isPoint)));
  return [0, 1].map((side) => all.reduce((most, point) => Math.max(most, Math.abs(point[side])), 1e-6));
}

/** The pictures that can be answered, in their order. */
export const askableOf = (step) => step.answers.filter(Boolean).map(({ scene }) => scene);

// ---- The map of features, where nobody has made it: the two directions along which they spread the most

/**
 * A saved step from its features: the cosines of each picture with its own and with the swapped caption, and the map.
 * @param {{images: Float32Array[], captions: Float32Array[], swapped: (Float32Array | null)[]}} features of N pictures,
 *   each of length 1; a caption without a swap has null
 * @returns {{own: number[], swapped: (number | null)[], points: any, explained: number[]}}
 */
export function cosinesAndMap({ images, captions, swapped }) {
  return {
    own: images.map((row, at) => dot(row, captions[at])),
    swapped: images.map((row, at) => swapped[at] && dot(row, swapped[at])),
    ...mapOf({ images, captions, swapped }),
  };
}

/**
 * Features of N pictures, captions and swapped captions as points, as `project_features` of Python does it.
 * @param {{images: Float32Array[], captions: Float32Array[], swapped: (Float32Array | null)[]}} features each of length
 *   1
 */
export function mapOf(features) {
  const rows = FEATURE_PARTS.flatMap((part) => features[part].filter(Boolean)),
    width = rows[0].length;
  const center = new Float64Array(width);
  for (const row of rows)
    row.forEach((value, at) => {
      center[at] += value / rows.length;
    });
  const shifted = rows.map((row) => Float64Array.from(row, (value, at) => value - center[at]));
  const total = shifted.reduce((sum, row) => sum + dot(row, row), 0),
    first = direction(shifted, []),
    second = direction(shifted, [first.axis]);
  const project = (row) =>
    row
      ? [first, second].map(({ axis }) => row.reduce((sum, value, at) => sum + (value - center[at]) * axis[at], 0))
      : [null, null];
  const points = Object.fromEntries(FEATURE_PARTS.map((part) => [part, features[part].map(project)]));
  // captions to the right of images and above
  const lean = [0, 1].map((side) => Math.sign(mean(points.captions, side) - mean(points.images, side)) || 1);
  const facing = (point) => (isPoint(point) ? point.map((value, side) => value * lean[side]) : point);
  return {
    points: Object.fromEntries(FEATURE_PARTS.map((part) => [part, points[part].map(facing)])),
    explained: [first, second].map(({ spread }) => (total > 0 ? spread / total : 0)),
  };
}

const ROUNDS = 200;
const mean = (points, side) => points.reduce((sum, point) => sum + point[side], 0) / points.length;

export function dot(a, b) {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
  return sum;
}

/** The direction of the largest spread that is at right angles to those known, by power iteration. */
function direction(rows, axes) {
  let axis = Float64Array.from(rows[0], (_, at) => Math.sin(1 + at)),
    spread = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(axis.length);
    for (const row of rows) {
      const along = dot(row, axis);
      for (let at = 0; at < next.length; at++) next[at] += along * row[at];
    }
    for (const each of axes) {
      const along = dot(next, each);
      for (let at = 0; at < next.length; at++) next[at] -= along * each[at];
    }
    const length = Math.sqrt(dot(next, next)) || 1;
    axis = next.map((value) => value / length);
    spread = length;
  }
  return { axis, spread };
}
