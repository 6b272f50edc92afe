/**
 * Binding and recognition during training, as `QuickEvaluation` of `explorer.evaluation.report`, in two forms or more;
 * and the answers to the pairs of `evaluation.binding_pairs`. How many scenes and pairs, and which, the server says.
 *
 *     const evaluation = new Evaluation(scenery, data, order);    // `describe_tab_evaluation` of the server
 *     const { scores, cosines } = evaluation.score(image, text);  // from the features of all pictures and captions
 *     scores.own.binding_accuracy                                 // {value, n, low, high, chance}
 *     bindingStep([[10, 0.52], [20, 0.78], [30, 0.8], [40, 0.9]], false, order.binding)       // 20
 */

import { Stream } from "../counter_rng.js";
import { makePlan } from "../plan.js";
import { drawScene, exchangeValues } from "../scenes.js";
import { writeCaption } from "../grammar.js";
import { pairwise } from "../metrics.js";
import { falseSwap, replaceValue } from "../swaps.js";
import { idsOf, pixelsOfScenes } from "./batches.js";
import { upTo } from "./transformer.js";

/**
 * @typedef {import("./batches.js").Scenery} Scenery
 * @typedef {import("../scenes.js").Scene} Scene
 * @typedef {import("../grammar.js").Caption} Caption
 * @typedef {{level: number, in_a_row: number}} BindingRule
 * @typedef {{value: number | null, n: number, low: number | null, high: number | null, chance: number}} Estimate
 * @typedef {"binding_accuracy" | "recognition_accuracy"} Metric
 * @typedef {"larger_first" | "smaller_first"} BySize binding where the object that the caption names first, or alone,
 *   is the larger or the smaller one of the two whose values are exchanged: a model that goes by size is right in one
 *   of them
 * @typedef {Record<Metric, Estimate> & Partial<Record<BySize, Estimate>>} FormScores
 */

/**
 * What is evaluated during a training.
 * @typedef {object} EvaluationOrder
 * @property {number} seed of the scenes
 * @property {number} scenes how many of each form are scored
 * @property {number} pairs how many pairs of pictures the model answers
 * @property {number} inspected how many scenes of each form, the first ones, have their features kept at a saved step
 * @property {{nouns: string[], values: string[], cells: number[]}} first the first picture of the first pair
 * @property {any} canonical the dials of the canonical form
 * @property {any} fair the dials that are another in the own form
 * @property {Record<string, any>} [forms] dials of further forms by name, which a page does not ask; with them each
 *   form is scored apart by size too
 * @property {BindingRule} binding
 * @property {number} z of the intervals
 */

const CHANCE = 0.5;

/**
 * The step at which a run is bound, null if it is not: the first of several in a row whose interval lies above a level.
 * @param {[number, number][]} lowerBounds of binding, by step @param {boolean} hasEnded then fewer may follow
 * @param {BindingRule} rule
 * @returns {number | null}
 */
export function bindingStep(lowerBounds, hasEnded, { level, in_a_row: most }) {
  const first = lowerBounds.findIndex((_, index) => {
    const row = lowerBounds.slice(index, index + most);
    return (row.length === most || hasEnded) && row.every(([, low]) => low > level);
  });
  return first < 0 ? null : lowerBounds[first][0];
}

/**
 * The share of right answers with its Wilson interval.
 * @param {number} right @param {number} n @param {number} z @returns {Estimate}
 */
export function estimate(right, n, z) {
  if (!n) return { value: null, n, low: null, high: null, chance: CHANCE };
  const p = right / n,
    z2 = z * z,
    center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  const low = Math.max(0, Math.min(p, center - half)),
    high = Math.min(1, Math.max(p, center + half));
  return { value: p, n, low, high, chance: CHANCE };
}

/**
 * The dials of a form: the canonical ones, those of the training without what it hides, mixes in or tells wrong, or
 * those of a further form.
 * @param {string} form canonical, own or a name of `forms` @param {any} data the fields of DataSpec
 * @param {EvaluationOrder} order
 */
export function formDials(form, data, { canonical, fair, forms }) {
  if (form === "own") return { ...data, ...fair };
  return form === "canonical" ? canonical : forms?.[form];
}

