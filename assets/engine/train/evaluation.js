/**
 * Binding and recognition during training, as `QuickEvaluation` of `explorer.evaluation.report`, in two forms or more;
 * and the answers to the pairs of `explorer.evaluation.sets`. How many scenes and pairs, and which, the server says.
 *
 *     const evaluation = new Evaluation(drawn, data, asked);      // `describe_tab_evaluation` of the server
 *     const { scores, cosines } = evaluation.score(image, text);  // from the features of all pictures and captions
 *     scores.own.binding_accuracy                                 // {value, n, low, high, chance}
 *     bindingStep([[10, 0.52], [20, 0.78], [30, 0.8], [40, 0.9]], false)         // 20
 */

import { Stream } from "../counter_rng.js";
import { makePlan } from "../plan.js";
import { drawScene, exchangeValues } from "../scenes.js";
import { writeCaption } from "../sentences.js";
import { falseSwap, replaceValue } from "../swaps.js";
import { idsOf, pixelsOfScenes } from "./batches.js";
import { upTo } from "./transformer.js";

/**
 * @typedef {import("./batches.js").Drawn} Drawn
 * @typedef {import("../scenes.js").Scene} Scene
 * @typedef {import("../sentences.js").Sentence} Sentence
 * @typedef {{seed: number, scenes: number, pairs: number, first: {nouns: string[], values: string[], cells: number[]},
 *   canonical: any, forms?: Record<string, any>}} Asked `first`: the first picture of the first pair; `canonical`: the
 *   dials of the canonical form; `forms`: those of further ones by name, which a page does not ask
 * @typedef {{value: number | null, n: number, low: number | null, high: number | null, chance: number}} Estimate
 */

const CHANCE = 0.5,
  Z = 1.959963984540054;
const IN_A_ROW = 3,
  LEVEL = 0.75;
/** Scenes of each form whose features are kept at a saved step, the first ones: those that the page looks inside at. */
export const INSPECTED = 48;

/**
 * The step at which a run binds, null if it has not: the first of three in a row whose interval lies above 75 %.
 * @param {[number, number][]} lowerBounds of binding, by step @param {boolean} hasEnded then fewer than three may
 *   follow
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
  const p = right / n,
    z2 = Z * Z,
    center = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  const low = Math.max(0, Math.min(p, center - half)),
    high = Math.min(1, Math.max(p, center + half));
  return { value: p, n, low, high, chance: CHANCE };
}

/**
 * The dials of a form: the canonical ones, those of the training without what it hides, mixes in or tells wrong, or
 * those of a further form.
 * @param {string} form canonical, own or a name of `forms` @param {any} data the fields of DataSpec @param {Asked} asked
 */
export function formDials(form, data, { canonical, forms }) {
  const fair = { attribute_object_correlation: 0, held_out_pairs: 0, tidy_share: 0, wrong_values: 0 };
  if (form === "own") return { ...data, ...fair };
  return form === "canonical" ? canonical : forms?.[form];
}

export class Evaluation {
  /** @param {Drawn} drawn @param {any} data the fields of DataSpec @param {Asked} asked */
  constructor(drawn, data, asked) {
    const names = ["canonical", ...(data.attribute_kinds.length ? ["own"] : []), ...Object.keys(asked.forms ?? {})],
      sets = names.map((form) => drawSet(drawn, formDials(form, data, asked), asked)),
      pairs = bindingPairs(drawn, sets[0], asked),
      canonical = JSON.stringify(sets[0].scenes);
    this.drawn = drawn;
    /** The pairs come first. */ this.numPaired = pairs.scenes.length;
    /** @type {Scene[]} */ this.scenes = [...pairs.scenes];
    /** @type {Sentence[]} */ const said = [...pairs.said];
    this.forms = sets.map((set, place) => {
      // A caption that tells no value asks nothing, so neither it nor its picture is encoded, but for those looked
      // inside at.
      const rows = upTo(asked.scenes).filter(
        (n) => !place || n < INSPECTED || set.changed.some((each) => each[n].exists),
      );
      // A form may have the pictures of the canonical one.
      const isRepeated = place > 0 && JSON.stringify(set.scenes) === canonical,
        firstPicture = isRepeated ? this.numPaired : this.scenes.length,
        firstCaption = said.length;
      if (!isRepeated) this.scenes.push(...rows.map((n) => set.scenes[n]));
      for (const captions of [set.said, ...set.changed.map((each) => each.map((one) => one.said))]) {
        said.push(...rows.map((n) => captions[n]));
      }
      const exists = set.changed.map((each) => each.map((one) => one.exists));
      return { name: names[place], exists, rows, isRepeated, firstPicture, firstCaption };
    });
    // Equal captions cost nothing: the text tower sees each once.
    /** @type {number[][]} */ this.captions = said.map((each) => idsOf(drawn, each));
  }

