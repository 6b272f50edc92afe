// A run's zip, of this page or of a server, as a run of the tab.
//
//   const { tabRun, weights } = readZip(bytes, catalog);      // throws a sentence
//   await checkDigest(engine, tabRun, weights);               // so does this
//
// The file is untrusted. It is read whole before anything of it is kept: known names and sizes only, what is unpacked
// is counted, each value of the spec is one that a dial takes, and the rest has the shape that the views read.

import { checkTensors, readConfig } from "../../engine/architecture.js";
import { readWorld } from "../own-document.js";
import { parseHeader, readTensor, WeightsError } from "../../engine/safetensors.js";
import { readTokenizer } from "../../engine/tokenizer.js";
import { Kernels } from "../../engine/train/kernels.js";
import { digestOf, joinBytes } from "../../engine/train/save.js";
import { isOwnWorld } from "../../engine/world.js";
import { typedValue } from "../dials/dial-types.js";
import { DialPolicy } from "../dials/dials.js";
import { contract } from "../contract.js";
import { FEATURE_PARTS } from "../inside/answers.js";
import { protocolOf, specOf, valuesOf } from "../recipe.js";
import { Refused } from "../refused.js";
import { Unzip, UnzipInflate } from "../vendor/fflate.js";
import { say } from "../words.js";
import { BROWSER_TAB, beginRun, endRun } from "./record.js";
import { weightsOf } from "./start.js";
import { runTitle } from "./title.js";
import { isWhole } from "./whole.js";

const MAX_ENTRIES = 300,
  /** So many bytes are unpacked at once; what a piece of 16 kB unpacks to is counted before the next one is read. */
  PIECE = 16_384,
  MAX_LEVELS = 12; // of lists and records in a JSON text: a tokenizer has six
const ENDED = ["finished", "stopped", "failed", "interrupted"],
  [MODEL, CONFIG, TOKENIZER] = ["open_clip_model.safetensors", "open_clip_config.json", "tokenizer.json"].map(
    (name) => `model/${name}`,
  ),
  SNAPSHOT = /^snapshots\/\d{7}\.npz$/,
  NOT_A_RUN = "This is no zip of a run. Choose a file that “Files” or an export of a run made.";

/** Throws where a file has more bytes than a run may have, packed or unpacked; asked before it is read. */
export function checkSize(bytes) {
  const { run_zip: most } = contract.file_bytes;
  if (bytes > most)
    throw new Refused("file", say`This file has more than ${most / 1e6} MB, packed or not. A run has less.`);
}

export function readZip(bytes, catalog, worlds = null) {
  try {
    return readRun(bytes, catalog, worlds);
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused("file", say(NOT_A_RUN));
  }
}

function readRun(bytes, catalog, worlds) {
  const total = { bytes: 0 },
    files = unpack(bytes, total),
    text = (name) => new TextDecoder().decode(files.get(name)),
    lines = (name) => text(name).split("\n").filter(Boolean).map(parseJson);
  const status = parseJson(text("status.json")),
    records = lines("metrics.jsonl"),
    answers = lines("pairs.jsonl"),
    givenSpec = parseJson(text("spec.json")),
    own = takeWorld(givenSpec, files.get("world.json"), worlds), // before the dials are asked, which then know it
    spec = checkSpec(givenSpec, catalog);
  if (!ENDED.includes(status.status)) throw new Error("it has not ended");
  const tabRun = beginRun({
    name: status.run,
    spec,
    title: runTitle(catalog, spec, "file"),
    origin: "file",
    questionDigest: answers[0]?.asked ?? null,
    device: "",
  });
  Object.assign(tabRun, {
    world: own,
    created: status.created ?? tabRun.created,
    device: status.device ?? BROWSER_TAB,
    step: records.length,
    lines: records,
    start: status.start_evaluation ?? null,
    engine: status.engine ?? tabRun.engine,
    checkpoints: answers.map(({ step, logit_scale, cosines }) => ({ step, logit_scale, cosines })),
    snapshots: [...files.keys()]
      .filter((name) => SNAPSHOT.test(name))
      .sort()
      .map((name) => snapshotOf(unpack(files.get(name), total))),
  });
  endRun(tabRun, status.status, status.reason ?? null);
  tabRun.finished = status.finished ?? tabRun.finished;
  if (!isWhole(tabRun)) throw new Error("another shape");
  if (!files.has(MODEL)) return { tabRun, weights: null };
  tabRun.card = { config: parseJson(text(CONFIG)), tokenizer: parseJson(text(TOKENIZER)) };
  const weights = checkWeights(files.get(MODEL), tabRun.card);
  tabRun.bytes = weights?.length ?? 0;
  return { tabRun, weights };
}

