// What a dial takes: the value of its type that a person or an address gave, within its bounds and beside the others.
//
//   typedValue(catalog, "steps", "90")             // 90
//   checkValue(catalog, "saliency_bias", 1.7)      // throws Refused: saliency_bias=1.7: must be from 0 to 1
//   checkTogether(catalog, values)                 // throws Refused for the first rule between dials that is not kept

import { general, quote, valueText } from "../numbers.js";
import { Refused } from "../refused.js";
import { say, refusalText } from "../words.js";
import { findBroken, messageOf } from "./rules.js";

const NUMBER = /^([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?\d+\/\d+)$/i;
const FLAGS = new Map(Object.entries({ true: true, false: false, yes: true, no: false, 1: true, 0: false }));

export const refuse = (name, value, allowed, type = "") =>
  new Refused(name, refusalText(name, quote(value, type), allowed));

/** The value as the type of its dial. */
export function typedValue(catalog, name, value) {
  const type = catalog.types[name];
  if (type === "flag") {
    const flag = typeof value === "boolean" ? value : FLAGS.get(String(value).trim().toLowerCase());
    if (flag === undefined) throw refuse(name, value, "give true or false");
    return flag;
  }
  if (type === "word") {
    if (typeof value !== "string" || !value.trim()) throw refuse(name, value, "give a word");
    return value.trim();
  }
  if (type === "words") {
    const words = typeof value === "string" ? value.split(",") : value;
    if (!Array.isArray(words) || !words.every((word) => typeof word === "string"))
      throw refuse(name, value, "give words joined by commas");
    return words.map((word) => word.trim()).filter(Boolean);
  }
  const number = numberOf(value);
  if (!Number.isFinite(number) || Math.abs(number) > 2 ** 53 || (type === "int" && !Number.isInteger(number)))
    throw refuse(name, value, numberRule(catalog, name, type));
  return number;
}

/** What a dial of this type takes. */
function numberRule(catalog, name, type) {
  const { low, high } = boundsOf(catalog, name);
  return type === "int" ? say`give a whole number from ${low} to ${high}` : say`give a number from ${low} to ${high}`;
}

/** The bounds of a dial as text. */
const boundsOf = (catalog, name) => ({
  low: general(catalog.dials[name].low, 16),
  high: general(catalog.dials[name].high, 16),
});

/** Refuses a value out of bounds, or a word that the dial does not take: its own, or names of what there is. */
export function checkValue(catalog, name, value) {
  const { dials, kinds, architectures } = catalog,
    { low, high, names } = dials[name],
    choices = { worlds: Object.keys(kinds), models: architectures }[names] ?? dials[name].choices;
  if (choices && !choices.includes(value)) throw refuse(name, value, say`choose ${choices.join(" or ")}`);
  if (low !== null && high !== null && !(low <= value && value <= high)) {
    const bounds = boundsOf(catalog, name);
    throw refuse(name, value, say`must be from ${bounds.low} to ${bounds.high}`, catalog.types[name]);
  }
}

/** Refuses values that a rule between dials does not allow. */
export function checkTogether(catalog, values) {
  const named = { ...values, kinds_of_world: catalog.kinds[values.world] },
    broken = findBroken(catalog.dials, named);
  if (!broken) return;
  const { name, rule } = broken,
    said = messageOf(rule, named, (_, value) => (typeof value === "number" ? general(value) : valueText(value)));
  throw refuse(name, Array.isArray(values[name]) ? values[name].join(",") : values[name], said);
}

function numberOf(value) {
  if (typeof value === "number") return value;
  const text = typeof value === "string" ? value.trim() : "";
  if (text.length > 40 || !NUMBER.test(text)) return NaN;
  const [part, whole = "1"] = text.split("/");
  return Number(part) / Number(whole);
}
