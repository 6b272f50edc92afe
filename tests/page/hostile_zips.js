// Zips that are no run, or one that nobody should keep, by what is wrong with them: each is the zip of a run, changed
// in one place. The page refuses each in one sentence (tab/zip_tests.js).

import { deflateRawSync } from "node:zlib";

import { checkWorld } from "../../assets/page/own-document.js";
import { Unzip, UnzipInflate, zipSync } from "../../assets/page/vendor/fflate.js";

const text = (value) => new TextEncoder().encode(value),
  MODEL = "model/open_clip_model.safetensors";
const BOMB = 70_000_000;

function filesOf(bytes) {
  const files = {},
    archive = new Unzip((file) => {
      file.ondata = (_, part) => {
        files[file.name] = Buffer.concat([files[file.name] ?? Buffer.alloc(0), part]);
      };
      file.start();
    });
  archive.register(UnzipInflate);
  archive.push(bytes, true);
  return files;
}

/** One entry as its local header says it, and no list: what it says of its sizes need not be true. */
function entry(name, packed, { packing = 8, said = packed.length, size = packed.length } = {}) {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(packing, 8);
  head.writeUInt32LE(said, 18);
  head.writeUInt32LE(size, 22);
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, text(name), packed]);
}

/**
 * @param {Uint8Array} whole the zip of a run with its model @param catalog the view of that name
 * @param own the document of a world of one's own
 */
