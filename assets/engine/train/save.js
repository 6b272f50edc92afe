/**
 * Weights as a safetensors file, which `../safetensors.js`, torch and open_clip read, and their digest.
 *
 *     const file = toSafetensors(tensors, weights);
 *     halve(file)                    // the same in half precision
 *     await digestOf(weights)         // 64 hex digits; the first 16 are `weights_digest` of explorer.clip.clip
 */

import { roundHalfEven } from "../integers.js";
import { parseHeader } from "../safetensors.js";
import { sha256 } from "../sha256.js";

/** @param {Uint8Array[]} parts @returns {Uint8Array<ArrayBuffer>} */
export function joinBytes(parts) {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  parts.reduce((offset, part) => {
    whole.set(part, offset);
    return offset + part.length;
  }, 0);
  return whole;
}

/**
 * Give back at once the memory of arrays that nobody reads any more: a collector of garbage looks for it late.
 * @param {Iterable<{buffer: ArrayBufferLike}>} arrays
 */
export function giveBack(arrays) {
  const buffers = new Set(Array.from(arrays, ({ buffer }) => /** @type {any} */ (buffer)));
  for (const buffer of buffers) buffer.transfer?.(0); // engines of before 2024 have no such method
}

/** @param {Float32Array} numbers */
const bytesOf = (numbers) => new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/**
 * @param {import("./shards.js").Tensor[]} tensors @param {Record<string, Float32Array>} weights
 * @returns {Uint8Array}
 */
export function toSafetensors(tensors, weights) {
  let end = 0;
  const entries = tensors.map(([name, shape]) => [
    name,
    { dtype: "F32", shape, data_offsets: [end, (end += weights[name].byteLength)] },
  ]);
  return withHeader(
    entries,
    tensors.map(([name]) => bytesOf(weights[name])),
  );
}

/**
 * @param {any[][]} entries name and offset of each tensor
 * @param {Uint8Array[]} parts their bytes
 * @returns {Uint8Array}
 */
function withHeader(entries, parts) {
  const text = JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) });
  // Numbers begin at a multiple of eight; white space behind the JSON is part of the format.
  const header = new TextEncoder().encode(text + " ".repeat(7 - ((text.length + 7) % 8))),
    length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return joinBytes([length, header, ...parts]);
}

/**
 * SHA-256 of all weights: of the name of each tensor and its bytes, in the order of the names.
 * @param {Record<string, Float32Array>} weights @returns {Promise<string>} 64 hex digits
 */
export async function digestOf(weights) {
  const parts = Object.keys(weights)
    .sort()
    .flatMap((name) => [new TextEncoder().encode(name), bytesOf(weights[name])]);
  const bytes = joinBytes(parts);
  // The browser's own is quicker, and works beside others. A page over HTTP from another computer has none.
  if (!globalThis.crypto?.subtle) return sha256(bytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  giveBack([bytes]);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ---- Half precision

const FLOAT = new Float32Array(1),
  BITS = new Uint32Array(FLOAT.buffer);

/**
 * The nearest IEEE half of a number, of two equally near the even one.
 * @param {number} value
 * @returns {number} its 16 bits
 */
export function halfOf(value) {
  FLOAT[0] = value;
  const bits = BITS[0],
    sign = (bits >>> 16) & 0x8000,
    size = bits & 0x7fffffff;
  if (size >= 0x47800000) return sign | (size > 0x7f800000 ? 0x7e00 : 0x7c00);
  // Below the smallest normal half the unit is 2^-24.
  if (size < 0x38800000) return sign | roundHalfEven(Math.abs(FLOAT[0]) * 2 ** 24);
  return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
}

/** A file of tensors in 32 bits as one in 16. @param {Uint8Array} file @returns {Uint8Array} */
export function halve(file) {
  const { tensors, dataStart } = parseHeader(file, file.length),
    parts = [...tensors].sort(([, a], [, b]) => a.start - b.start);
  let end = 0;
  const entries = parts.map(([name, { shape, start, end: last }]) => [
    name,
    { dtype: "F16", shape, data_offsets: [end, (end += (last - start) / 2)] },
  ]);
  const numbers = new Float32Array(file.slice(dataStart).buffer);
  return withHeader(entries, [new Uint8Array(Uint16Array.from(numbers, halfOf).buffer)]);
}
