// Renders every state of Look inside and of the sheet of runs, and tests their numbers, in one process without a browser.
//
//   node tests/page/inside_run.js FIXTURES      // -> {"english": {state: HTML}, "chinese": {state: HTML}, "failed": {test: reason}}

import { readFileSync } from "node:fs";

import { html } from "../../assets/page/vendor/preact.js";
import { inChinese } from "./chinese.js";
import { insideStates, runsStates } from "./inside_states.js";
import { insideTests } from "./inside_tests.js";
import { render } from "./vendor/render_to_string.js";

const fixtures = JSON.parse(readFileSync(process.argv[2], "utf-8")), acts = new Proxy({}, { get: () => () => undefined });
Date.now = () => 1000 * fixtures.clock;

/** One block a line, so that a difference is read at once. */
const lines = (text) => text.replace(/<(?=(section|h2|h3|div|p|button|label|figure|details|table|tr|td|option|svg|g|select)\b)/g, "\n<").trim();
const all = () => Object.fromEntries([...insideStates(fixtures), ...runsStates(fixtures)].map(({ name, Page, ...props }) => [name, `${lines(render(html`<${Page} acts=${acts} ...${props} />`))}\n`]));

const english = all();
const chinese = await inChinese(fixtures.zh, all);

const failed = {};
for (const [name, test] of Object.entries(insideTests(fixtures))) {
  try {
    await test();
  } catch (error) {
    failed[name] = String(error.stack ?? error);
  }
}
process.stdout.write(JSON.stringify({ english, chinese, failed }));
