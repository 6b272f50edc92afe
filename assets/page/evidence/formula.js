// The number of a theory as it is set in print, and what it gives for one example.
//
//   html`<${Formula} text=${say("13,000 x told^-1.7")} />`
//   exampleOf("13,000 x told^-1.7")          // a sentence, "" where the number needs none

import { thousands } from "../numbers.js";
import { html } from "../vendor/preact.js";
import { say } from "../words.js";

/** A power, or the two between which powers lie. */
const POWER = /\^(-?[\d.]+(?: (?:to|到) -?[\d.]+)?)/,
  SHARE = 0.25;

/** A sign for times and a minus, where a plain text has a letter and a hyphen. */
const withSigns = (text) => text.replace(/ x(?=[ （])/g, " ×").replace(/-(?= ?\d)/g, "−");

export const Formula = ({ text }) =>
  text.split(POWER).map((part, at) => (at % 2 ? html`<sup>${withSigns(part)}</sup>` : withSigns(part)));

const pairsOf = (pairs) => thousands(Number(pairs.toPrecision(3))),
  numberOf = (text) => Number(text.replaceAll(",", ""));

/** Forms of a number, each with its sentence; the names of the groups are those of the values. */
const FORMS = [
  [
    /^(?<pairs>[\d,]+) x told\^(?<power>-[\d.]+)$/,
    ({ pairs, power }) => say`At a told of ${SHARE} that is ${pairsOf(pairs * SHARE ** power)} pairs.`,
  ],
  [
    /^(?<pairs>[\d,]+) x kappa\^(?<power>-[\d.]+)$/,
    ({ pairs, power }) => say`At a kappa of ${SHARE} that is ${pairsOf(pairs * SHARE ** power)} pairs.`,
  ],
  [
    /^(?<pairs>[\d,]+) x told\^(?<one>-[\d.]+) to (?<four>-[\d.]+)$/,
    ({ pairs, one, four }) =>
      say`At a told of ${SHARE} that is ${pairsOf(pairs * SHARE ** one)} pairs if captions name one thing, and ${pairsOf(pairs * SHARE ** four)} if they name four.`,
  ],
  [
    /^(?<pairs>[\d,]+) \/ share of (?:captions that tell any|such captions)$/,
    ({ pairs }) => say`If a quarter of the captions do, that is ${pairsOf(pairs / SHARE)} pairs.`,
  ],
  [
    /^(?<pairs>[\d,]+) x \(1 \+ (?<noise>\d+) bare\) \/ told\^2$/,
    // of two things that a caption names, the other one is bare where its color is not told
    ({ pairs, noise }) =>
      say`If captions name two things, a told of ${SHARE} makes bare ${1 - SHARE}, and that is ${pairsOf((pairs * (1 + noise * (1 - SHARE))) / SHARE ** 2)} pairs.`,
  ],
  [
    /^(?<pairs>[\d,]+) \/ \(told - (?<least>[\d.]+)\)$/,
    ({ pairs, least }) =>
      say`At a told of ${2 * SHARE} that is ${pairsOf(pairs / (2 * SHARE - least))} pairs; at ${SHARE} nothing binds.`,
  ],
];

export function exampleOf(number) {
  const [values, sentence] =
    FORMS.map(([form, said]) => [form.exec(number)?.groups, said]).find(([found]) => found) ?? [];
  return values
    ? sentence(Object.fromEntries(Object.entries(values).map(([name, text]) => [name, numberOf(text)])))
    : "";
}