  /** @param {number} first @param {number} end @returns {Uint8Array} pictures from the first up to the end */
  pixels(first, end) {
    return pixelsOfScenes(this.drawn, this.scenes.slice(first, end));
  }

  /**
   * @param {Float32Array} image features of `scenes` @param {Float32Array} text features of `captions`
   * @returns {{scores: Record<string, Record<"binding_accuracy" | "recognition_accuracy", Estimate>>,
   *   cosines: number[][]}} cosines: of each picture of the pairs with its own caption, and with that of its twin
   */
  score(image, text) {
    const width = text.length / this.captions.length;
    const cosine = (/** @type {number} */ picture, /** @type {number} */ caption) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += image[picture * width + i] * text[caption * width + i];
      return sum;
    };
    const scores = this.forms.map(({ name, exists, rows, isRepeated, firstPicture, firstCaption }) => {
      const [binding, recognition] = exists.map((isAsked, which) => {
        let right = 0;
        rows.forEach((n, at) => {
          if (!isAsked[n]) return;
          const picture = firstPicture + (isRepeated ? n : at),
            own = firstCaption + at,
            other = own + (which + 1) * rows.length;
          const margin = cosine(picture, own) - cosine(picture, other);
          right += margin > 0 ? 1 : margin === 0 ? 0.5 : 0;
        });
        return estimate(right, isAsked.filter(Boolean).length);
      });
      return [name, { binding_accuracy: binding, recognition_accuracy: recognition }];
    });
    const cosines = Array.from({ length: this.numPaired }, (_, n) => [cosine(n, n), cosine(n, n ^ 1)]);
    return { scores: Object.fromEntries(scores), cosines };
  }

  /**
   * What a snapshot of the server holds (`explorer.evaluation.inspection`): features of the inspected scenes by form.
   * @param {Float32Array} image @param {Float32Array} text as for `score`
   * @returns {Record<string, {images: Float32Array, captions: Float32Array, swapped: Float32Array}>}
   */
  inspected(image, text) {
    const width = text.length / this.captions.length;
    const rows = (/** @type {Float32Array} */ of, /** @type {number} */ first) =>
      of.slice(first * width, (first + INSPECTED) * width);
    return Object.fromEntries(
      this.forms.map(({ name, rows: { length }, firstPicture, firstCaption }) => [
        name,
        {
          images: rows(image, firstPicture),
          captions: rows(text, firstCaption),
          swapped: rows(text, firstCaption + length),
        },
      ]),
    );
  }
}

/**
 * Scenes of the evaluation stream, with a caption each; `changed` are the swapped and the replaced ones.
 * @param {Drawn} drawn @param {any} data @param {Asked} asked
 */
function drawSet({ world }, data, { seed, scenes: count }) {
  const plan = makePlan(world, data, seed),
    stream = new Stream(world.description, { seed, name: "evaluation" });
  const draws = Array.from({ length: count }, (_, n) => stream.at(n));
  const scenes = draws.map((each) => drawScene(plan, each));
  const said = scenes.map((scene, n) => writeCaption(plan, scene, draws[n]));
  const swapped = scenes.map((scene, n) => falseSwap(said[n], scene, draws[n]));
  const replaced = scenes.map((scene, n) => replaceValue(plan, said[n], scene, draws[n]));
  return { plan, scenes, said, changed: [swapped, replaced] };
}

/**
 * The pairs: a scene by its words, then the first canonical ones with a swap, each before its twin, in which the values
 * of the first kind are exchanged.
 * @param {Drawn} drawn @param {ReturnType<typeof drawSet>} canonical @param {Asked} asked
 * @returns {{scenes: Scene[], said: Sentence[]}}
 */
function bindingPairs({ world }, { plan, scenes, said, changed: [swapped] }, { pairs, first }) {
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
    said: [
      { nouns, values: values(-1) },
      { nouns, values: others(-1) },
      ...rows.flatMap((n) => [said[n], swapped[n].said]),
    ],
  };
}
