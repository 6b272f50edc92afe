/**
 * The data's dials and a seed resolved into the tables that scenes and captions are drawn from, as
 * `explorer.world.plan`.
 *
 *     const plan = makePlan(world, data, 0);      // data: the fields of DataSpec
 *     plan.allowed[noun][kind]                    // the values that the noun may take
 *     planOfPair(plan, draws)                       // the plan of one pair: that of the tidy pairs for some
 */

import { orderOf, rankOf, Stream } from "./counter_rng.js";
import { modulo, roundHalfEven } from "./integers.js";
import { serverOnly } from "./server_only.js";

/**
 * @typedef {import("./world.js").World} World
 * @typedef {Record<string, any>} DataSpec the fields of `explorer.spec.DataSpec`
 * @typedef {{world: World, data: DataSpec, seed: number, numObjects: number, levels: number[], varies: boolean[],
 *   told: boolean[], home: number[][], allowed: number[][][], tidy: Plan | null}} Plan
 */

/**
 * @param {World} world @param {Partial<DataSpec>} given a dial that it lacks has its usual value @param {number} seed
 * @returns {Plan}
 */
export function makePlan(world, given, seed) {
  const { usual, dials } = world.description,
    data = { ...usual, ...given };
  const dial = serverOnly(data, dials);
  if (dial) throw new RangeError(`${dial}=${data[dial]}: ${dials[dial].tab.why}; ask the server for it`);
  const told = world.kinds.map((kind) => data.attribute_kinds.includes(kind.name));
  const varies = world.kinds.map((kind, k) => told[k] || data.untold_kinds.includes(kind.name));
  const rounds = latinRounds(world, seed);
  const held = heldOut(world, rounds, varies, data.held_out_pairs);
  const allowed = world.nouns.map((_, i) =>
    world.numValues.map((size, k) => {
      const values = Array.from({ length: varies[k] ? size : 1 }, (_, value) => value);
      return values.filter((value) => !held.has(pairKey(i, k, value)));
    }),
  );
  // The last round is never held out, as at most half of the rounds are.
  const home = rounds.map((row) => row.map((of, k) => (varies[k] ? of.indexOf(Math.max(...of)) : 0)));
  return {
    world,
    data,
    seed,
    numObjects: data.objects_in_image,
    levels: levelsOf(world, data.size_contrast),
    varies,
    told,
    home,
    allowed,
    tidy: data.tidy_share ? makePlan(world, tidyData(world, data), seed) : null,
  };
}

/**
 * The dials of the tidy pairs: two objects, both named, with all values of their kinds; they keep what the rows say.
 * @param {World} world @param {DataSpec} data @returns {DataSpec}
 */
function tidyData({ description: { usual, dials } }, data) {
  const tidyDials = Object.keys(usual).filter((name) => dials[name].is_tidy);
  return {
    ...Object.fromEntries(tidyDials.map((name) => [name, data[name]])),
    attribute_kinds: data.tidy_kinds,
    attribute_density: data.tidy_kinds.length,
  };
}

/** @param {Plan} plan @param {import("./counter_rng.js").Draws} draws @returns {Plan} the one that draws this pair */
export function planOfPair(plan, draws) {
  return plan.tidy && draws.chance("tidy", plan.data.tidy_share) ? plan.tidy : plan;
}

/**
 * The scales that a scene draws from, in permille of the largest side; the areas span the size contrast.
 * @param {World} world @param {number} [contrast] the default one where a record is older than the dial
 * @returns {number[]}
 */
export function levelsOf(world, contrast = world.description.usual.size_contrast) {
  const least = 1000 / Math.sqrt(contrast),
    steps = world.description.num_levels - 1,
    step = (1000 - least) / steps;
  return Array.from({ length: steps + 1 }, (_, index) =>
    index === steps ? 1000 : roundHalfEven(index * step + least),
  );
}

/** @param {number} noun @param {number} kind @param {number} value */
const pairKey = (noun, kind, value) => `${noun} ${kind} ${value}`;

/**
 * [noun][kind][value]: in which round of a Latin pattern the noun meets the value.
 * @param {World} world @param {number} seed @returns {number[][][]}
 */
function latinRounds(world, seed) {
  const stream = new Stream(world.description, { seed, name: "world" }),
    nouns = world.nouns.length;
  const keys = world.nouns.map((_, i) => stream.at(i).list("homes", world.kinds.length));
  const ranks = world.kinds.map((_, k) => rankOf(keys.map((row) => row[k])));
  return world.nouns.map((_, i) =>
    world.numValues.map((size, k) => {
      const shift = Math.floor((ranks[k][i] * size) / nouns);
      return Array.from({ length: size }, (_, value) => modulo(value - shift, size));
    }),
  );
}

/**
 * The (noun, kind, value) that are never shown: the first rounds go, so each noun and value loses its fair share.
 * @param {World} world @param {number[][][]} rounds @param {boolean[]} varies @param {number} share
 * @returns {Set<string>}
 */
function heldOut(world, rounds, varies, share) {
  /** @type {Set<string>} */
  const held = new Set();
  world.numValues.forEach((size, k) => {
    if (!varies[k] || size < world.description.min_values_to_hold_out) return;
    const order = orderOf(rounds.flatMap((row) => row[k]));
    for (const index of order.slice(0, roundHalfEven(share * order.length))) {
      held.add(pairKey(Math.floor(index / size), k, index % size));
    }
  });
  return held;
}
