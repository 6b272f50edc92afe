/**
 * What step six of the offline lesson asks: a picture and two captions, answered by the browser's engine.
 *
 *     const answers = lessonEngine(engine, world, say);
 *     answers.swaps("a red bus and a blue cat")                      // {swaps: [{caption}]}, none where nothing differs
 *     await answers.score({ model: "things-bound", image, texts })   // the fields of the app's answer that the lesson reads
 */

import { pixelsOf } from "../scene/typed.js";

/** Orders of the words of each caption, whose spread says how much a model follows the order alone. */
const ORDERS = 12;
const SIGNS = /[.,;:!?]/g;

/** @param {any} engine @param {any} world its description @param {(key: string, values?: any) => string} say */
export function lessonEngine(engine, world, say) {
  const kindOf = new Map(world.kinds.flatMap((kind) => kind.values.map((value) => [value.word, kind.name])));

  /** @param {string} caption @returns {{swaps: {caption: string}[]}} the first two values of a kind that differ, exchanged */
  function swaps(caption) {
    const words = caption.split(/\s+/), places = words.flatMap((word, place) => (kindOf.has(word) ? [place] : []));
    for (const a of places) for (const b of places) {
      if (a >= b || words[a] === words[b] || kindOf.get(words[a]) !== kindOf.get(words[b])) continue;
      [words[a], words[b]] = [words[b], words[a]];
      return { swaps: [{ caption: words.join(" ") }] };
    }
    return { swaps: [] };
  }

  async function score({ model, image, texts }) {
    const asked = texts.map((text) => text.replace(SIGNS, " ").trim());
    if (asked.some((text) => !text)) throw new Error(say("typed.both"));
    await engine.loadModel(model);
    const orders = asked.map((text) => shuffles(text.toLowerCase().split(/\s+/).sort()));
    const answers = await engine.score({ models: [model], pixels: await pixelsOf(image), texts: [...asked, ...orders.flat()] });
    const { cosines, logitScale } = answers[model], odds = softmax(cosines.slice(0, 2).map((cosine) => cosine * logitScale));
    const spreads = asked.map((_, place) => deviation(cosines.slice(2 + place * ORDERS, 2 + (place + 1) * ORDERS)));
    const unknown = new Set((await engine.embed({ model, texts: asked })).flatMap((text) => text.unknown));
    return {
      captions: texts, cosine: [cosines.slice(0, 2)], probabilities: [odds], order_free: { spread: [(spreads[0] + spreads[1]) / 2] },
      warnings: unknown.size ? [say("unread", { words: [...unknown].join(", ") })] : [],
    };
  }

  return { swaps, score };
}

/** @param {string[]} words @returns {string[]} texts of the words in orders that depend only on their number */
function shuffles(words) {
  let state = words.length;
  const below = (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  return Array.from({ length: ORDERS }, () => {
    const order = [...words];
    for (let last = order.length - 1; last > 0; last -= 1) {
      const place = below(last + 1);
      [order[last], order[place]] = [order[place], order[last]];
    }
    return order.join(" ");
  });
}

/** @param {number[]} values @returns {number[]} */
function softmax(values) {
  const most = Math.max(...values), parts = values.map((value) => Math.exp(value - most)), sum = parts.reduce((a, b) => a + b);
  return parts.map((part) => part / sum);
}

/** @param {number[]} values @returns {number} the standard deviation of a sample */
function deviation(values) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
