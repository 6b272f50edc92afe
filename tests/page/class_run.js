// Renders every state of the lesson, the class, the teacher's link and About in one process without a browser.
//
//   node tests/page/class_run.js FIXTURES      // -> {"english": {state: HTML}, "chinese": ..., "failed": {test: reason}}

import { readFileSync } from "node:fs";

import { html } from "../../assets/page/vendor/preact.js";
import { classStates, classTests } from "./class_states.js";
import { render } from "./vendor/render_to_string.js";

const fixtures = JSON.parse(readFileSync(process.argv[2], "utf-8"));
globalThis.location = { href: "http://127.0.0.1/", hostname: "127.0.0.1" };
const acts = new Proxy({}, { get: () => () => undefined });
const lines = (text) => `${text.replace(/<(?=(section|h1|h2|h3|div|p|button|label|figure|figcaption|details|table|tr|ul|li|g|circle|text)\b)/g, "\n<").trim()}\n`;
const all = (found) => Object.fromEntries(classStates(found).map(({ name, component, state }) => [name, lines(render(html`<${component} state=${state} acts=${acts} />`))]));

const english = all(fixtures), chinese = all({ ...fixtures, ...fixtures.zh }), failed = {};
for (const [name, test] of Object.entries(classTests(fixtures))) {
  try {
    await test();
  } catch (error) {
    failed[name] = String(error.stack ?? error);
  }
}
process.stdout.write(JSON.stringify({ english, chinese, failed }));
