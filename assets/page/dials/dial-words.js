// What a dial and its value are called in a sentence.

import { isAtRest } from "./cells.js";
import { general, valueText } from "../numbers.js";
import { isEqual } from "../recipe.js";
import { namedValues } from "./rules.js";
import { joinTexts, fillNames, plainPercent, say } from "../words.js";

export const NUMBERS = ["no", "one", "two", "three", "four", "five"];
const SHARES = [
  [0.25, "a quarter"],
  [1 / 3, "a third"],
  [0.5, "half"],
  [2 / 3, "two thirds"],
  [0.75, "three quarters"],
];
const QUARTERS = { 0.25: "1 in 4", 0.5: "1 in 2", 0.75: "3 in 4" };

export const plainName = ({ plain, label }) => plain || label;

/** A sentence for each dial that another one moved; `why` is that of `fitValues` in rules.js. */
export function whyMoved(dials, wanted, values, why) {
  const text = (bounded) => (name, value) =>
    name === "bound" ? dialWords(bounded, { ...values, [bounded]: value }) : valueText(value);
  const said = Object.fromEntries(
    Object.entries(why).map(([name, { rule, bound }]) => [
      name,
      fillNames(rule.moved, namedValues(rule.moved, { ...values, bound }, text(name))),
    ]),
  );
  // The kinds stand in the drawer; the dial that asked for more of them says so.
  for (const [name, { grows }] of Object.entries(dials))
    if (grows && !isEqual(wanted[grows], values[grows]))
      said[name] = said[grows] = say`Now may differ: ${joinTexts(values[grows].map(say), ", ")}.`;
  return said;
}

/** Whether captions name every object: then saliency has nothing to choose. */
const isComplete = (values) => isAtRest("saliency_bias", values);

/** A dial's value in plain words. */
export function dialWords(name, values) {
  const value = values[name];
  if (name === "attribute_density")
    return value === 0 ? "none" : (QUARTERS[value] ?? (value === 1 ? "one each" : say`${general(value)} each`));
  if (name === "caption_completeness") {
    const share = SHARES.find(([part]) => Math.abs(value - part) < 0.004);
    return isComplete(values) ? "all of it" : share ? say`${share[1]} of it` : plainPercent(value);
  }
  if (name === "saliency_bias")
    return isComplete(values)
      ? "nothing left out"
      : value === 0
        ? "any object"
        : value === 1
          ? "always"
          : plainPercent(value);
  return valueText(value);
}
