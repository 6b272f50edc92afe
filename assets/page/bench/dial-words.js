// What a dial and its value are called in a sentence.

import { isComplete } from "./bracket.js";
import { general, percentAsPython, valueText } from "../numbers.js";

export const NUMBERS = ["no", "one", "two", "three", "four", "five"];
const SHARES = [
  [0.25, "a quarter"],
  [1 / 3, "a third"],
  [0.5, "half"],
  [2 / 3, "two thirds"],
  [0.75, "three quarters"],
];
const QUARTERS = { 0.25: "1 in 4", 0.5: "1 in 2", 0.75: "3 in 4" },
  LEAST = { 2: "half", 3: "a third", 4: "a quarter" };

/** Whether two values of a dial are equal. */
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export const plainName = ({ plain, label }) => plain || label;

/** A sentence for each dial that another one moved. */
export function whyMoved(asked, values) {
  const objects = values.objects_in_image,
    kinds = values.attribute_kinds.length,
    said = {
      caption_completeness:
        objects === 1
          ? "With one object all of it: a caption names it."
          : `With ${objects} objects at least ${LEAST[objects]}: one is always named.`,
      attribute_density: `At most ${NUMBERS[kinds] ?? kinds}: one value of each kind.`,
      attribute_kinds: `Now may differ: ${values.attribute_kinds.join(", ")}.`,
      untold_kinds: "A kind that captions name is not untold.",
      tune: "Fresh weights are trained as a whole.",
    };
  const why = Object.fromEntries(Object.entries(said).filter(([name]) => !same(asked[name], values[name])));
  // The kinds stand in the drawer; the dial that asked for more of them says so.
  return why.attribute_kinds ? { ...why, attribute_density: why.attribute_kinds } : why;
}

/** A dial's value in plain words. */
export function dialWords(name, values) {
  const value = values[name];
  if (name === "attribute_density")
    return value === 0 ? "none" : (QUARTERS[value] ?? (value === 1 ? "one each" : `${general(value)} each`));
  if (name === "caption_completeness") {
    const share = SHARES.find(([part]) => Math.abs(value - part) < 0.004);
    return isComplete(values) ? "all of it" : share ? `${share[1]} of it` : percentAsPython(value);
  }
  if (name === "saliency_bias")
    return isComplete(values)
      ? "nothing left out"
      : value === 0
        ? "any object"
        : value === 1
          ? "always"
          : percentAsPython(value);
  return valueText(value);
}
