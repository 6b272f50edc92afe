/**
 * SHA-256 (FIPS 180-4) without a promise: what a browser brings itself waits, and is missing where a page of a
 * classroom comes over plain HTTP.
 *
 *     sha256(new TextEncoder().encode("abc"))      // "ba7816bf8f01cfea..."
 */

const BLOCK = 64;

/**
 * @param {number} root @param {number} count @returns {number[]} the first 32 bits of the fraction of roots of primes
 */
function fractions(root, count) {
  /** @type {number[]} */ const primes = [];
  for (let number = 2; primes.length < count; number++) {
    if (primes.every((prime) => number % prime)) primes.push(number);
  }
  return primes.map((prime) => fractionOfRoot(BigInt(prime), BigInt(root)));
}

/**
 * @param {bigint} prime @param {bigint} root @returns {number} by bisection in whole numbers, so that no digit is a
 *   guess
 */
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
  ROUNDS = Int32Array.from(fractions(3, BLOCK));

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
const rotate = (word, by) => (word >>> by) | (word << (32 - by));

/** @param {Int32Array} state @param {Int32Array} words of 64 rounds @param {DataView} view @param {number} at */
function mixBlock(state, words, view, at) {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < BLOCK; i++) {
    const one = words[i - 15],
      two = words[i - 2];
    words[i] =
      (rotate(one, 7) ^ rotate(one, 18) ^ (one >>> 3)) +
      words[i - 7] +
      (rotate(two, 17) ^ rotate(two, 19) ^ (two >>> 10)) +
      words[i - 16];
  }
  // Megabytes of weights pass here, and with arrays each round takes five times as long.
  let a = state[0],
    b = state[1],
    c = state[2],
    d = state[3],
    e = state[4],
    f = state[5],
    g = state[6],
    h = state[7];
  for (let i = 0; i < BLOCK; i++) {
    const choice = (e & f) ^ (~e & g),
      most = (a & b) ^ (a & c) ^ (b & c);
    const first = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + ROUNDS[i] + words[i]) | 0;
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + most) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}
