/**
 * The batch of a step, as `explorer.training.batches`, drawn in parts: each worker draws the pairs of its own pictures,
 * tells the others which captions they have, and judges which captions are true of its pictures.
 *
 *     const batches = new Batches(scenery, spec, [0, 64]);       // own pictures of each batch
 *     const own = batches.draw(7);                               // {scenes, told}: `told` goes to the others
 *     const batch = batches.join([own.told, told, ...]);         // the captions of the whole batch
 *     const judged = batches.judge(batch, own.scenes);           // {counts, truths} of own pictures
 *     batches.rates(batch, [judged, ...]); batches.ignore(batch, [judged, ...]);
 *
 * A caption travels as its key, the characters of its token ids, by which it is sorted too; and as integers, which say
 * what is true of a scene.
 */

import { placeScene, renderObjects } from "../compositor.js";
import { Stream } from "../counter_rng.js";
import { bagOf, countPairs, drawPair, ratesOf, truthsOf } from "../pairs.js";
import { makePlan } from "../plan.js";
import { joinBytes } from "./save.js";
import { slicesOfCaptions } from "./slices.js";

/**
 * @typedef {import("../grammar.js").Caption} Caption
 * @typedef {import("../scenes.js").Scene} Scene
 * @typedef {{world: import("../world.js").World, atlas: import("../compositor.js").Atlas,
 *   grammar: import("../grammar.js").Grammar}} Scenery
 * @typedef {{keys: string[], bags: string[], hard: string[], numbers: Int8Array}} Told of some pairs: the keys of their
 *   captions, the words of these without order, the keys of hard negatives or "", and the integers of both, those of a
 *   caption without a hard negative twice
 * @typedef {{size: number, keys: string[], bags: string[], owners: number[], captions: Caption[],
 *   slices: number[][]}} Batch size: of pictures; keys: of the captions of the pictures, then of the hard
 *   negatives, as are owners, the picture of each, and captions; slices: indices of captions
 * @typedef {{counts: number[], truths: Uint8Array | null}} Judged counts of `countPairs`; own pictures x captions, null
 *   where nothing is masked
 */

/** @param {Scenery} scenery @param {Caption} caption @returns {number[]} token ids up to [EOS] */
export const idsOf = (scenery, caption) => idsOfWords(scenery, scenery.grammar.wordsOf(caption));

/** @param {Scenery} scenery @param {string[]} words @returns {number[]} token ids up to [EOS] */
function idsOfWords({ grammar: { idOf } }, words) {
  return ["[BOS]", ...words, "[EOS]"].map((word) => /** @type {number} */ (idOf.get(word)));
}

/** @param {number[]} ids @returns {string} */
export const captionKey = (ids) => String.fromCharCode(...ids);

/** @param {string} key @returns {number[]} token ids */
export const idsOfCaptionKey = (key) => Array.from(key, (letter) => letter.charCodeAt(0));

/**
 * @param {Scenery} scenery @param {Scene[]} scenes @param {Uint8Array} [whole] where the pictures are drawn
 * @returns {Uint8Array} count x 3 x S x S
 */
export function pixelsOfScenes({ world, atlas }, scenes, whole = new Uint8Array(scenes.length * bytesOf(atlas))) {
  scenes.forEach((scene, n) => {
    const picture = whole.subarray(n * bytesOf(atlas), (n + 1) * bytesOf(atlas));
    renderObjects(world, atlas, placeScene(world, atlas, scene), picture);
  });
  return whole;
}

/** @param {import("../compositor.js").Sizes} sizes @returns {number} of a picture */
const bytesOf = ({ size }) => 3 * size * size;

export class Batches {
  /**
   * @param {Scenery} scenery @param {{data: any, train: any}} spec
   * @param {[number, number]} own the first of the pictures of each batch, and the one behind the last
   */
  constructor(scenery, { data, train }, [first, end]) {
    this.scenery = scenery;
    this.train = train;
    this.plan = makePlan(scenery.world, data, train.seed);
    this.stream = new Stream(scenery.world.description, { seed: train.seed, name: "train" });
    this.pictures = Array.from({ length: end - first }, (_, n) => first + n);
    /** Objects of a caption; a tidy pair may have more than others, or fewer. */
    this.numObjects = Math.max(this.plan.numObjects, this.plan.tidy?.numObjects ?? 0);
    this.numKinds = scenery.world.kinds.length;
    /** Where own pictures are drawn: those of a step are encoded before the next ones are drawn. */
    this.canvas = new Uint8Array(this.pictures.length * bytesOf(scenery.atlas));
    /** Integers of a caption. */ this.width = this.numObjects * (1 + this.numKinds);
  }

