// What dials ask of each other: the rules of the catalog, which `explorer/rules.py` interprets alike.
//
//   evaluateExpression(["<=", "attribute_density", ["count", "attribute_kinds"]], values)  // false
//   fitValues(catalog.dials, values, "objects_in_image")      // {values, why}: the nearest ones that keep all rules
//   findBroken(catalog.dials, values)                          // {name, rule} of the first broken rule, or null
//
// An expression is a number, a word or a call. The name of a dial stands for its value, and any other word for itself.

import { fillNames } from "../words.js";

const OPERATIONS = {
  "=": (one, other) => one === other,
  "<=": (one, other) => one <= other,
  ">=": (one, other) => one >= other,
  not: (part) => !part,
  and: (...parts) => parts.every(Boolean),
  or: (...parts) => parts.some(Boolean),
  "*": (one, other) => one * other,
  "/": (one, other) => one / other,
  floor: Math.floor,
  count: (words) => words.length,
  within: (words, others) => words.every((word) => others.includes(word)),
  apart: (words, others) => !words.some((word) => others.includes(word)),
  without: (words, others) => words.filter((word) => !others.includes(word)),
  distinct: (words) => new Set(words).size === words.length,
  "plain name": (word) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(word),
};

export function evaluateExpression(expression, values) {
  if (Array.isArray(expression)) {
    const [name, ...parts] = expression;
    return OPERATIONS[name](...parts.map((part) => evaluateExpression(part, values)));
  }
  return typeof expression === "string" && Object.hasOwn(values, expression) ? values[expression] : expression;
}

const rulesOf = (dials) => Object.entries(dials).flatMap(([name, { rules }]) => rules.map((rule) => ({ name, rule })));

/** The first rule that these values break, with the dial that it stands at; null where all are kept. */
export const findBroken = (dials, values) =>
  rulesOf(dials).find(({ rule }) => !evaluateExpression(rule.test, values)) ?? null;

/**
 * The values with those moved that a rule bounds; `moved` is the dial that a person moved, which gives way last.
 * @returns {{values: Record<string, any>, why: Record<string, {rule: any, bound: any}>}} `why` by the dial that moved
 */
export function fitValues(dials, given, moved) {
  const values = { ...given },
    why = {};
  for (const { rule } of rulesOf(dials)) {
    const yielding = Object.keys(rule.fit).sort((one, other) => (one === moved) - (other === moved));
    if (!yielding.length || evaluateExpression(rule.test, values)) continue;
    const [name] = yielding,
      bound = evaluateExpression(rule.fit[name], values);
    values[name] = bound;
    why[name] = { rule, bound };
  }
  return { values, why };
}

/** The values that a message of a rule names, each as `text` writes it. */
export const namedValues = (message, values, text) =>
  Object.fromEntries([...message.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, text(name, values[name])]));

/** As Python words a refusal. */
export const messageOf = (rule, values, text) =>
  fillNames(
    rule.message,
    namedValues(
      rule.message,
      { ...values, bound: Object.values(rule.fit).map((fit) => evaluateExpression(fit, values))[0] },
      text,
    ),
  );
