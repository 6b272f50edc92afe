// What rules.js says of values, in Node: node tests/page/rules.js GIVEN, a JSON of {dials, rows}; a row has all values.

import { readFileSync } from "node:fs";

import { evaluateExpression, fitValues, messageOf } from "../../assets/page/dials/rules.js";

const { dials, rows } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const text = (_, value) => (Array.isArray(value) ? value.join(", ") || "none" : String(value));
const rules = Object.values(dials).flatMap((each) => each.rules);
process.stdout.write(
  JSON.stringify(
    rows.map((values) => ({
      tests: rules.map(({ test }) => evaluateExpression(test, values)),
      messages: rules.map((rule) => messageOf(rule, values, text)),
      fitted: rules.map(({ test }) => evaluateExpression(test, { ...values, ...fitValues(dials, values, "").values })),
    })),
  ),
);
