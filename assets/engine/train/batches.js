/**
 * The batch of a step, as `explorer.training.batches`: pixels, token ids, and what is no negative of a picture.
 *
 *     new Batches(drawn, spec).draw(7)        // {pixels, captions, ignore, rates}
 */

import { placeScene, renderObjects } from "../compositor.js";
import { Stream } from "../counter_rng.js";
import { drawPairs } from "../pairs.js";
import { makePlan } from "../plan.js";
import { joinedBytes } from "./save.js";

/**
 * @typedef {{world: import("../world.js").World, atlas: import("../atlas.js").Atlas,
 *   grammar: import("../grammar.js").Grammar}} Drawn
 * @typedef {{pixels: Uint8Array, captions: number[][], ignore: Uint8Array | null, rates: Record<string, number>}} Batch
 *   pixels: B x 3 x S x S; captions: token ids up to [EOS] of B captions, then of the hard negatives
 */

/** @param {Drawn} drawn @param {import("../sentences.js").Sentence} said @returns {number[]} token ids up to [EOS] */
export function idsOf({ grammar }, said) {
  return ["[BOS]", ...grammar.wordsOf(said), "[EOS]"].map((word) => /** @type {number} */ (grammar.idOf.get(word)));
}

/** @param {Drawn} drawn @param {import("../scenes.js").Scene[]} scenes @returns {Uint8Array} count x 3 x S x S */
export function pixelsOfScenes({ world, atlas }, scenes) {
  return joinedBytes(scenes.map((scene) => renderObjects(world, atlas, placeScene(world, atlas, scene))));
}

export class Batches {
  /** @param {Drawn} drawn @param {{data: any, train: any}} spec */
  constructor(drawn, { data, train }) {
    this.drawn = drawn;
    this.train = train;
    this.plan = makePlan(drawn.world, data, train.seed);
    this.stream = new Stream(drawn.world.description, { seed: train.seed, name: "train" });
  }

  /** @param {number} step from 0 @returns {Batch} */
  draw(step) {
    const { drawn, plan, train } = this,
      size = train.batch_size;
    const options = { hardNegatives: train.hard_negatives, check: train.hard_negative_check };
    const batch = Array.from({ length: size }, (_, place) => this.stream.at(step * size + place));
    const { scenes, captions, truths, rates } = drawPairs(plan, drawn.grammar, batch, options);
    const ignore = train.mask_false_negatives ? truths : null;
    // The own caption stays the positive.
    scenes.forEach((_, n) => {
      truths[n * captions.length + n] = 0;
    });
    return {
      pixels: pixelsOfScenes(drawn, scenes),
      captions: captions.map((each) => idsOf(drawn, each)),
      ignore,
      rates,
    };
  }
}
