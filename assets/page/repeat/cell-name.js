// The name of a cell of the fourth edition in whole words. Its label, by which results name it, is short.
//
//   nameOf({ label: "named 1, told 0.35", title })      // "every thing named, 35 % of the colors told"

import { fillNames, joinTexts, percent, say } from "../words.js";

const named = ({ value }) =>
  value === "1" ? say("every thing named") : say`${percent(Number(value))} of the things named`;

/** By a part of the title, see `_part_of` of `research/dots.py`; a part that is none of these says itself. */
const WORDS = {
  "named {value}": named,
  "completeness {value}": named,
  "told {value}": ({ value }) =>
    value === "1" ? say("every color told") : say`${percent(Number(value))} of the colors told`,
  "down to {value}": ({ value }) => say`lowered to ${percent(Number(value))} of the colors told`,
  "up to {value}": ({ value }) => say`raised to ${percent(Number(value))} of the colors told`,
  "{value} thousand": ({ value }) => say`${value} thousand tidy pairs`,
  "saliency {value}: {other}": ({ value, other }) =>
    joinTexts(
      [
        value === "1" ? say("the largest things named") : say("any things named"),
        other === "1" ? say("one value of each told") : say("two values of each told"),
      ],
      ", ",
    ),
  "both-or-neither": () => say("both colors told or neither"),
  "at-most-one": () => say("at most one color told"),
  "what-is-a-kind": () => say("other kinds"),
  "what-is-a-kind-longer": () => say("other kinds, longer"),
  "repairs-off-the-floor": () => say("three things"),
};

/** @param {{label: string, title?: any}} cell */
export const nameOf = ({ label, title }) =>
  title
    ? joinTexts(
        title.parts.map(
          (part) => WORDS[part.id ?? part]?.(part.values) ?? (part.id ? fillNames(part.id, part.values) : say(part)),
        ),
        title.sign,
      )
    : say(label);
