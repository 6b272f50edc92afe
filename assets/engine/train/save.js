/**
 * Weights as a safetensors file, which `../safetensors.js`, torch and open_clip read, and their digest.
 *
 *     const file = toSafetensors(tensors, weights);
 *     await digestOf(weights)         // 64 hex digits; the first 16 are `weights_digest` of explorer.clip.clip
 */

/** @param {Uint8Array[]} parts @returns {Uint8Array<ArrayBuffer>} */
export function joinedBytes(parts) {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  parts.reduce((place, part) => {
    whole.set(part, place);
    return place + part.length;
  }, 0);
  return whole;
}

/** @param {Float32Array} numbers */
const bytesOf = (numbers) => new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/**
 * @param {import("./parameters.js").Tensor[]} tensors @param {Record<string, Float32Array>} weights
 * @returns {Uint8Array}
 */
export function toSafetensors(tensors, weights) {
  let end = 0;
  const entries = tensors.map(([name, shape]) =>
    [name, { dtype: "F32", shape, data_offsets: [end, (end += weights[name].byteLength)] }]);
  const text = JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) });
  // Numbers begin at a multiple of eight; white space behind the JSON is part of the format.
  const header = new TextEncoder().encode(text + " ".repeat(7 - ((text.length + 7) % 8))), length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return joinedBytes([length, header, ...tensors.map(([name]) => bytesOf(weights[name]))]);
}

/** @param {Record<string, Float32Array>} weights @returns {Promise<string | null>} null on a page that has no SHA-256 */
export async function digestOf(weights) {
  // One over HTTP from another computer has none.
  if (!globalThis.crypto?.subtle) return null;
  const parts = Object.keys(weights).sort().flatMap((name) => [new TextEncoder().encode(name), bytesOf(weights[name])]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", joinedBytes(parts)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
