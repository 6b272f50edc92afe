// A run of the tab as the zip of a run, which `runs import` and the page of a server take (explorer/runs/archive.py).
//
//   const bytes = runZip(tabRun, { weights, config, files });      // Uint8Array

import { contract } from "../contract.js";
import { checkWorld } from "../own-document.js";
import { protocolOf } from "../recipe.js";
import { joinBytes } from "../../engine/train/save.js";
import { zipSync } from "../vendor/fflate.js";
import { shownText } from "../words.js";

const text = (value) => new TextEncoder().encode(value),
  json = (value) => text(JSON.stringify(value, null, 2)),
  lines = (list) => text(list.map((each) => `${JSON.stringify(each)}\n`).join(""));
const RATE_STEPS = 20;

export function runZip(tabRun, { weights, config, files }) {
  const { name, spec, asked: questionDigest, checkpoints, snapshots, status, step, lines: records } = tabRun;
  const seconds = records
    .slice(-RATE_STEPS)
    .map((each) => each.seconds)
    .sort((one, two) => one - two)[Math.floor(Math.min(records.length, RATE_STEPS) / 2)];
  const statusFile = {
    run: name,
    status,
    step,
    steps: spec.train.steps,
    preset: spec.preset,
    reason: shownText(tabRun.reason),
    created: tabRun.created,
    queued: tabRun.created,
    started: tabRun.created,
    finished: tabRun.finished,
    model: spec.train.model,
    batch_size: spec.train.batch_size,
    recipe: protocolOf(spec),
    device: tabRun.device,
    ...(seconds ? { step_s: seconds, rate: spec.train.batch_size / seconds } : {}),
    ...(tabRun.engine?.digests.length ? { engine: tabRun.engine } : {}),
    ...(tabRun.start ? { start_evaluation: { canonical: tabRun.start.canonical } } : {}),
  };
  const parts = {
    "spec.json": json(spec),
    "status.json": json(statusFile),
    "metrics.jsonl": lines(records),
    "pairs.jsonl": lines(checkpoints.map((each) => ({ asked: questionDigest, ...each }))),
    ...(tabRun.world ? { "world.json": text(checkWorld(tabRun.world).text) } : {}),
    ...Object.fromEntries(
      snapshots.map((each) => [`snapshots/${String(each.step).padStart(7, "0")}.npz`, snapshotOf(each)]),
    ),
  };
  if (weights) {
    parts["model/open_clip_model.safetensors"] = weights;
    parts["model/open_clip_config.json"] = json(config);
    for (const [file, content] of Object.entries(files)) parts[`model/${file}`] = json(content);
  }
  return packZip(parts);
}

/** The arrays of `explorer.evaluation.inspection.Snapshot`. */
function snapshotOf({ step, logit_scale: scale, forms }) {
  const rows = contract.num_inspected;
  const arrays = {
    step: npy("<i8", "()", new BigInt64Array([BigInt(step)])),
    logit_scale: npy("<f8", "()", new Float64Array([scale])),
  };
  for (const [form, columns] of Object.entries(forms)) {
    for (const [part, numbers] of Object.entries(columns))
      arrays[`${form}_${part}`] = npy("<f4", `(${rows}, ${numbers.length / rows})`, numbers);
  }
  return packZip(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])));
}

/** An array as numpy's file, version 1.0: the header fills up to a multiple of 64. */
function npy(type, shape, numbers) {
  const head = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`,
    padded = `${head.padEnd(64 * Math.ceil((head.length + 11) / 64) - 11)}\n`;
  const start = new Uint8Array([0x93, ...text("NUMPY"), 1, 0, padded.length & 255, padded.length >> 8]);
  return joinBytes([start, text(padded), new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)]);
}

/** A zip of the first day that a zip knows, so that equal runs are equal files; entries are stored as they are. */
const packZip = (files) => zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
