/**
 * SHA-256 (FIPS 180-4) without a promise: what a browser brings itself waits, and is missing where a page of a
 * classroom comes over plain HTTP.
 *
 *     sha256(new TextEncoder().encode("abc"))      // "ba7816bf8f01cfea..."
 */

const BLOCK = 64;

/** @param {number} root @param {number} count @returns {number[]} the first 32 bits of the fraction of roots of primes */
function fractions(root, count) {
  const primes = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  return primes.map((prime) => fractionOfRoot(BigInt(prime), BigInt(root)));
}

/** @param {bigint} prime @param {bigint} root @returns {number} by bisection in whole numbers, so that no digit is a guess */
function fractionOfRoot(prime, root) {
  const target = prime << (32n * root);
  let low = 0n,
    high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** root <= target) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn);
}

const START = fractions(2, 8),
  ROUNDS = fractions(3, BLOCK);

/** @param {Uint8Array} bytes @returns {string} 64 hexadecimal digits */
export function sha256(bytes) {
  const padded = new Uint8Array(BLOCK * Math.ceil((bytes.length + 9) / BLOCK));
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length * 8) >>> 0);
  const state = Int32Array.from(START),
    words = new Int32Array(BLOCK);
  for (let at = 0; at < padded.length; at += BLOCK) mixBlock(state, words, view, at);
  return [...state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** @param {number} word @param {number} by */
const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** @param {Int32Array} state @param {Int32Array} words of 64 rounds @param {DataView} view @param {number} at */
function mixBlock(state, words, view, at) {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < BLOCK; i++) {
    const one = words[i - 15],
      two = words[i - 2];
    words[i] =
      (turned(one, 7) ^ turned(one, 18) ^ (one >>> 3)) +
      words[i - 7] +
      (turned(two, 17) ^ turned(two, 19) ^ (two >>> 10)) +
      words[i - 16];
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < BLOCK; i++) {
    const choice = (e & f) ^ (~e & g),
      most = (a & b) ^ (a & c) ^ (b & c);
    const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + choice + ROUNDS[i] + words[i]) | 0;
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + most) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => {
    state[i] += value;
  });
}