  /** @param {number} step from 0 @returns {{scenes: Scene[], told: Told}} own pairs */
  draw(step) {
    const { scenery, plan, stream, train } = this,
      options = { hardNegatives: train.hard_negatives, check: train.hard_negative_check };
    const pairs = this.pictures.map((picture) => drawPair(plan, stream.at(step * train.batch_size + picture), options)),
      numbers = new Int8Array(2 * this.width * pairs.length);
    /** @type {Told} */ const told = { keys: [], bags: [], hard: [], numbers };
    pairs.forEach(({ caption, hard }, n) => {
      const words = scenery.grammar.wordsOf(caption);
      told.keys.push(captionKey(idsOfWords(scenery, words)));
      told.bags.push(bagOf(words));
      told.hard.push(hard ? captionKey(idsOf(scenery, hard)) : "");
      this.write(caption, numbers, 2 * n);
      this.write(hard ?? caption, numbers, 2 * n + 1);
    });
    return { scenes: pairs.map(({ scene }) => scene), told };
  }

  /** @param {Scene[]} scenes own ones @returns {Uint8Array} their pictures, until the next are drawn */
  pixels(scenes) {
    return pixelsOfScenes(this.scenery, scenes, this.canvas);
  }

  /** @param {Told[]} parts in the order of the pictures @returns {Batch} */
  join(parts) {
    const own = parts.flatMap((part) => part.keys),
      hard = parts.flatMap((part) => part.hard),
      pictures = own.map((_, index) => index),
      withHard = pictures.filter((picture) => hard[picture]),
      keys = [...own, ...withHard.map((picture) => hard[picture])];
    return {
      size: own.length,
      keys,
      bags: parts.flatMap((part) => part.bags),
      owners: [...pictures, ...withHard],
      captions: [
        ...parts.flatMap((part) => part.keys.map((_, n) => this.read(part.numbers, 2 * n))),
        ...parts.flatMap((part) => part.hard.flatMap((key, n) => (key ? [this.read(part.numbers, 2 * n + 1)] : []))),
      ],
      slices: slicesOfCaptions(keys),
    };
  }

  /**
   * Its nouns, then the values of each, -1 where there is none.
   * @param {Caption} caption @param {Int8Array} numbers @param {number} n
   */
  write({ nouns, values }, numbers, n) {
    let at = n * this.width;
    numbers.fill(-1, at, at + this.width);
    numbers.set(nouns, at);
    at += this.numObjects;
    for (const row of values) {
      numbers.set(row, at);
      at += row.length;
    }
  }

  /** @param {Int8Array} numbers @param {number} n @returns {Caption} */
  read(numbers, n) {
    const { numObjects, numKinds, width } = this,
      nouns = /** @type {number[]} */ ([]),
      values = /** @type {number[][]} */ ([]);
    for (let o = 0, at = n * width + numObjects; o < numObjects; o++) {
      const row = /** @type {number[]} */ ([]);
      for (let kind = 0; kind < numKinds; kind++) row.push(numbers[at++]);
      nouns.push(numbers[n * width + o]);
      values.push(row);
    }
    return { nouns, values };
  }

  /** What is true of own pictures. @param {Batch} batch @param {Scene[]} scenes own ones @returns {Judged} */
  judge({ captions, owners, bags }, scenes) {
    const truths = truthsOf(scenes, captions),
      counts = countPairs(truths, this.pictures, owners, bags);
    return { counts, truths: this.train.mask_false_negatives ? truths : null };
  }

  /** @param {Batch} batch @param {Judged[]} parts of all pictures @returns {Record<string, number>} */
  rates({ size, keys }, parts) {
    const counts = parts[0].counts.map((_, at) => parts.reduce((sum, part) => sum + part.counts[at], 0));
    return ratesOf(counts, size, new Set(keys.slice(0, size)).size);
  }

  /**
   * @param {Batch} batch @param {Judged[]} parts of all pictures, in their order
   * @returns {Uint8Array | null} pictures x captions: 1 where a caption is no negative of a picture
   */
  ignore({ size, keys }, parts) {
    if (!this.train.mask_false_negatives) return null;
    const ignore = joinBytes(parts.map(({ truths }) => /** @type {Uint8Array} */ (truths)));
    // The own caption stays the positive.
    for (let n = 0; n < size; n++) ignore[n * keys.length + n] = 0;
    return ignore;
  }
}
