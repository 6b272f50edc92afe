/**
 * Trainings of the tab in Node, with the same bits. As a program it trains one order and prints JSON, one line for each
 * thing that is told; as a module it gives what the program is made of.
 *
 *     node node.mjs ORDER.json --workers 2 --out model.safetensors
 *         {"kind": "evaluation", "step": 0, "scores": {...}, "digest": "3f...", ...}
 *         {"kind": "record", "step": 1, "loss": 5.54, ...}
 *         {"kind": "weights", "step": 180, "status": "finished", "digest": "9c...", "memory": 101000000}
 *
 *     const training = new TabTraining(createNodeWorker, { workers: 2, order: readOrder(document), tell });
 *
 * In ORDER.json `world`, `atlas`, `kernels` and, to start from a model, `weights` are paths; the rest is as in `Order`,
 * and a world of one's own has no atlas.
 * What does not train ends with exit code 1 and {"kind": "failed", "value": sentence}.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { parseHeader, readTensors } from "../safetensors.js";
import { TabTraining } from "./client.js";

const PROGRAM = new URL("./node_worker.mjs", import.meta.url);

/** A thread as a browser's worker. @param {any} [data] for the thread @returns {import("./client.js").AnyWorker} */
export function createNodeWorker(data, program = PROGRAM) {
  const thread = new Worker(program, { workerData: data }),
    worker = /** @type {import("./client.js").AnyWorker} */ ({
      onmessage: null,
      onerror: null,
      postMessage: (message, moved) => thread.postMessage(message, moved),
      terminate: () => thread.terminate(),
    });
  thread.on("message", (value) => worker.onmessage?.({ data: value }));
  thread.on("error", (error) => worker.onerror?.(error));
  thread.on("exit", () => worker.onerror?.({ message: "A worker of the training has ended." }));
  return worker;
}

/** @param {string} path @returns {Record<string, Float32Array>} the tensors of a safetensors file */
function readWeights(path) {
  const bytes = new Uint8Array(readFileSync(path)),
    header = parseHeader(bytes, bytes.length);
  return readTensors(header, bytes);
}

/** @param {any} document an order whose files are paths @returns {import("./job.js").Order} */
export function readOrder({ world, atlas, kernels, weights, ...rest }) {
  return {
    ...rest,
    world: JSON.parse(readFileSync(world, "utf8")),
    atlas: atlas ? new Uint8Array(readFileSync(atlas)).buffer : null,
    kernels: new Uint8Array(readFileSync(kernels)).buffer,
    weights: weights && readWeights(weights),
  };
}

/** @param {string} kind @param {any} value @returns {string} a line of JSON, without files and features */
export const lineOf = (kind, value) => JSON.stringify({ kind, ...value, file: undefined, inspected: undefined });

async function main() {
  const options = /** @type {const} */ ({ workers: { type: "string", default: "1" }, out: { type: "string" } }),
    tell = (/** @type {string} */ kind, /** @type {any} */ value) => console.log(lineOf(kind, value));
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true }),
      order = readOrder(JSON.parse(readFileSync(positionals[0], "utf8"))),
      { file } = await new TabTraining(createNodeWorker, { workers: Number(values.workers), order, tell }).ended;
    if (values.out) writeFileSync(values.out, file);
  } catch (error) {
    console.log(JSON.stringify({ kind: "failed", value: /** @type {Error} */ (error).message }));
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
