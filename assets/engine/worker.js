/**
 * The engine in a Web Worker: one message in, one answer out, with progress between.
 *
 *     {id, kind: "load", ...}  ->  {id, progress: {received, bytes}}*  ->  {id, answer} or {id, error: sentence}
 *
 * kinds: world (description, atlas), load (name, card, weights), embed (model, texts), features (model, pictures,
 * texts), draw (scenes of a plan), pairs (a batch of them, with its rates), makeQuestion (those that models are asked),
 * render (objects), score (models, texts and objects or pixels), cancel (target: the id of another message).
 */

import { placeScene, renderObjects, visibleShares } from "./compositor.js";
import { Stream } from "./counter_rng.js";
import { falseSwap, reorder, replaceValue, whyNoSwap } from "./swaps.js";
import { Grammar, writeCaption } from "./grammar.js";
import { drawPairs } from "./pairs.js";
import { once } from "./once.js";
import { makePlan } from "./plan.js";
import { drawScene } from "./scenes.js";
import { worldFrom } from "./world.js";

/**
 * @typedef {import("./own_world.js").Sprites} Sprites their sizes are enough to place objects
 * @typedef {{world: import("./world.js").World, sprites: Sprites, atlas: () => Promise<any>}} Drawn
 * @typedef {{signal: AbortSignal, onProgress: (received: number) => void}} Options
 */

/** @type {Map<string, Drawn>} */ const worlds = new Map();
/** @type {Map<string, import("./models.js").Model>} */ const models = new Map();
/** @type {Map<number, AbortController>} */ const running = new Map();
/** Multiply-adds of an image beyond which the worker looks at its messages between two models. */
const SHARE_AFTER = 20_000_000;

