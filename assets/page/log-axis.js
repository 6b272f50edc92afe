// A logarithmic axis: equal factors are equal distances.
//
//   const ends = { low: 5e3, high: 1e6, from: 46, to: 400 };
//   logAxis(ends)(1e5)         // where 100,000 lies between the pixels 46 and 400
//   valueOn(ends)(230)         // and what lies at a pixel

/** The round numbers of pairs that may stand at such an axis. */
export const PAIR_TICKS = [5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6];

/** Whether such a number is a power of ten; where an axis is narrow, only these have room. */
export const isPowerOfTen = (pairs) => String(pairs).startsWith("1");

/**
 * Where a value lies; one beyond `low` or `high` lies beyond `from` or `to`.
 * @param {{low: number, high: number, from: number, to: number}} ends `low` lies at `from`, and `high` at `to`
 * @returns {(value: number) => number}
 */
export const logAxis =
  ({ low, high, from, to }) =>
  (value) =>
    from + (Math.log(value / low) / Math.log(high / low)) * (to - from);

/** The value at a position of such an axis. */
export const valueOn =
  ({ low, high, from, to }) =>
  (position) =>
    low * (high / low) ** ((position - from) / (to - from));
