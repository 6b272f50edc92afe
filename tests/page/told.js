// What the parts of the page have in common in Node: their fixtures, how a state is drawn, and what is told of all of
// them.
//
//   // -> {"english": {state: HTML}, "chinese": {...}, "failed": {test: reason}, ...}
//   node tests/page/ask_run.js FIXTURES
//   // -> {"failed": {test: reason}, "ran": [test, ...]}: the tests whose names have TEXT, without any state
//   node tests/page/ask_run.js FIXTURES TEXT

import { readFileSync } from "node:fs";

import { setContract } from "../../assets/page/contract.js";
import { html, options } from "../../assets/page/vendor/preact.js";
import { inChinese } from "./chinese.js";
import { render } from "./vendor/render_to_string.js";

globalThis.matchMedia ??= () => ({ matches: true, addEventListener: () => undefined });
globalThis.requestAnimationFrame ??= (draw) => setTimeout(draw, 0);
globalThis.cancelAnimationFrame ??= clearTimeout;

export const fixtures = JSON.parse(readFileSync(process.argv[2], "utf-8"));
setContract(fixtures.contract);
/** The address of a view, as a page in one file has it. */
export const linkTo = (view, parts) => `?${new URLSearchParams({ tab: view, ...parts })}`;
export const acts = new Proxy({}, { get: () => () => undefined });

const NAMES =
  "section dialog header nav h[1-4] div p button label form select option figure figcaption details table tr" +
  " td ul li dl pre svg g circle text";
const BLOCKS = new RegExp(`<(?=(${NAMES.replaceAll(" ", "|")})\\b)`, "g");

/** Elements of pictures, whose attributes are no properties. */
const PICTURE_ELEMENTS = new Set("svg g path circle rect line text".split(" "));
const { vnode: before } = options;
/** `translate` of any other element is a property: false writes "no", and "no" is as good as true. */
options.vnode = (node) => {
  if (typeof node.type === "string" && "translate" in node.props && !PICTURE_ELEMENTS.has(node.type)) {
    const { translate } = node.props;
    if (![false, undefined].includes(translate)) throw new Error(`<${node.type} translate="${translate}">: give false`);
    node.props.translate = translate === false ? "no" : undefined;
  }
  before?.(node);
};

/** A file that went away after it was picked. */
export const GONE_FILE = Object.assign(new Blob(["gone"]), {
  slice: () => new Blob([]), // as Chromium reads it
  arrayBuffer: () => Promise.reject(new DOMException("A requested file could not be found.", "NotFoundError")),
});

/** A component as HTML, one block a line, so that a difference is read at once; a picture is its kind and length. */
export function drawn(Part, props) {
  const text = render(html`<${Part} acts=${acts} ...${props} />`);
  return `${text
    .replace(/data:image\/(\w+)[^"]*/g, (uri, kind) => `${kind} of ${uri.length}`)
    .replace(BLOCKS, "\n<")
    .trim()}\n`;
}

/**
 * Write what a part is: its states in both languages, and which of its tests failed.
 * @param all draws every state, {name: HTML}, in the language of the page @param chinese does so where a part has own
 *   texts
 */
export async function tell({ all, tests, chinese = () => inChinese(fixtures, all), ...more }) {
  const [, , , text] = process.argv,
    asked = Object.entries(tests).filter(([name]) => name.includes(text ?? ""));
  const told = { failed: {}, ran: asked.map(([name]) => name) };
  if (text === undefined) Object.assign(told, { english: await all(), chinese: await chinese(), ...more });
  for (const [name, test] of asked) {
    try {
      await test();
    } catch (error) {
      told.failed[name] = String(error.stack ?? error);
    }
  }
  // At once: a page that was drawn goes on looking at its server, and waits for answers up to twenty seconds.
  process.stdout.write(JSON.stringify(told), () => process.exit());
}