/** @type {Record<string, (message: any, options: Options) => any>} */
const handlers = {
  /**
   * Sprites, and what reads them, are fetched when something is first painted, if their sizes came with the world.
   * @param {{description: any, atlas: any, sprites?: Sprites}} message
   */
  async world({ description, atlas: file, sprites }) {
    const world = await worldFrom(description),
      atlas = once(async () => {
        if (!file) return new (await import("./atlas_from_parts.js")).PartsAtlas(world);
        const [{ readAtlas }, { download }] = await Promise.all([import("./atlas.js"), import("./download.js")]),
          isHere = file instanceof ArrayBuffer;
        return readAtlas(
          world,
          isHere ? new Uint8Array(file) : await download(file, { signal: new AbortController().signal }),
        );
      });
    const { size, box, sides, trainedSides } = sprites ?? (await atlas());
    worlds.set(world.name, { world, sprites: { size, box, sides, trainedSides }, atlas });
    return { name: world.name, size, box, sides, trainedSides };
  },

  /** What reads and runs a model comes with the first one: scenes and captions need none of it. */
  async load({ name, card, weights }, options) {
    const { loadModel } = await import("./models.js"),
      model = await loadModel(name, card, weights, options);
    models.set(name, model);
    const { vision, text } = model.clip.shape;
    return { name, imageSize: vision.imageSize, contextLength: text.contextLength, logitScale: model.clip.logitScale };
  },

  embed({ model, texts }) {
    return texts.map((/** @type {string} */ text) => modelOf(model).embedText(text));
  },

  /** Features of pictures and of texts by one model, each of length 1. */
  async features({ model: name, pictures, texts }, { signal }) {
    const model = modelOf(name),
      images = [];
    for (const each of pictures) {
      images.push(model.clip.encodeImage(each));
      await nextMessage(signal);
    }
    return { images, captions: texts.map((/** @type {string} */ text) => model.embedText(text).features) };
  },

  /**
   * Scenes first .. first + count - 1 of a plan's stream, with captions and objects, and pixels where `pixels` is true.
   */
  async draw({ world: name, data, seed, stream, first, count, pixels }) {
    const { world, sprites, atlas: atlasOf } = worldOf(name),
      grammar = new Grammar(world, data),
      atlas = pixels ? await atlasOf() : null,
      plan = makePlan(world, data, seed);
    const numbers = new Stream(world.description, { seed, name: stream });
    return Array.from({ length: count }, (_, index) => {
      const draws = numbers.at(first + index),
        scene = drawScene(plan, draws),
        caption = writeCaption(plan, scene, draws);
      const swapped = falseSwap(caption, scene, draws),
        objects = placeScene(world, sprites, scene);
      const text = (/** @type {import("./swaps.js").ChangedCaption} */ { caption: changed, exists }) =>
        exists ? grammar.text(changed) : null;
      return {
        scene,
        ids: grammar.ids(caption),
        caption: grammar.text(caption),
        swapped: text(swapped),
        no_swap: whyNoSwap(caption, swapped, scene),
        objects,
        replaced: text(replaceValue(plan, caption, scene, draws)),
        reordered: text(reorder(caption, draws)),
        pixels: atlas ? renderObjects(world, atlas, objects) : null,
      };
    });
  },

  /** The pairs that a model of the world is asked: captions, objects and pixels, and the digest of the question. */
  async makeQuestion({ world: name, evaluation }) {
    const { world, sprites, atlas } = worldOf(name),
      { makeQuestion } = await import("./question.js"),
      { questionDigest, sides } = makeQuestion({ world, sprites, grammar: new Grammar(world) }, evaluation),
      loadedAtlas = await atlas();
    return {
      questionDigest,
      sides: sides.map((side) => ({ ...side, pixels: renderObjects(world, loadedAtlas, side.objects) })),
    };
  },

  /** The batch first .. first + count - 1 of a plan's stream: its captions, hard negatives and rates. */
  pairs({ world: name, data, seed, stream, first, count, hardNegatives, check }) {
    const { world } = worldOf(name),
      grammar = new Grammar(world, data),
      numbers = new Stream(world.description, { seed, name: stream });
    const batch = Array.from({ length: count }, (_, index) => numbers.at(first + index));
    const { captions, hard, rates, swappable } = drawPairs(makePlan(world, data, seed), grammar, batch, {
      hardNegatives,
      check,
    });
    return {
      captions: captions.map((each) => grammar.text(each)),
      hard: hard.map((each) => each && grammar.text(each)),
      rates,
      swappable,
    };
  },

  async render({ world: name, objects }) {
    const { world, atlas } = worldOf(name);
    return { pixels: await drawObjects(name, objects), visible: visibleShares(world, await atlas(), objects) };
  },

  /** Cosines of the texts with one picture, by model. */
  async score({ models: names, world: name, objects, pixels, texts }, { signal }) {
    const picture = pixels ?? (await drawObjects(name, objects));
    /** @type {Record<string, {cosines: number[], logitScale: number}>} */ const scores = {};
    for (const each of names) {
      const model = modelOf(each);
      if (picture.length !== 3 * model.clip.shape.vision.imageSize ** 2) {
        throw new Error(
          `model=${each}: it takes pictures of ${model.clip.shape.vision.imageSize} pixels, others than this one`,
        );
      }
      const seen = model.clip.encodeImage(picture);
      scores[each] = {
        cosines: texts.map((/** @type {string} */ text) => dot(seen, model.embedText(text).features)),
        logitScale: model.clip.logitScale,
      };
      if (model.clip.imageWork > SHARE_AFTER) await nextMessage(signal);
    }
    return scores;
  },

  cancel({ target }) {
    running.get(target)?.abort();
    return running.has(target);
  },
};

/** @param {string} name @param {import("./compositor.js").Placed[]} objects @returns {Promise<Uint8Array>} */
async function drawObjects(name, objects) {
  const { world, atlas } = worldOf(name);
  return renderObjects(world, await atlas(), objects);
}

/** @param {string} name */
function modelOf(name) {
  const model = models.get(name);
  if (!model) throw new Error(`model=${name}: it is not loaded`);
  return model;
}

/** @param {string} name */
function worldOf(name) {
  const world = worlds.get(name);
  if (!world) throw new Error(`world=${name}: it is not loaded`);
  return world;
}

/** @param {Float32Array} a @param {Float32Array} b @returns {number} */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** @param {AbortSignal} signal lets waiting messages in, throws where one of them cancelled the work */
async function nextMessage(signal) {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
  port1.close();
  signal.throwIfAborted();
}

self.onmessage = async ({ data: { id, kind, ...message } }) => {
  const control = new AbortController();
  running.set(id, control);
  const onProgress = (/** @type {number} */ received) => self.postMessage({ id, progress: received });
  try {
    if (!Object.hasOwn(handlers, kind)) throw new Error(`kind=${kind}: unknown`);
    self.postMessage({ id, answer: await handlers[kind](message, { signal: control.signal, onProgress }) });
  } catch (error) {
    self.postMessage({ id, error: /** @type {Error} */ (error).message, isCancelled: control.signal.aborted });
  } finally {
    running.delete(id);
  }
};
