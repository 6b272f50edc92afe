/** `worker.js` in a thread of Node: a worker of a browser is called `self` and gets events. */

import { parentPort } from "node:worker_threads";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
globalThis.self = /** @type {any} */ ({
  postMessage: (/** @type {any} */ message, /** @type {any} */ { transfer } = {}) =>
    port.postMessage(message, transfer),
});
await import("./worker.js");
port.on("message", (data) => self.onmessage?.(/** @type {any} */ ({ data })));
