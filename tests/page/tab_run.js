// Renders the states of a training in the tab and runs its tests, in one process without a browser.
//
//   node tests/page/tab_run.js FIXTURES      // -> {"english": {state: HTML}, "chinese": {...}, "failed": {test: reason}, "zip": base64}

import { readFileSync } from "node:fs";

import { html } from "../../assets/page/vendor/preact.js";
import { states } from "./tab_states.js";
import { tests, zip } from "./tab_tests.js";
import { inChinese } from "./chinese.js";
import { render } from "./vendor/render_to_string.js";

const fixtures = JSON.parse(readFileSync(process.argv[2], "utf-8")), acts = new Proxy({}, { get: () => () => undefined });
const lines = (text) => `${text.replace(/<(?=(div|p|button|details|span)\b)/g, "\n<").trim()}\n`;
const all = () => Object.fromEntries(Object.entries(states()).map(([name, [Part, props]]) => [name, lines(render(html`<${Part} acts=${acts} choose=${acts.place} ...${props} />`))]));

const english = all();
const chinese = await inChinese(fixtures.words, all);

const failed = {};
for (const [name, test] of Object.entries(tests(fixtures))) {
  try {
    await test();
  } catch (error) {
    failed[name] = String(error.stack ?? error);
  }
}
process.stdout.write(JSON.stringify({ english, chinese, failed, zip: zip(fixtures) }));
