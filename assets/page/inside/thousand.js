// A thousand scenes with what is known of each, cross-filtered: which colors, which sizes, which object is named first.
//
//   const scenes = await askThousand(page, "things-web", { world: "things", first: 0, tell: (scenes) => {} })
//   const { brushed, rows } = crossFilter(scenes, { from: -6, to: 0 }, { colors: "black" })
//   findOutstanding(brushed, scenes)      // {pair: ["black", "purple"], share: 0.33, usual: 0.04}, or null
//
// A scene is {index, caption, swapped, image, words, odds, colors: [a, b], ratio: 0..3, first: "larger" | "smaller"};
// `odds` is the logarithm of the odds of its own caption against the swapped one, 0 for a coin toss.

import { CANONICAL_DRAW, dot } from "./answers.js";
import { Samples } from "../samples.js";
import { tidySpec } from "../recipe.js";
import { clamp } from "../numbers.js";

export const NUM_MANY = 1000,
  FEW = 30;
const BLOCK = 100;
/** Ratios of the areas of the larger and the smaller object at which a group ends. */
const RATIOS = [1.1, 1.25, 1.5];
/** How many times more often than among all pictures something has to be seen to stand out. */
export const STANDS_OUT = 1.35;
/** Standard deviations beyond which a count is no chance: one of a thousand cases. */
const SURE_DEVIATIONS = 3.1;

/** The groups of each property, in the order of the page; a scene of two colors is in two groups of the first. */
const FACETS = {
  colors: (scene) => scene.colors,
  ratio: (scene) => [scene.ratio],
  first: (scene) => [scene.first],
};
export const RATIO_GROUPS = [0, 1, 2, 3],
  FIRST_GROUPS = ["larger", "smaller"];

/**
 * Draw and ask a thousand canonical scenes from `first` on, in blocks; those whose caption has no swap are left out.
 * By the engine of this tab; a model that it cannot run is asked by a job of the server.
 * @param {any} page @param {string} name of a model
 * @param {{world: string, first: number, tell: (scenes: any[]) => void, signal: AbortSignal}} options `tell` gets all
 *   scenes so far
 * @returns {Promise<any[]>}
 */
export async function askThousand({ catalog, engine, backend }, name, { world, first, tell, signal }) {
  const { data } = tidySpec(catalog),
    marker = await new Samples(engine, null).world(world),
    colors = marker.world.kinds[0].values.map(({ word }) => word);
  const model = await engine.loadModel(name).catch(() => null),
    answered = model ? null : await backend.job("inspect_thousand", { name, first }, () => {}, { signal });
  const scenes = [];
  for (let start = first; start < first + NUM_MANY; start += BLOCK) {
    signal.throwIfAborted();
    const drawn = await engine.draw({
      world,
      data,
      ...CANONICAL_DRAW,
      first: start,
      count: BLOCK,
      pixels: Boolean(model),
    });
    const odds = model
      ? await logOddsOf(engine, name, drawn, model.logitScale)
      : answered.odds.slice(start - first, start - first + BLOCK);
    drawn.forEach((scene, at) => {
      if (odds[at] !== null) scenes.push(sceneOf(scene, { index: start + at, odds: odds[at], marker, colors }));
    });
    tell([...scenes]);
  }
  return scenes;
}

/** @returns {Promise<(number | null)[]>} the logarithm of the odds of each scene, null where its caption has no swap */
async function logOddsOf(engine, model, drawn, scale) {
  const withSwap = drawn.filter(({ swapped }) => swapped),
    texts = withSwap.flatMap(({ caption, swapped }) => [caption, swapped]);
  const { images, captions } = await engine.features({ model, pictures: withSwap.map(({ pixels }) => pixels), texts });
  const odds = new Map(
    withSwap.map((scene, at) => [
      scene,
      scale * (dot(images[at], captions[2 * at]) - dot(images[at], captions[2 * at + 1])),
    ]),
  );
  return drawn.map((scene) => odds.get(scene) ?? null);
}