export class Evaluation {
  /** @param {Scenery} scenery @param {any} data the fields of DataSpec @param {EvaluationOrder} order */
  constructor(scenery, data, order) {
    const names = ["canonical", ...(data.attribute_kinds.length ? ["own"] : []), ...Object.keys(order.forms ?? {})],
      sets = names.map((form) => drawSet(scenery, formDials(form, data, order), order)),
      pairs = bindingPairs(scenery, sets[0], order);
    this.scenery = scenery;
    this.isBySize = Boolean(order.forms);
    this.z = order.z;
    this.numInspected = order.inspected;
    /** The pairs come first. */ this.numPaired = pairs.scenes.length;
    /** @type {Scene[]} */ this.scenes = [...pairs.scenes];
    /** @type {Caption[]} */ const captions = [...pairs.captions];
    // Forms may have pictures of each other; each is encoded once.
    const indices = new Map(pairs.scenes.map((scene, index) => [JSON.stringify(scene), index]));
    const indexOf = (/** @type {Scene} */ scene) => {
      const key = JSON.stringify(scene);
      if (!indices.has(key)) indices.set(key, this.scenes.push(scene) - 1);
      return /** @type {number} */ (indices.get(key));
    };
    this.forms = sets.map((set, index) => {
      // A caption that tells no value asks nothing, so neither it nor its picture is encoded, but for those looked
      // inside at.
      const rows = upTo(order.scenes).filter(
        (n) => !index || n < order.inspected || set.changed.some((each) => each[n].exists),
      );
      const pictures = rows.map((n) => indexOf(set.scenes[n])),
        firstCaption = captions.length;
      for (const each of [set.captions, ...set.changed.map((changes) => changes.map(({ caption }) => caption))]) {
        captions.push(...rows.map((n) => each[n]));
      }
      const exists = set.changed.map((each) => rows.map((n) => each[n].exists)),
        sizes = rows.map((n) => firstBySize(set.scenes[n], set.changed[0][n]));
      return { name: names[index], exists, sizes, pictures, firstCaption };
    });
    // Equal captions cost nothing: the text tower sees each once.
    /** @type {number[][]} */ this.captions = captions.map((each) => idsOf(scenery, each));
  }

  /** @param {number} first @param {number} end @returns {Uint8Array} pictures from the first up to the end */
  pixels(first, end) {
    return pixelsOfScenes(this.scenery, this.scenes.slice(first, end));
  }

  /**
   * @param {Float32Array} image features of `scenes` @param {Float32Array} text features of `captions`
   * @returns {{scores: Record<string, FormScores>, cosines: number[][]}} cosines: of each picture of the pairs with its
   *   own caption, and with that of its twin
   */
  score(image, text) {
    const width = text.length / this.captions.length;
    const cosine = (/** @type {number} */ picture, /** @type {number} */ caption) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += image[picture * width + i] * text[caption * width + i];
      return sum;
    };
    const scores = this.forms.map(({ name, exists, sizes, pictures, firstCaption }) => {
      const [binding, recognition] = exists.map((isAsked, which) =>
        pictures.map((picture, at) => {
          if (!isAsked[at]) return null;
          const own = firstCaption + at,
            other = own + (which + 1) * pictures.length;
          return pairwise(cosine(picture, own), cosine(picture, other));
        }),
      );
      const bySize = (/** @type {number} */ sign) =>
        share(
          binding.filter((_, at) => sizes[at] === sign),
          this.z,
        );
      return [
        name,
        {
          binding_accuracy: share(binding, this.z),
          recognition_accuracy: share(recognition, this.z),
          ...(this.isBySize ? { larger_first: bySize(1), smaller_first: bySize(-1) } : {}),
        },
      ];
    });
    const cosines = Array.from({ length: this.numPaired }, (_, n) => [cosine(n, n), cosine(n, n ^ 1)]);
    return { scores: Object.fromEntries(scores), cosines };
  }

  /**
   * What a snapshot of the server holds (`explorer.evaluation.inspection`): features of the inspected scenes by form.
   * @param {Float32Array} image @param {Float32Array} text as for `score`
   * @returns {Record<string, {images: Float32Array, captions: Float32Array, swapped: Float32Array}>}
   */
  inspect(image, text) {
    const width = text.length / this.captions.length;
    const rowsOf = (/** @type {Float32Array} */ features, /** @type {number[]} */ indices) => {
      const rows = new Float32Array(indices.length * width);
      indices.forEach((index, at) => rows.set(features.subarray(index * width, (index + 1) * width), at * width));
      return rows;
    };
    return Object.fromEntries(
      this.forms.map(({ name, pictures, firstCaption }) => {
        const shown = pictures.slice(0, this.numInspected),
          captionsFrom = (/** @type {number} */ first) => shown.map((_, at) => first + at);
        return [
          name,
          {
            images: rowsOf(image, shown),
            captions: rowsOf(text, captionsFrom(firstCaption)),
            swapped: rowsOf(text, captionsFrom(firstCaption + pictures.length)),
          },
        ];
      }),
    );
  }
}