/** JSON with no more levels than a run has: what keeps and draws it goes down to its last one. */
function parseJson(text) {
  const value = JSON.parse(text);
  if (!isShallow(value, MAX_LEVELS)) throw new Error("nested too deep");
  return value;
}

/** Whether a value has at most so many levels of lists and records. */
const isShallow = (value, levels) =>
  typeof value !== "object" ||
  value === null ||
  (levels > 0 && Object.values(value).every((each) => isShallow(each, levels - 1)));

/** The document of the world of one's own that a spec names; null for a built-in one. */
function takeWorld({ data }, bytes, worlds) {
  if (!isOwnWorld(data?.world)) return null;
  const { document } = readWorld(bytes);
  if (worlds.keep(document) !== data.world) throw new Error("another world");
  return document;
}

/** The spec with the values of its dials, each of its type; a recipe that this page does not know is the first one. */
function checkSpec(spec, catalog) {
  if (![spec.data, spec.train].every((part) => part?.constructor === Object)) throw new Error("no dials");
  const { name: preset } = catalog.presets.find((each) => each.name === spec.preset) ?? catalog.presets[0],
    policy = new DialPolicy({ catalog, engine: null }),
    given = valuesOf(spec);
  policy.fit(preset, given); // refuses what no dial takes
  const values = Object.fromEntries(
    Object.keys(catalog.dials)
      .filter((name) => given[name] !== undefined && given[name] !== null)
      .map((name) => [name, typedValue(catalog, name, given[name])]),
  );
  return { ...specOf(catalog, { preset, values, seed: values.seed ?? 0 }), recipe: protocolOf(spec) };
}

/** Refuse weights that are not those of the run's last digest: a bit of them fell over, or somebody changed them. */
export async function checkDigest(engine, { card, engine: { digests }, step }, bytes) {
  const last = digests.at(-1);
  if (last?.step !== step) return; // of a server, or of a page that told none
  const { kernels } = await engine.loadTraining(),
    weights = await weightsOf({ config: card.config, weights: bytes.slice().buffer }),
    digest = await digestOf(weights, new Kernels(await WebAssembly.compile(kernels)));
  if (digest !== last.digest)
    throw new Refused(
      "file",
      say("The model in this file does not have the digest that the file states. Save the run again."),
    );
}

/** The weights of a model that this page can ask; null of one that only a server can. */
function checkWeights(bytes, { config, tokenizer }) {
  let shape;
  try {
    shape = readConfig(config);
    readTokenizer(tokenizer, shape.text.contextLength);
  } catch (error) {
    if (error instanceof WeightsError) return null;
    throw error;
  }
  const header = parseHeader(bytes, bytes.length);
  checkTensors(shape, header.tensors);
  for (const [name, { dtype }] of header.tensors) {
    if (dtype !== "F32") throw new Error("another precision");
    readTensor(header, bytes, name); // throws where a weight is no number
  }
  return bytes;
}

/** The files of a zip by name, each whole; `total` counts the bytes of all of them, and of those inside them. */
function unpack(bytes, total) {
  checkSize(bytes.length);
  const files = new Map();
  let isOpen = false;
  const archive = new Unzip((file) => {
    if (files.size >= MAX_ENTRIES || files.has(file.name)) throw new Error("too many files, or one twice");
    const parts = [];
    files.set(file.name, parts);
    isOpen = true;
    file.ondata = (error, part, isLast) => {
      if (error) throw error;
      total.bytes += part.length;
      checkSize(total.bytes);
      parts.push(part);
      if (isLast) isOpen = false;
    };
    file.start();
  });
  archive.register(UnzipInflate);
  for (let at = 0; at < bytes.length; at += PIECE)
    archive.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
  if (isOpen) throw new Error("cut off");
  return new Map([...files].map(([name, parts]) => [name, joinBytes(parts)]));
}

// ---- Arrays of numpy

function snapshotOf(files) {
  const forms = {};
  for (const [name, bytes] of files) {
    const [form, part] = name.replace(/\.npy$/, "").split("_");
    if (FEATURE_PARTS.includes(part)) forms[form] = { ...forms[form], [part]: numbersOf(bytes) };
  }
  const [step, scale] = ["step", "logit_scale"].map((name) => numbersOf(files.get(`${name}.npy`))[0]);
  return { step: Number(step), logit_scale: scale, forms };
}

const TYPES = new Map([
  ["<i8", BigInt64Array],
  ["<f8", Float64Array],
  ["<f4", Float32Array],
]);
function numbersOf(bytes) {
  const start = 10 + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint16(8, true),
    [, type] = /'descr': '([^']+)'/.exec(new TextDecoder().decode(bytes.subarray(10, start)));
  return new (TYPES.get(type))(bytes.slice(start).buffer);
}
