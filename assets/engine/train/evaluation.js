/**
 * Binding and recognition during training, as `QuickEvaluation` of `explorer.evaluation.report`: 400 scenes in two forms.
 *
 *     const evaluation = new Evaluation(drawn, data);
 *     evaluation.score(image, text)       // {canonical: {binding_accuracy: {value, n, low, high, chance}, ...}, own: ...}
 *     evaluatedSteps(180)                 // Set {3, 8, 13, ...}
 *     bindingStep([[10, 0.52], [20, 0.78], [30, 0.8], [40, 0.9]], false)         // 20
 */

import { placeScene } from "../compositor.js";
import { Stream } from "../counter_rng.js";
import { makePlan } from "../plan.js";
import { drawScene } from "../scenes.js";
import { writeCaption } from "../sentences.js";
import { falseSwap, replaceValue } from "../swaps.js";
import { idsOf, pixelsOf } from "./batches.js";
import { joinedBytes } from "./save.js";

/**
 * @typedef {import("./batches.js").Drawn} Drawn
 * @typedef {{value: number | null, n: number, low: number | null, high: number | null, chance: number}} Estimate
 */

const COUNT = 400, SEED = 0, CHANCE = 0.5, Z = 1.959963984540054;
const EVALUATIONS = 24, EARLY = 1.3, SNAPSHOTS = 12, IN_A_ROW = 3, LEVEL = 0.75;
/** Dials of the canonical form beside the world's first kind: two objects, both named with it. */
const CANONICAL = {
  objects_in_image: 2, attribute_object_correlation: 0, held_out_pairs: 0, attribute_density: 1,
  caption_completeness: 1, caption_lengths: "fixed", saliency_bias: 0,
};

/** @param {number} steps @returns {Set<number>} the steps after which a run is evaluated */
export function evaluatedSteps(steps) {
  const count = Math.min(EVALUATIONS, Math.max(4, Math.floor(steps / 4)));
  return new Set(Array.from({ length: count }, (_, i) => Math.max(1, Math.ceil(steps * ((i + 1) / count) ** EARLY))));
}

/** @param {number} steps @returns {Set<number>} those of them whose weights and answers are kept */
export function savedSteps(steps) {
  const evaluated = [...evaluatedSteps(steps)].sort((a, b) => b - a), each = Math.ceil(evaluated.length / SNAPSHOTS);
  return new Set(evaluated.filter((_, place) => place % each === 0));
}

/**
 * The step at which a run binds, null if it has not: the first of three in a row whose interval lies above 75 %.
 * @param {[number, number][]} lowerBounds of binding, by step @param {boolean} hasEnded then fewer than three may follow
 * @returns {number | null}
 */
export function bindingStep(lowerBounds, hasEnded) {
  const first = lowerBounds.findIndex((_, place) => {
    const row = lowerBounds.slice(place, place + IN_A_ROW);
    return (row.length === IN_A_ROW || hasEnded) && row.every(([, low]) => low > LEVEL);
  });
  return first < 0 ? null : lowerBounds[first][0];
}

/** The share of right answers with its Wilson interval. @param {number} right @param {number} n @returns {Estimate} */
export function estimate(right, n) {
  if (!n) return { value: null, n, low: null, high: null, chance: CHANCE };
  const p = right / n, z2 = Z * Z, center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  const low = Math.max(0, Math.min(p, center - half)), high = Math.min(1, Math.max(p, center + half));
  return { value: p, n, low, high, chance: CHANCE };
}

/** @param {Float32Array} a @param {number} row @param {Float32Array} b @param {number} other @param {number} width */
export function dot(a, row, b, other, width) {
  let sum = 0;
  for (let i = 0, at = row * width, there = other * width; i < width; i++) sum += a[at + i] * b[there + i];
  return sum;
}

export class Evaluation {
  /** @param {Drawn} drawn @param {any} data the fields of DataSpec */
  constructor(drawn, data) {
    const own = { ...data, attribute_object_correlation: 0, held_out_pairs: 0 }, [kind] = drawn.world.kinds;
    const canonical = makeSet(drawn, { ...CANONICAL, attribute_kinds: [kind.name] });
    /** @type {[string, ReturnType<typeof makeSet>][]} */ const sets = [["canonical", canonical]];
    if (data.attribute_kinds.length) sets.push(["own", makeSet(drawn, own)]);
    // The own form may have the same pictures. Equal captions cost nothing: the text tower sees each once.
    const isRepeated = sets.map(([, { pixels }]) => pixels.every((level, place) => level === canonical.pixels[place]));
    this.pixels = joinedBytes(sets.flatMap(([, { pixels }], place) => (place && isRepeated[place] ? [] : [pixels])));
    /** @type {number} pictures */ this.count = (COUNT * this.pixels.length) / canonical.pixels.length;
    /** @type {number[][]} */ this.captions = sets.flatMap(([, set]) => set.captions);
    this.forms = sets.map(([name, { captions, exists }], place) =>
      ({ name, exists, firstPicture: isRepeated[place] ? 0 : COUNT, firstCaption: place * captions.length }));
  }

  /**
   * @param {Float32Array} image features of `pixels` @param {Float32Array} text features of `captions`
   * @returns {Record<string, {binding_accuracy: Estimate, recognition_accuracy: Estimate}>}
   */
  score(image, text) {
    const width = image.length / this.count;
    return Object.fromEntries(this.forms.map(({ name, exists, firstPicture, firstCaption }) => {
      const [binding, recognition] = exists.map((isAsked, which) => {
        let right = 0;
        for (let n = 0; n < COUNT; n++) {
          if (!isAsked[n]) continue;
          const picture = firstPicture + n, own = firstCaption + n, other = own + (which + 1) * COUNT;
          const margin = dot(image, picture, text, own, width) - dot(image, picture, text, other, width);
          right += margin > 0 ? 1 : margin === 0 ? 0.5 : 0;
        }
        return estimate(right, isAsked.filter(Boolean).length);
      });
      return [name, { binding_accuracy: binding, recognition_accuracy: recognition }];
    }));
  }
}

/**
 * Scenes of the evaluation stream: pixels; token ids of the captions, then of the swapped, then of the replaced ones; and
 * of which scenes there is a swapped and a replaced one.
 * @param {Drawn} drawn @param {any} data
 */
function makeSet(drawn, data) {
  const { world, atlas } = drawn, plan = makePlan(world, data, SEED);
  const stream = new Stream(world.description, { seed: SEED, name: "evaluation" });
  const draws = Array.from({ length: COUNT }, (_, n) => stream.at(n));
  const scenes = draws.map((each) => drawScene(plan, each));
  const said = scenes.map((scene, n) => writeCaption(plan, scene, draws[n]));
  const changed = [
    scenes.map((scene, n) => falseSwap(said[n], scene, draws[n])),
    scenes.map((scene, n) => replaceValue(plan, said[n], scene, draws[n])),
  ];
  const captions = [said, ...changed.map((exchanges) => exchanges.map((each) => each.said))].flat();
  return {
    pixels: pixelsOf(drawn, scenes.map((scene) => placeScene(world, atlas, scene))),
    captions: captions.map((each) => idsOf(drawn, each)),
    exists: changed.map((exchanges) => exchanges.map((each) => each.exists)),
  };
}