/**
 * Of answers that are 1, 0.5 or 0, and null where nothing was asked.
 * @param {(number | null)[]} answers @param {number} z
 */
function share(answers, z) {
  const answered = answers.flatMap((answer) => answer ?? []);
  return estimate(
    answered.reduce((sum, answer) => sum + answer, 0),
    answered.length,
    z,
  );
}

/**
 * 1 if the object that the caption names first is the larger one of those exchanged, -1 if it is the smaller one.
 * @param {Scene} scene @param {import("../swaps.js").ChangedCaption} swapped its false swap
 * @returns {number} 0 for equal ones
 */
function firstBySize({ side }, { objects }) {
  return objects ? Math.sign(side[objects[0]] - side[objects[1]]) : 0;
}

/** The pairs of a world. @param {{world: import("../world.js").World}} scenery @param {EvaluationOrder} order */
export function drawBindingPairs(scenery, order) {
  return bindingPairs(scenery, drawSet(scenery, order.canonical, order), order);
}

/**
 * Scenes of the evaluation stream, with a caption each; `changed` are the swapped and the replaced ones.
 * @param {{world: import("../world.js").World}} scenery @param {any} data @param {EvaluationOrder} order
 */
function drawSet({ world }, data, { seed, scenes: count }) {
  const plan = makePlan(world, data, seed),
    stream = new Stream(world.description, { seed, name: "evaluation" });
  const draws = Array.from({ length: count }, (_, n) => stream.at(n));
  const scenes = draws.map((each) => drawScene(plan, each));
  const captions = scenes.map((scene, n) => writeCaption(plan, scene, draws[n]));
  const swapped = scenes.map((scene, n) => falseSwap(captions[n], scene, draws[n]));
  const replaced = scenes.map((scene, n) => replaceValue(plan, captions[n], scene, draws[n]));
  return { plan, scenes, captions, changed: [swapped, replaced] };
}

/**
 * The pairs: a scene by its words, then the first canonical ones with a swap, each before its twin, in which the values
 * of the first kind are exchanged.
 * @param {{world: import("../world.js").World}} scenery @param {ReturnType<typeof drawSet>} canonical
 * @param {EvaluationOrder} order
 * @returns {{scenes: Scene[], captions: Caption[]}}
 */
function bindingPairs({ world }, { plan, scenes, captions, changed: [swapped] }, { pairs, first }) {
  const isFirst = world.kinds.map((_, kind) => kind === 0),
    middle = world.description.offset_steps / 2;
  const twinOf = (/** @type {Scene} */ scene) => exchangeValues(plan, scene, 0, 1, isFirst);
  const nouns = first.nouns.map((word) => world.nouns.findIndex((each) => each.word === word));
  const colors = first.values.map((word) => world.kinds[0].values.findIndex((each) => each.word === word));
  const [values, others] = [colors, [...colors].reverse()].map(
    (both) => (/** @type {number} */ rest) => both.map((color) => isFirst.map((isColor) => (isColor ? color : rest))),
  );
  // The twin of its twin: the exchange computes the sides of what it makes.
  const other = {
    ...scenes[0],
    nouns,
    values: others(0),
    cell: first.cells,
    offset: nouns.map(() => [middle, middle]),
  };
  const rows = scenes.flatMap((_, n) => (swapped[n].exists ? [n] : [])).slice(0, pairs - 1);
  return {
    scenes: [twinOf(other), ...rows.map((n) => scenes[n])].flatMap((scene) => [scene, twinOf(scene)]),
    captions: [
      { nouns, values: values(-1) },
      { nouns, values: others(-1) },
      ...rows.flatMap((n) => [captions[n], swapped[n].caption]),
    ],
  };
}
