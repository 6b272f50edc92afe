// Numbers as Python writes them, so that a sentence is the same wherever it is made.
//
//   fixedDigits(12.5, 0) -> "12"      general(0.0021, 3) -> "0.0021"
//   repr(7, "float") -> "7.0"      barePercent(0.9998, { near: 1, digits: 2 }) -> "99.98"

import { roundHalfEven } from "../engine/integers.js";

const MINUS = "−";

/** The value that is nearest to one, from `low` to `high`. */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The middle of some numbers; of an even count of them, halfway between the two. @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other),
    half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Which of some numbers is the nearest, the first of two. @param {number[]} values */
export const nearestIndex = (values, wanted) =>
  values.reduce((best, each, at) => (Math.abs(each - wanted) < Math.abs(values[best] - wanted) ? at : best), 0);

/** Digits behind the point, a half to the even one, as `f"{value:.{digits}f}"`. */
export function fixedDigits(value, digits) {
  const scaled = value * 10 ** digits,
    isHalf = Number.isInteger(value * 2 ** 30) && Math.abs(scaled % 1) === 0.5;
  return isHalf ? (roundHalfEven(scaled) / 10 ** digits).toFixed(digits) : value.toFixed(digits);
}

/** So many significant digits without zeros at the end, as `f"{value:.{digits}g}"`. */
export function general(value, digits = 6) {
  if (value === 0) return "0";
  const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
  if (exponent >= -4 && exponent < digits) return String(Number(fixedDigits(value, digits - 1 - exponent)));
  const [mantissa] = value.toExponential(digits - 1).split("e");
  return `${Number(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** A value in an error, as Python's `repr`: 7.0 for a float, True for a flag. */
function repr(value, type = "") {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map((each) => repr(each)).join(", ")}]`;
  if (typeof value !== "number") return typeof value === "string" ? `'${value}'` : JSON.stringify(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  return type === "float" && Number.isInteger(value) ? `${value}.0` : String(value);
}

/**
 * A share in percent without its sign: whole, but near to nothing and to all with as many digits as tell it from them.
 * @param {number} share @param {{near: number, digits: number}} rule of `contract.percent`, by the kind of share
 */
export function barePercent(share, { near, digits: most }) {
  const value = 100 * share,
    [whole, ...finer] = Array.from({ length: most + 1 }, (_, digits) => fixedDigits(value, digits));
  if (!(share > 0 && share < 1) || Math.min(value, 100 - value) > near) return whole;
  return finer.find((text) => ![0, 100].includes(Number(text))) ?? whole;
}

/**
 * 23040.4 as "23,040". The browser's own way to write it loads its tables of languages, which takes a phone 0.15
 * seconds.
 */
export const thousands = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

/** A coordinate of a drawing as it is written: tenths are enough. */
export const tenths = (value) => value.toFixed(1);

export const decimal = (value, digits) => fixedDigits(value, digits).replace("-", MINUS);

/** A dial's value as plain text. */
export function valueText(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.join(", ") || "none";
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : `${value < 0 ? MINUS : ""}${general(Math.abs(value), 3)}`;
  return String(value);
}

/** As `quote_value` of errors: one line of at most 40 letters. */
export function quote(value, type, most = 40) {
  if (value === null || value === undefined) return "nothing";
  const text = [...(typeof value === "string" ? value : repr(value, type))]
    .slice(0, most + 1)
    .map((letter) => (/\p{C}|[\u2028\u2029]/u.test(letter) ? " " : letter))
    .join("");
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}
