// Renders every state of *Ask a real CLIP* and drives its store, in one process without a browser.
//
//   node tests/page/ask_run.js FIXTURES      // -> {"english": {state: HTML}, "chinese": {...}, "failed": {test: reason}}

import { readFileSync } from "node:fs";

import { Page } from "../../assets/page/ask.js";
import { html } from "../../assets/page/vendor/preact.js";
import { states } from "./ask_states.js";
import { tests } from "./ask_tests.js";
import { inChinese } from "./chinese.js";
import { render } from "./vendor/render_to_string.js";

const fixtures = JSON.parse(readFileSync(process.argv[2], "utf-8")), acts = new Proxy({}, { get: () => () => undefined });
globalThis.requestAnimationFrame = (draw) => setTimeout(draw, 0);

/** One block a line; a picture is its kind and length. */
const lines = (text) => `${text.replace(/data:image\/(\w+)[^"]*/g, (uri, kind) => `${kind} of ${uri.length}`).replace(/<(?=(section|h2|h3|div|p|button|label|figure|details|table|tr|ul|li|form|pre)\b)/g, "\n<").trim()}\n`;
const all = () => Object.fromEntries(states(fixtures).map(({ name, state }) => [name, lines(render(html`<${Page} state=${state} acts=${acts} backend=${{}} />`))]));

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
process.stdout.write(JSON.stringify({ english, chinese, failed }));
