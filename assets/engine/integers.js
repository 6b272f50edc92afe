/**
 * 64-bit integers as two words of 32 bits, and the roundings of Python.
 *
 * A JavaScript number is exact up to 2 ** 53 only, and BigInt is far slower than two words.
 */

/** The factors of the finalizer of SplitMix64, high word and low word. */
const FIRST_FACTOR = [0xbf58476d, 0x1ce4e5b9];
const SECOND_FACTOR = [0x94d049bb, 0x133111eb];
const WORD_MASK = (1n << 64n) - 1n;

/** The high and the low word of the last product or mix: two results without an allocation. */
export const result = { high: 0, low: 0 };

/**
 * Multiply two 64-bit integers modulo 2 ** 64 into `result`.
 * @param {number} aHigh @param {number} aLow @param {number} bHigh @param {number} bLow
 */
function multiply(aHigh, aLow, bHigh, bLow) {
  const a0 = aLow & 0xffff,
    a1 = aLow >>> 16,
    b0 = bLow & 0xffff,
    b1 = bLow >>> 16;
  const low = a0 * b0;
  const middle = a0 * b1 + a1 * b0 + Math.floor(low / 65536);
  const carried = a1 * b1 + Math.floor(middle / 65536);
  result.low = (((middle & 0xffff) << 16) | (low & 0xffff)) >>> 0;
  result.high = ((carried | 0) + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) >>> 0;
}

/**
 * Mix a 64-bit integer into `result`: the finalizer of SplitMix64 (Steele, Lea, Flood, 2014).
 * @param {number} high @param {number} low
 */
export function mix(high, low) {
  multiply(high ^ (high >>> 30), (low ^ ((low >>> 30) | (high << 2))) >>> 0, FIRST_FACTOR[0], FIRST_FACTOR[1]);
  ({ high, low } = result);
  multiply(high ^ (high >>> 27), (low ^ ((low >>> 27) | (high << 5))) >>> 0, SECOND_FACTOR[0], SECOND_FACTOR[1]);
  ({ high, low } = result);
  result.high = (high ^ (high >>> 31)) >>> 0;
  result.low = (low ^ ((low >>> 31) | (high << 1))) >>> 0;
}

/**
 * Mix a BigInt modulo 2 ** 64; for the few words that are computed once.
 * @param {bigint} word @returns {bigint}
 */
export function mixWord(word) {
  word &= WORD_MASK;
  mix(Number(word >> 32n), Number(word & 0xffffffffn));
  return (BigInt(result.high) << 32n) | BigInt(result.low);
}

/**
 * Round to the nearest integer, halves to the even one, as Python does.
 * @param {number} value @returns {number}
 */
export function roundHalfEven(value) {
  const below = Math.floor(value),
    rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/**
 * The remainder with the sign of the divisor, as Python's %.
 * @param {number} value @param {number} divisor @returns {number}
 */
export function modulo(value, divisor) {
  return ((value % divisor) + divisor) % divisor;
}
