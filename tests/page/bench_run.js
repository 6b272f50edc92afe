// Renders every state of the Workbench and drives its store, in one process without a browser.
//
//   node tests/page/bench_run.js FIXTURES      // -> {"english": {state: HTML}, "chinese": {state: HTML}, "failed": {test: reason}}

import { readFileSync } from "node:fs";

import { Data } from "../../assets/page/data.js";
import { Dials } from "../../assets/page/dials.js";
import { Bar, Outcome } from "../../assets/page/outcome.js";
import { Training } from "../../assets/page/training.js";
import { html } from "../../assets/page/vendor/preact.js";
import { inChinese } from "./chinese.js";

globalThis.matchMedia ??= () => ({ matches: true, addEventListener: () => undefined });
const [{ Bench }, { benchStates }, { benchTests }, { render }] = await Promise.all([import("../../assets/page/workbench.js"), import("./bench_states.js"), import("./bench_tests.js"), import("./vendor/render_to_string.js")]);

const COLUMNS = { bench: Bench, data: Data, training: Training, outcome: Outcome, bar: Bar };
const fixtures = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const acts = new Proxy({}, { get: () => () => undefined });
const dials = new Dials({ catalog: fixtures.catalog, engine: null });
dials.samples = { cards: async (values, start) => ({ start, ...fixtures.samples }), batch: async () => ({ rates: ["12 % only repeat another caption."], pairs: 256 }) };

/** One block a line, so that a difference is read at once. */
const lines = (text) => text.replace(/<(?=(section|h2|h3|div|p|button|label|figure|figcaption|details|dialog|header|nav|table|tr|ul)\b)/g, "\n<").trim();
const drawn = ({ columns, state }) => `${columns.map((name) => lines(render(html`<${COLUMNS[name]} state=${state} acts=${acts} />`))).join("\n\n")}\n`;
const all = async () => Object.fromEntries((await benchStates(fixtures, (wish) => dials.state(wish))).map((each) => [each.name, drawn(each)]));

const english = await all();
const chinese = await inChinese(fixtures.zh, all);

const failed = {};
for (const [name, test] of Object.entries(benchTests(fixtures, dials))) {
  try {
    await test();
  } catch (error) {
    failed[name] = String(error.stack ?? error);
  }
}
process.stdout.write(JSON.stringify({ english, chinese, failed }));
