/**
 * The pairs that a model of a world is asked, as `BindingPairs` of `evaluation.binding_pairs`: their pictures and
 * captions, and the digest of the question, by which answers of a tab and of a server are known to be of one question.
 *
 *     makeQuestion(drawn, evaluation)      // {questionDigest: "0572...", sides: [{caption, objects}, ...]}, A before B
 */

import { placeScene } from "./compositor.js";
import { sha256 } from "./sha256.js";
import { drawBindingPairs } from "./train/evaluation.js";
import { joinBytes } from "./train/save.js";

/** Scenes among which enough have a swap. */
const CANDIDATES = 200,
  DIGITS = 16;
/** The fields of a scene in the order of the digest. */
const FIELDS = /** @type {const} */ (["nouns", "values", "level", "side", "cell", "offset"]);

/**
 * @param {{world: import("./world.js").World, sprites: any, grammar: import("./grammar.js").Grammar}} drawn
 * @param {import("./train/evaluation.js").EvaluationOrder} evaluation
 */
export function makeQuestion({ world, sprites, grammar }, evaluation) {
  const pairs = drawBindingPairs({ world }, { ...evaluation, scenes: CANDIDATES }),
    captions = pairs.captions.map((each) => grammar.text(each)),
    text = (/** @type {string} */ letters) => new TextEncoder().encode(letters),
    parts = [
      ...[world.name, ...captions].map(text),
      ...FIELDS.map((field) => integers(pairs.scenes.flatMap((scene) => scene[field].flat()))),
    ],
    between = text("\n");
  const question = joinBytes(parts.flatMap((part, index) => (index ? [between, part] : [part])));
  return {
    questionDigest: sha256(question).slice(0, DIGITS),
    sides: pairs.scenes.map((scene, index) => ({
      caption: captions[index],
      objects: placeScene(world, sprites, scene),
    })),
  };
}

/** @param {number[]} numbers that are not below 0 @returns {Uint8Array} each in eight bytes, the lowest first */
function integers(numbers) {
  const bytes = new Uint8Array(8 * numbers.length),
    view = new DataView(bytes.buffer);
  numbers.forEach((number, index) => view.setUint32(8 * index, number, true));
  return bytes;
}
