// Renders every state of the Workbench, and drives the store, in one process without a browser.
//
//   node tests/page/run.js FIXTURES      // -> {"html": {state: {language: HTML}}, "failed": {test: reason}}

import { readFileSync } from "node:fs";

import { Data } from "../../assets/page/before/data.js";
import { Outcome } from "../../assets/page/before/outcome.js";
import { Training } from "../../assets/page/before/training.js";
import { html } from "../../assets/page/vendor/preact.js";
import { states } from "./states.js";
import { tests } from "./store_tests.js";
import { render } from "./vendor/render_to_string.js";

const COLUMNS = { data: Data, training: Training, outcome: Outcome };
const fixtures = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const acts = new Proxy({}, { get: () => () => undefined });

/** One block a line, so that a difference is read at once. */
const lines = (text) => text.replace(/<(?=(section|h2|h3|div|p|button|label|figure|figcaption|details|table|tr|ul)\b)/g, "\n<").trim();
const drawn = ({ columns, state }) => `${columns.map((name) => lines(render(html`<${COLUMNS[name]} state=${state} acts=${acts} />`))).join("\n\n")}\n`;
const all = (found) => Object.fromEntries(states(found).map((each) => [each.name, drawn(each)]));

const english = all(fixtures);
globalThis.explorerWords = fixtures.zh.words;
const chinese = all({ ...fixtures, ...fixtures.zh });
delete globalThis.explorerWords;

const failed = {};
for (const [name, test] of Object.entries(tests(fixtures))) {
  try {
    await test();
  } catch (error) {
    failed[name] = String(error.stack ?? error);
  }
}
process.stdout.write(JSON.stringify({ english, chinese, failed }));
