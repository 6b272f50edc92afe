// A run's zip, of this page or of a server, as a run of the tab.
//
//   const { kept, weights } = await openedZip(bytes);      // throws a sentence
//
// The file is untrusted: known names and sizes only, JSON of the shape that is read, numbers that are numbers.

import { headerEnd, parseHeader } from "../../engine/safetensors.js";
import { begun, end, IN_A_TAB } from "./record.js";
import { Refused } from "../refused.js";
import { say } from "../words.js";

const MOST_BYTES = 64_000_000,
  MOST_ENTRIES = 300,
  END = 0x06054b50,
  LISTED = 0x02014b50,
  STORED = 0,
  DEFLATED = 8,
  ENDED = ["finished", "stopped", "failed", "interrupted"];
const NOT_A_RUN = "This is no zip of a run. Choose a file that “Files” or an export of a run made.";
const MODEL = "model/open_clip_model.safetensors",
  SNAPSHOT = /^snapshots\/(\d{7})\.npz$/;

export async function openedZip(bytes) {
  try {
    return await read(bytes);
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused("file", say(NOT_A_RUN));
  }
}

async function read(bytes) {
  const entries = entriesOf(bytes),
    text = async (name) => new TextDecoder().decode(await contentOf(bytes, entries.get(name)));
  const lines = async (name) =>
    entries.has(name)
      ? (await text(name))
          .split("\n")
          .filter(Boolean)
          .map((each) => JSON.parse(each))
      : [];
  const spec = JSON.parse(await text("spec.json")),
    status = JSON.parse(await text("status.json")),
    records = await lines("metrics.jsonl"),
    answers = await lines("pairs.jsonl");
  if (!records.every((record, index) => record.step === index + 1) || !ENDED.includes(status.status))
    throw new Error("another shape");
  const kept = begun({
    name: String(status.run)
      .replace(/[^a-z0-9-]/g, "")
      .slice(0, 81),
    spec,
    label: "",
    asked: answers[0]?.asked ?? null,
    device: "",
  });
  Object.assign(kept, {
    created: Number(status.created) || kept.created,
    device: String(status.device ?? IN_A_TAB).slice(0, 300),
    step: records.length,
    lines: records,
    start: status.start_evaluation ?? null,
    checkpoints: answers.map(({ step, logit_scale, cosines }) => ({ step, logit_scale, cosines })),
    snapshots: await Promise.all(
      [...entries.keys()]
        .filter((name) => SNAPSHOT.test(name))
        .sort()
        .map(async (name) => snapshotOf(await contentOf(bytes, entries.get(name)))),
    ),
  });
  end(kept, status.status, status.reason ?? null);
  if (!entries.has(MODEL)) return { kept, weights: null };
  const weights = await contentOf(bytes, entries.get(MODEL));
  if (!headerEnd(weights, weights.length) || !parseHeader(weights, weights.length)) throw new Error("no weights");
  kept.bytes = weights.length;
  return { kept, weights };
}

// ---- Zip

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** {name: {packing, size, packed, at}} of the list at the end. */
function entriesOf(bytes) {
  const data = view(bytes),
    entries = new Map();
  let at = bytes.length - 22;
  while (data.getUint32(at, true) !== END) at -= 1; // throws before the start of the file
  const count = data.getUint16(at + 10, true);
  if (count > MOST_ENTRIES) throw new Error("too many");
  at = data.getUint32(at + 16, true);
  for (let index = 0; index < count; index++) {
    if (data.getUint32(at, true) !== LISTED) throw new Error("no list");
    const [length, extra, comment] = [28, 30, 32].map((offset) => data.getUint16(at + offset, true)),
      name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length));
    const entry = {
      packing: data.getUint16(at + 10, true),
      packed: data.getUint32(at + 20, true),
      size: data.getUint32(at + 24, true),
      at: data.getUint32(at + 42, true),
    };
    if (entry.size > MOST_BYTES || entries.has(name)) throw new Error("too large, or twice");
    entries.set(name, entry);
    at += 46 + length + extra + comment;
  }
  return entries;
}

async function contentOf(bytes, { packing, packed, size, at }) {
  const data = view(bytes),
    start = at + 30 + data.getUint16(at + 26, true) + data.getUint16(at + 28, true),
    content = bytes.slice(start, start + packed);
  if (![STORED, DEFLATED].includes(packing)) throw new Error("packed in another way");
  if (packing === STORED) return content;
  // No more than it says is unpacked.
  const reader = new Blob([content]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader(),
    whole = new Uint8Array(size);
  let filled = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return whole;
    whole.set(value, filled); // throws where it is more
    filled += value.length;
  }
}

// ---- Arrays of numpy

async function snapshotOf(bytes) {
  const arrays = {};
  for (const [name, entry] of entriesOf(bytes))
    arrays[name.replace(/\.npy$/, "")] = numbersOf(await contentOf(bytes, entry));
  const forms = {};
  for (const [name, numbers] of Object.entries(arrays)) {
    const [form, part] = name.split("_");
    if (["images", "captions", "swapped"].includes(part)) forms[form] = { ...forms[form], [part]: numbers };
  }
  return { step: Number(arrays.step[0]), logit_scale: arrays.logit_scale[0], forms };
}

const TYPES = { "<i8": BigInt64Array, "<f8": Float64Array, "<f4": Float32Array };
function numbersOf(bytes) {
  const start = 10 + view(bytes).getUint16(8, true),
    type = /'descr': '([^']+)'/.exec(new TextDecoder().decode(bytes.subarray(10, start)))[1];
  return new TYPES[type](bytes.slice(start).buffer);
}
