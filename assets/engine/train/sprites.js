/**
 * The sprites that a training draws. Every worker gets a copy of its own, so it gets these instead of all.
 *
 *     trainedAtlas(order)      // a file in the same form: 0.3 to 3.4 of 7.3 MB
 */

import { readAtlas, variantKey } from "../atlas.js";
import { World } from "../world.js";
import { joinBytes } from "./save.js";

/**
 * The atlas of the looks that data, tidy pairs and evaluations draw, at the sides of training.
 * @param {import("./job.js").Order} order @returns {ArrayBuffer | null} null for a world that measures itself
 */
export function trainedAtlas({ world: description, atlas, evaluation, spec }) {
  if (!atlas) return null;
  const world = new World(description),
    { bytes, header, offsets, sides, trainedSides } = readAtlas(world, new Uint8Array(atlas)),
    keys = keysOf(world, [spec.data, evaluation?.canonical, ...Object.values(evaluation?.forms ?? {})]);
  /** @type {{texture: string, outline: number, angle: number}[]} */ const variants = header.variants,
    isDrawn = variants.map((look) => keys.has(variantKey(look))),
    isTrained = sides.map((side) => trainedSides.includes(side)),
    length = new Uint8Array(4),
    drawn = { ...header, sides: trainedSides, variants: variants.filter((_, v) => isDrawn[v]) },
    head = new TextEncoder().encode(JSON.stringify(drawn)),
    sprites = [...offsets.keys()].filter(
      (number) => isTrained[number % sides.length] && isDrawn[Math.floor(number / sides.length) % variants.length],
    );
  new DataView(length.buffer).setUint32(0, head.length, true);
  return joinBytes([
    length,
    head,
    ...sprites.map((number) => bytes.subarray(offsets[number], offsets[number + 1] ?? bytes.length)),
  ]).buffer;
}

/**
 * The looks whose values are drawn: kinds that no dial names keep their first one.
 * @param {World} world @param {any[]} dials fields of DataSpec @returns {Set<string>} of `variantKey`
 */
function keysOf(world, dials) {
  const named = new Set(
      dials.flatMap((data) =>
        ["attribute_kinds", "untold_kinds", "tidy_kinds"].flatMap((field) => data?.[field] ?? []),
      ),
    ),
    isDrawn = world.kinds.map(({ name }) => named.has(name));
  const looks = world.looks.filter((_, code) => isDrawn.every((drawn, k) => drawn || !world.valueIn(code, k)));
  return new Set(looks.map(variantKey));
}