export function hostileZips(whole, catalog, own) {
  const { [MODEL]: weights, ...files } = filesOf(whole),
    json = (name) => JSON.parse(files[name]),
    changed = (changes) => zipSync({ ...files, ...changes }, { level: 0 }),
    spec = (change) => changed({ "spec.json": text(JSON.stringify(change(json("spec.json")))) }),
    train = (parts) => spec((each) => ({ ...each, train: { ...each.train, ...parts } })),
    data = (parts) => spec((each) => ({ ...each, data: { ...each.data, ...parts } })),
    status = (parts) => changed({ "status.json": text(JSON.stringify({ ...json("status.json"), ...parts })) }),
    list = (name) => String(files[name]).trim().split("\n").map(JSON.parse),
    lines = (name, change) =>
      changed({
        [name]: text(
          change(list(name))
            .map((each) => `${JSON.stringify(each)}\n`)
            .join(""),
        ),
      }),
    without = (name) => {
      const { [name]: _, ...rest } = files;
      return zipSync(rest, { level: 0 });
    },
    worldOf = (content, name = checkWorld(own).name) => {
      const said = json("spec.json");
      return changed({
        "spec.json": text(JSON.stringify({ ...said, data: { ...said.data, world: name } })),
        ...(content === null ? {} : { "world.json": text(content) }),
      });
    },
    nouns = (change) => JSON.stringify({ nouns: own.nouns.map(change) }),
    model = (change) => {
      const bytes = Uint8Array.from(weights);
      change(bytes);
      return changed({ [MODEL]: bytes });
    },
    npz = (change) => {
      const inner = filesOf(files["snapshots/0000006.npz"]);
      change(inner);
      return changed({ "snapshots/0000006.npz": zipSync(inner, { level: 0 }) });
    };
  const DEEP = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`,
    withField = (name, value, more = {}) =>
      changed({ ...more, [name]: text(String(files[name]).replace("{", `{"more": ${value}, `)) }),
    lastLine = (parts) => lines("metrics.jsonl", (all) => [...all.slice(0, -1), { ...all.at(-1), ...parts }]);
  const zeros = deflateRawSync(Buffer.alloc(BOMB)), // a tenth of the time that the page's own packing takes
    fewer = deflateRawSync(Buffer.alloc(9_000_000)),
    dial = Object.keys(catalog.dials).find((name) => catalog.dials[name].choices),
    evaluation = list("metrics.jsonl").at(-1).evaluation;
  const rows = {
    "nothing at all": new Uint8Array(0),
    zeros: new Uint8Array(1000),
    "a text": text("This is no zip."),
    "an empty zip": zipSync({}, {}),
    "cut off in its last file": whole.slice(0, whole.length / 2),
    "a damaged header": whole.map((byte, at) => (at > 40 && at < 400 ? byte ^ 7 : byte)),
    "packed in a way that nobody reads": entry("spec.json", Buffer.from("{}"), { packing: 12 }),
    "damaged packing": entry("spec.json", Buffer.from([255, 255, 255, 255, 0, 1, 2])),
    "a small file that unpacks to 70 MB": Buffer.concat([
      entry("metrics.jsonl", zeros, { size: BOMB }),
      without("metrics.jsonl"),
    ]),
    "one that says it unpacks to ten bytes": entry("spec.json", zeros, { size: 10 }),
    "one that does not say how large it is": Buffer.concat([entry("spec.json", zeros, { said: 0, size: 0 }), zeros]),
    "many files of 9 MB each": Buffer.concat(
      Array.from({ length: 8 }, (_, at) => entry(`snapshots/000000${at}.npz`, fewer, { size: 9_000_000 })),
    ),
    "a zip in the zip that unpacks to 70 MB": changed({
      "snapshots/0000006.npz": entry("step.npy", zeros, { size: BOMB }),
    }),
    "a file of more than 64 MB": new Uint8Array(64_000_001),
    "a thousand files": zipSync(
      Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`${at}.json`, text("{}")])),
      { level: 0 },
    ),
    "one name twice": Buffer.concat([entry("spec.json", Buffer.from("{}"), { packing: 0 }), whole]),
    "no spec": without("spec.json"),
    "no status": without("status.json"),
    "a spec that is no JSON": changed({ "spec.json": text("{") }),
    "a spec that is a list": changed({ "spec.json": text("[]") }),
    "a spec without dials": spec(({ preset, recipe }) => ({ preset, recipe })),
    "a recipe that is a text": spec((each) => ({ ...each, recipe: "2" })),
    "steps that are no number": train({ steps: "many" }),
    "steps that are an object": train({ steps: { toString: 1 } }),
    "more steps than any dial takes": train({ steps: 1e9 }),
    "fewer steps than it made": train({ steps: 6 }),
    "a batch of nothing": train({ batch_size: 0 }),
    "a world that nobody knows": data({ world: "__proto__" }),
    "a world of one's own that is not there": worldOf(null),
    "another world than the spec names": worldOf(JSON.stringify(own), "own-0123456789abcdef"),
    "a world that is no JSON": worldOf("{"),
    "a world that is nested too deep": worldOf("[".repeat(100_000)),
    "a world of more than 64 kB": worldOf(JSON.stringify(own) + " ".repeat(300_000)),
    "a world of a million points": worldOf(
      nouns(({ word }) => ({ word, parts: [{ role: "body", points: Array(170_000).fill([0, 1]) }] })),
    ),
    "a world with markup for a name": worldOf(nouns((noun) => ({ ...noun, word: "<b>" }))),
    "a world with one name twice": worldOf(nouns((noun) => ({ ...noun, word: "bello" }))),
    "a world with a name that turns the text": worldOf(nouns((noun) => ({ ...noun, word: "dog\u202e" }))),
    "a world with a name that is seen by nobody": worldOf(nouns((noun) => ({ ...noun, word: "\u3164" }))),
    "a world with a name that is a color": worldOf(nouns((noun) => ({ ...noun, word: "blue" }))),
    "a world with numbers that are none": worldOf(JSON.stringify(own).replace(/0\.\d+/, "NaN")),
    "a world with five things": worldOf(JSON.stringify({ nouns: own.nouns.slice(0, 5) })),
    "a world with a role of its own": worldOf(
      nouns(({ word, parts }) => ({ word, parts: parts.map((part) => ({ ...part, role: "__proto__" })) })),
    ),
    "a world with points that are texts": worldOf(
      nouns(({ word, parts }) => ({ word, parts: parts.map((part) => ({ ...part, points: [["0", "1"], [], {}] })) })),
    ),
    "a model that nobody knows": train({ model: "constructor" }),
    "a value that a dial does not offer":
      dial in json("spec.json").train ? train({ [dial]: "x" }) : data({ [dial]: "x" }),
    "kinds that are numbers": data({ attribute_kinds: [1, 2] }),
    "a name of another folder": status({ run: "../../etc/passwd" }),
    "no name": status({ run: "" }),
    "a name that is a list": status({ run: ["tab-binding-friendly-0123456789ab"] }),
    "a status that has not ended": status({ status: "running" }),
    "a status that nobody knows": status({ status: "<b>done</b>" }),
    "a device as long as a book": status({ device: "x".repeat(100_000) }),
    "a device that is an object": status({ device: { type: "b" } }),
    "a date that is a text": status({ created: "yesterday" }),
    "a start without numbers": status({ start_evaluation: { canonical: { binding_accuracy: "high" } } }),
    "steps that do not follow each other": lines("metrics.jsonl", (all) => all.slice(1)),
    "a line that is no record": lines("metrics.jsonl", (all) => [...all.slice(0, -1), null]),
    "an evaluation that is a text": lines("metrics.jsonl", (all) => [
      ...all.slice(0, -1),
      { ...all.at(-1), evaluation: "good" },
    ]),
    "a line that is nested very deep": withField("metrics.jsonl", DEEP),
    "an answer that is nested very deep": withField("pairs.jsonl", DEEP),
    "a spec that is nested very deep": withField("spec.json", DEEP),
    "a status that is nested very deep": withField("status.json", DEEP),
    "a tokenizer that is nested very deep": withField("model/tokenizer.json", DEEP, { [MODEL]: weights }),
    "a config that is nested very deep": withField("model/open_clip_config.json", DEEP, { [MODEL]: weights }),
    "a line with a record that no training writes": lastLine({ more: { of: { it: [1] } } }),
    "a score with a record that no evaluation writes": lastLine({
      evaluation: { ...evaluation, own: { ...evaluation.own, more: { of: { it: [1] } } } },
    }),
    "a start with a record that no evaluation writes": status({
      start_evaluation: { canonical: { ...evaluation.canonical, more: { of: { it: [1] } } } },
    }),
    "a digest with a record that no training writes": status({
      engine: { version: 1, digests: [{ step: 12, digest: "0".repeat(64), more: { of: { it: [1] } } }] },
    }),
    "a share that is no number": lines("metrics.jsonl", (all) => [
      ...all.slice(0, -1),
      {
        ...all.at(-1),
        evaluation: {
          ...evaluation,
          canonical: { ...evaluation.canonical, binding_accuracy: { value: "<b>1</b>", n: 1 } },
        },
      },
    ]),
    "an evaluation that never asked for the words": lines("metrics.jsonl", (all) => [
      ...all.slice(0, -1),
      {
        ...all.at(-1),
        evaluation: { ...evaluation, canonical: { ...evaluation.canonical, recognition_accuracy: null } },
      },
    ]),
    "an evaluation in a form of nothing": lines("metrics.jsonl", (all) => [
      ...all.slice(0, -1),
      { ...all.at(-1), evaluation: { ...evaluation, own: null } },
    ]),
    "a start that never asked for the words": status({
      start_evaluation: { canonical: { binding_accuracy: evaluation.canonical.binding_accuracy } },
    }),
    "an answer to nothing": lines("pairs.jsonl", (all) => [...all, { asked: "x" }]),
    "one picture too few": lines("pairs.jsonl", (all) =>
      all.map((each) => ({ ...each, cosines: each.cosines.slice(1) })),
    ),
    "cosines that are texts": lines("pairs.jsonl", (all) =>
      all.map((each) => ({ ...each, cosines: each.cosines.map(() => ["a", "b"]) })),
    ),
    "an answer after the last step": lines("pairs.jsonl", (all) => [...all, { ...all.at(-1), step: 13 }]),
    "a snapshot that is no zip": changed({ "snapshots/0000006.npz": text("no") }),
    "a snapshot without its step": npz((inner) => delete inner["step.npy"]),
    "a snapshot of a later step": npz((inner) => {
      inner["step.npy"] = inner["step.npy"].map((byte, at, all) => (at === all.length - 8 ? 99 : byte));
    }),
    "an array of another length": npz((inner) => {
      inner["canonical_images.npy"] = inner["canonical_images.npy"].slice(0, -4);
    }),
    "an array of objects": npz((inner) => {
      inner["canonical_images.npy"] = Buffer.from(
        String(inner["canonical_images.npy"]).replace("<f4", "|O "),
        "latin1",
      );
    }),
    "weights that are no safetensors": changed({ [MODEL]: text("no") }),
    "weights that are cut off": changed({ [MODEL]: weights.subarray(0, -4) }),
    "weights of another model": model((bytes) => {
      const at = Buffer.from(bytes).indexOf("visual.proj");
      bytes.set(text("visual.pro2"), at);
    }),
    "a bit of a weight that fell over": model((bytes) => {
      bytes[bytes.length - 4] ^= 1;
    }),
    "weights without their config": changed({ [MODEL]: weights, "model/open_clip_config.json": text("") }),
    "digests that are texts": status({ engine: { version: 1, digests: [{ step: 12, digest: "<b>" }] } }),
    "a weight that is no number": model((bytes) => bytes.fill(255, bytes.length - 4)),
  };
  return rows;
}
