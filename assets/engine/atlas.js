/**
 * The sprites of a world, read from the one file that `explorer.world.browser_world` packs.
 *
 *     const atlas = readAtlas(world, bytes);
 *     atlas.sprite(noun, look, side)      // where the sprite lies and how many subpixels bear which label
 */

/**
 * @typedef {import("./world.js").World} World
 * @typedef {import("./world.js").Look} Look
 * @typedef {{top: number, left: number, height: number, width: number, counts: Uint8Array}} Sprite
 */

const MAX_HEADER_BYTES = 100_000;
const PLANES = 4;

/** @param {{texture: string, outline: number, angle: number}} look */
export const variantKey = (look) => `${look.texture} ${look.outline} ${look.angle}`;

export class Atlas {
  /**
   * @param {any} header @param {Uint8Array} bytes @param {Uint32Array} offsets where each sprite begins
   */
  constructor(header, bytes, offsets) {
    /** As it is in the file. */ this.header = header;
    /** @type {number} the side of a picture in pixels */ this.size = header.size;
    /** @type {number} the box of the largest sprite in training */ this.box = header.box;
    /** @type {number[]} */ this.sides = header.sides;
    /** @type {number[]} */ this.trainedSides = header.trained_sides;
    /** @type {number} */ this.subpixels = header.subpixels;
    /** @type {Map<string, number>} */
    this.variants = new Map(
      header.variants.map((/** @type {any} */ look, /** @type {number} */ v) => [variantKey(look), v]),
    );
    /** @type {Map<number, number>} */ this.sideNumbers = new Map(this.sides.map((side, number) => [side, number]));
    this.bytes = bytes;
    this.offsets = offsets;
  }

  /**
   * @param {number} noun @param {Look} look @param {number} side in permille, one of `sides`
   * @returns {Sprite} placed relative to the middle of the object
   */
  sprite(noun, look, side) {
    const variant = this.variants.get(variantKey(look)),
      number = this.sideNumbers.get(side);
    if (variant === undefined || number === undefined) {
      throw new Error(`The atlas has no sprite of the side ${side} with ${variantKey(look)}.`);
    }
    const offset = this.offsets[(noun * this.variants.size + variant) * this.sides.length + number];
    const [top, left, height, width] = new Int8Array(this.bytes.buffer, this.bytes.byteOffset + offset, 4);
    const start = offset + 4;
    return { top, left, height, width, counts: this.bytes.subarray(start, start + PLANES * height * width) };
  }
}

/**
 * @param {World} world @param {Uint8Array} bytes
 * @returns {Atlas} throws where the file is not the world's atlas
 */
export function readAtlas(world, bytes) {
  const length = bytes.length >= 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  if (length < 2 || length > Math.min(MAX_HEADER_BYTES, bytes.length - 4))
    throw new Error("The atlas of sprites is damaged.");
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  if (header.world !== world.name) throw new Error(`The atlas is of the world ${header.world}, not ${world.name}.`);
  const offsets = new Uint32Array(world.nouns.length * header.variants.length * header.sides.length);
  let offset = 4 + length;
  for (let number = 0; number < offsets.length; number++) {
    if (offset + 4 > bytes.length) throw new Error("The atlas of sprites is cut off.");
    offsets[number] = offset;
    offset += 4 + PLANES * bytes[offset + 2] * bytes[offset + 3];
  }
  if (offset !== bytes.length) throw new Error("The atlas of sprites has a wrong length.");
  return new Atlas(header, bytes, offsets);
}
