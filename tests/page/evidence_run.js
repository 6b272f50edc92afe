// Renders the states of the evidence, of Methods and of a forecast, and runs their tests, without a browser.
//
//   node tests/page/evidence_run.js FIXTURES      // -> {"english": {state: HTML}, "chinese": {...}, "failed": {test: reason}}

import { readFileSync } from "node:fs";

import { html } from "../../assets/page/vendor/preact.js";
import { inChinese } from "./chinese.js";
import { states, tests } from "./evidence_states.js";
import { render } from "./vendor/render_to_string.js";

const fixtures = JSON.parse(readFileSync(process.argv[2], "utf-8")), acts = new Proxy({}, { get: () => () => undefined });
const lines = (text) => `${text.replace(/<(?=(section|h2|h3|h4|div|p|button|label|figure|figcaption|details|table|tr|ul|li|option|g|svg)\b)/g, "\n<").trim()}\n`;
const all = (found) => Object.fromEntries(Object.entries(states(found)).map(([name, [Part, props]]) => [name, lines(render(html`<${Part} acts=${acts} ...${props} />`))]));

const english = all(fixtures), chinese = await inChinese(fixtures.zh, () => all(fixtures));

const failed = {};
for (const [name, test] of Object.entries(tests(fixtures))) {
  try {
    await test();
  } catch (error) {
    failed[name] = String(error.stack ?? error);
  }
}
process.stdout.write(JSON.stringify({ english, chinese, failed }));