function sceneOf(drawn, { index, odds, marker, colors }) {
  const { nouns, values, side } = drawn.scene,
    larger = side[0] >= side[1] ? 0 : 1,
    ratio = (Math.max(...side) / Math.min(...side)) ** 2;
  const said = drawn.caption.split(" "),
    positions = nouns.map((noun) => said.indexOf(marker.world.nouns[noun].word)),
    firstNamed = positions[0] < positions[1] ? 0 : 1;
  const { image, words } = marker.card(drawn);
  return {
    index,
    caption: drawn.caption,
    swapped: drawn.swapped,
    image,
    words,
    odds,
    colors: [...new Set(values.map((row) => colors[row[0]]))],
    ratio: RATIOS.filter((most) => ratio > most).length,
    first: firstNamed === larger ? "larger" : "smaller",
  };
}

/**
 * The scenes within the brush and the filters, and what each group has of them and of all scenes, as shares.
 * @param {any[]} scenes @param {{from: number, to: number}} brush in odds
 * @param {Record<string, any>} filters a group by facet, null for all
 */
export function crossFilter(scenes, { from, to }, filters) {
  const isKept = (scene, but) =>
    Object.entries(filters).every(
      ([facet, group]) => facet === but || group === null || FACETS[facet](scene).includes(group),
    );
  const within = scenes.filter(({ odds }) => odds >= from && odds <= to),
    brushed = within.filter((scene) => isKept(scene, ""));
  const rows = Object.fromEntries(
    Object.keys(FACETS).map((facet) => {
      // A group that filters does not empty the others of its own facet: they can still be chosen.
      const among = within.filter((scene) => isKept(scene, facet));
      return [facet, (group) => ({ share: shareOf(among, facet, group), usual: shareOf(scenes, facet, group) })];
    }),
  );
  return { brushed: brushed.sort((one, other) => one.odds - other.odds), rows };
}

const shareOf = (scenes, facet, group) =>
  scenes.length ? scenes.filter((scene) => FACETS[facet](scene).includes(group)).length / scenes.length : 0;

/**
 * The pair of colors that stands out most among the brushed scenes: {pair, share, usual, isSure}, or null. It is sure
 * where as many scenes, drawn from all of them at random, would hold it so often in fewer than one of a thousand cases;
 * there are some thirty pairs, and the one that stands out is looked for.
 */
export function findOutstanding(brushed, scenes) {
  const among = countPairs(brushed),
    all = countPairs(scenes);
  let most = null,
    farthest = 0;
  for (const [pair, count] of among) {
    const share = count / brushed.length,
      usual = all.get(pair) / scenes.length,
      far = (count - brushed.length * usual) / deviation(brushed.length, usual, scenes.length);
    if (count > 2 && share >= STANDS_OUT * usual && far > farthest) {
      farthest = far;
      most = { pair: pair.split(" "), share, usual, isSure: brushed.length >= FEW && far >= SURE_DEVIATIONS };
    }
  }
  return most;
}

/** The standard deviation of how many of `count` scenes hold what a share `usual` of all `total` scenes holds. */
const deviation = (count, usual, total) =>
  Math.sqrt((count * usual * (1 - usual) * (total - count)) / Math.max(1, total - 1));

function countPairs(scenes) {
  const counts = new Map();
  for (const { colors } of scenes) {
    const pair = [...colors].sort().join(" ");
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return counts;
}

/** Points in columns: {x, y, radius} of each scene, as large as the highest column allows; the smallest overlap. */
export function stackScenes(scenes, { width, height, reach }) {
  for (let cell = 8; cell >= 2; cell--) {
    const columns = Math.max(1, Math.floor(width / cell)),
      filled = new Map();
    const points = scenes.map((scene) => {
      const column = clamp(Math.floor(((scene.odds + reach) / (2 * reach)) * columns), 0, columns - 1),
        row = filled.get(column) ?? 0;
      filled.set(column, row + 1);
      return { scene, x: (column + 0.5) * (width / columns), row };
    });
    const highest = Math.max(1, ...filled.values());
    if (cell === 2 || highest * cell <= height) {
      const step = Math.min(cell, height / highest);
      return points.map(({ scene, x, row }) => ({ scene, x, y: height - (row + 0.5) * step, radius: 0.42 * cell }));
    }
  }
  return [];
}

/** Half the width of the axis in odds: all but the outermost scenes lie within, and 90 to 10 always does. */
export function reachOfOdds(scenes) {
  const far = scenes.map(({ odds }) => Math.abs(odds)).sort((one, other) => one - other);
  return Math.max(2.5, far[Math.floor(0.99 * (far.length - 1))] ?? 0);
}
