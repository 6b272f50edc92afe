/**
 * Scenes to pixels in integers, byte for byte those of `explorer.world.render`.
 *
 *     renderObjects(world, atlas, placeScene(world, atlas, scene))      // Uint8Array 3 x S x S
 *
 * A scene of a plan is first turned into placed objects, which a person may also lay out freely: then a later object
 * covers an earlier one. Pixel = base + ((fill * fill' + accent * accent' + 128) >> 8), where base also lets through
 * what lies behind in proportion to the subpixels that the object leaves free.
 */

/**
 * @typedef {import("./world.js").World} World
 * @typedef {import("./atlas.js").Atlas | import("./atlas_from_parts.js").PartsAtlas} Atlas
 * @typedef {Pick<Atlas, "size" | "box">} Sizes which are enough to place objects
 * @typedef {import("./scenes.js").Scene} Scene
 * @typedef {{noun: number, values: number[], x: number, y: number, side: number}} Placed
 *   `x` and `y` are the middle in pixels, `side` is in permille of the largest in training
 */

/**
 * @param {World} world @param {Sizes} sizes @param {Scene} scene
 * @returns {Placed[]}
 */
export function placeScene(world, sizes, scene) {
  const cell = sizes.size / 2;
  return scene.nouns.map((noun, o) => {
    const { low, slack } = middleRange(world, sizes, scene.side[o]);
    const stray = scene.offset[o].map((offset) => Math.floor((offset * (slack + 1)) / world.description.offset_steps));
    // An offset moves the window over the sprite, so the sprite moves the other way.
    const [y, x] = stray.map((moved) => low + slack - moved);
    const [row, column] = [Math.floor(scene.cell[o] / 2), scene.cell[o] % 2];
    return { noun, values: scene.values[o], x: column * cell + x, y: row * cell + y, side: scene.side[o] };
  });
}

/**
 * Range of the middle of an object of this side within its quarter: `low` .. `low + slack`, in both directions.
 * @param {World} world @param {Sizes} sizes @param {number} side in permille
 */
export function middleRange(world, sizes, side) {
  const cell = sizes.size / 2,
    most = Math.floor(world.description.slack_share * cell);
  const plane = 2 * Math.floor((cell + most + 1) / 2),
    half = Math.floor((side * sizes.box + 1999) / 2000);
  const slack = Math.max(0, Math.min(cell - 2 * half, most));
  const first = Math.floor((plane - cell - slack + 1) / 2);
  return { low: plane / 2 - first - slack, slack };
}

/**
 * @param {World} world @param {Atlas} atlas @param {Placed[]} objects in drawing order
 * @param {Uint8Array} [pixels] where the picture is drawn
 * @returns {Uint8Array} 3 x S x S, plane by plane
 */
export function renderObjects(world, atlas, objects, pixels = new Uint8Array(3 * atlas.size * atlas.size)) {
  pixels.fill(world.grays.background);
  for (const object of objects) paint(world, atlas, pixels, object);
  return pixels;
}

/**
 * @param {World} world @param {Atlas} atlas @param {Uint8Array} pixels @param {Placed} object
 */
function paint(world, atlas, pixels, object) {
  const { size, subpixels } = atlas,
    { background, ink, light } = world.grays;
  const look = world.lookOf(object.values),
    accent = in256ths(look.accent),
    fill = look.fill.map(in256ths);
  const sprite = atlas.sprite(object.noun, look, object.side),
    area = sprite.height * sprite.width,
    counts = sprite.counts;
  for (let row = 0; row < sprite.height; row++) {
    const y = object.y + sprite.top + row;
    if (y < 0 || y >= size) continue;
    for (let column = 0; column < sprite.width; column++) {
      const x = object.x + sprite.left + column;
      if (x < 0 || x >= size) continue;
      const at = row * sprite.width + column,
        free = counts[at];
      if (free === subpixels) continue;
      const inked = counts[area + at],
        lit = counts[2 * area + at],
        accented = counts[3 * area + at];
      const body = subpixels - free - inked - lit - accented;
      const base = Math.floor((background * free + ink * inked + light * lit) / subpixels);
      const fillWeight = Math.floor((255 * body) / subpixels),
        accentWeight = Math.floor((255 * accented) / subpixels);
      for (let channel = 0, pixel = y * size + x; channel < 3; channel++, pixel += size * size) {
        const behind = Math.round(((pixels[pixel] - background) * free) / subpixels);
        const mixed = base + ((fillWeight * fill[channel] + accentWeight * accent + 128) >> 8) + behind;
        pixels[pixel] = Math.max(0, Math.min(255, mixed));
      }
    }
  }
}

/**
 * Compute the share of each object that is in sight: inside the picture and not beneath a later object.
 * @param {World} world @param {Atlas} atlas @param {Placed[]} objects in drawing order
 * @returns {number[]} 0 .. 1
 */
export function visibleShares(world, atlas, objects) {
  const owner = new Int8Array(atlas.size * atlas.size).fill(-1);
  const areas = objects.map((object, index) => {
    const sprite = atlas.sprite(object.noun, world.lookOf(object.values), object.side);
    let area = 0;
    for (let at = 0; at < sprite.height * sprite.width; at++) {
      if (2 * sprite.counts[at] > atlas.subpixels) continue;
      area++;
      const x = object.x + sprite.left + (at % sprite.width),
        y = object.y + sprite.top + Math.floor(at / sprite.width);
      if (x >= 0 && x < atlas.size && y >= 0 && y < atlas.size) owner[y * atlas.size + x] = index;
    }
    return area;
  });
  return areas.map((area, index) => owner.reduce((sum, seen) => sum + Number(seen === index), 0) / Math.max(1, area));
}

/** @param {number} level 0 .. 255 @returns {number} the same in 256ths */
function in256ths(level) {
  return Math.floor((level * 512 + 255) / 510);
}
