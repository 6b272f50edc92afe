/**
 * Milliseconds that this thread has had a processor, in steps of a microsecond, by the clock of WASI: that of Node
 * itself ticks too coarsely for the phases of a step.
 */

import { WASI } from "node:wasi";

const THREAD_CPU = 3;
// (module (memory (export "memory") 1) (func (export "_initialize")))
const MODULE = "AGFzbQEAAAABBAFgAAADAgEABQMBAAEHGAIGbWVtb3J5AgALX2luaXRpYWxpemUAAAoEAQIACw==";

const wasi = new WASI({ version: "preview1" }),
  instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MODULE, "base64"))),
  { memory } = /** @type {{memory: WebAssembly.Memory}} */ (/** @type {unknown} */ (instance.exports));
wasi.initialize(instance);
const nanoseconds = new BigUint64Array(memory.buffer, 0, 1);

/** @returns {number} */
export function threadMs() {
  wasi.wasiImport.clock_time_get(THREAD_CPU, 1n, 0);
  return Number(nanoseconds[0]) / 1e6;
}
