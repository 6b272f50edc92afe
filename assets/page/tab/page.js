// A run of the tab as one HTML file, made from such a file: that of a shipped model which a server gives, or this page
// itself.
//
//   // `source` is a Document that explorer/web/onefile.py wrote
//   const page = await runPage({ tabRun, title, card, weights, source });   // `title` is that of the run elsewhere
//
// What the file carries is replaced: the run in place of others, its weights in half precision in place of theirs.

import { halve } from "../../engine/train/save.js";
import { lastEvaluation, recordOf } from "./record.js";
import { contract } from "../contract.js";
import { ASKER } from "../recipe.js";

/** Of the model that asks for the first guess the answers stay, and the weights go. */
const ANSWERS = ["catalog", "pairs"];
const CARRIED = "carried",
  SHARES = ["binding_accuracy", "recognition_accuracy"];

export async function runPage({ tabRun, title, card: { weights: _, ...card }, weights, source }) {
  const { name, spec } = tabRun,
    carried = JSON.parse(new TextDecoder().decode(await unpack(source, CARRIED)));
  const kind = (list) => Object.fromEntries(Object.entries(carried.answers).filter(([each]) => list.includes(each)));
  Object.assign(carried, {
    answers: kind(ANSWERS),
    records: { [ASKER]: carried.records[ASKER], [name]: { ...recordElsewhere(tabRun), title: title.text } },
    listed: [name],
    models: { [name]: { name, ...card } },
    files: {},
    own: tabRun.world,
    absent: Object.keys(contract.views).filter((view) => !contract.views[view].is_of_run),
    opens: `?run=${name}`,
    report: { name, spec, rows: rowsOf(tabRun) },
    sentences: [...(carried.sentences ?? []), title],
  });
  source.title = title.text;
  for (const each of source.querySelectorAll("script[data-packed$='.weights']")) each.remove();
  await pack(source, CARRIED, new TextEncoder().encode(JSON.stringify(carried)));
  await pack(source, `${name}.weights`, halve(weights));
  clear(source);
  return `<!doctype html>\n${source.documentElement.outerHTML}`;
}

/** The record without what holds in this browser only. */
function recordElsewhere(tabRun) {
  const { in_tab: _, ...record } = recordOf(tabRun);
  return { ...record, may_change: false, is_own: false };
}

/** The last evaluation as rows of a report. */
function rowsOf(tabRun) {
  return Object.entries(lastEvaluation(tabRun) ?? {}).flatMap(([form, scores]) =>
    SHARES.map((metric) => ({ metric: metric.replace("_", " "), form, ...scores[metric] })),
  );
}

/** A page that has run is as it was written: nothing drawn, no class of the day. */
function clear(source) {
  const views = source.getElementById("views");
  views.replaceChildren(Object.assign(source.createElement("section"), { id: "view-bench" }));
  for (const each of source.querySelectorAll("dialog, link, style:not([data-scene])")) each.remove();
  for (const { name } of [...source.body.attributes]) source.body.removeAttribute(name);
}

// ---- Bytes as base64 of gzip in an element, as explorer/web/onefile.py writes them

const through = async (bytes, stream) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

const elementOf = (source, name) => source.querySelector(`script[data-packed="${CSS.escape(name)}"]`);

async function unpack(source, name) {
  const bytes = Uint8Array.from(atob(elementOf(source, name).textContent), (letter) => letter.charCodeAt(0));
  return through(bytes, new DecompressionStream("gzip"));
}

async function pack(source, name, bytes) {
  const carrier = elementOf(source, name),
    node = carrier ?? Object.assign(source.createElement("script"), { type: "text/plain" });
  node.dataset.packed = name;
  node.textContent = base64(await through(bytes, new CompressionStream("gzip")));
  if (!carrier) elementOf(source, CARRIED).before(node);
}

const CHUNK = 0x8000;
function base64(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += CHUNK) parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  return btoa(parts.join(""));
}
