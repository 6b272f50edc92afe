/**
 * A training in a Web Worker, or in two: `client.js` starts them and hands the messages of one to the other.
 *
 *     {kind: "start", roles: ["image", "text"], order}    // or one of them a worker
 *         -> {kind: "evaluation" | "record" | "weights", value}, see run.js; {kind: "failed", value: sentence}
 *     {kind: "pause"}, {kind: "go"}, {kind: "stop"}, {kind: "save"}
 *     {kind: "peer", role, message, value}                // to the part `role`, in either direction
 */

import { Control, follow, lead, Mailbox, readJob } from "./run.js";

const control = new Control();
/** @type {Record<string, Mailbox>} */ const mail = { image: new Mailbox(), text: new Mailbox() };

/** @param {any} message @param {ArrayBufferLike[]} moved */
const tell = (message, moved) => self.postMessage(message, { transfer: /** @type {ArrayBuffer[]} */ (moved) });

/** @type {import("./run.js").Send} */
const report = (kind, value, moved = []) => tell({ kind, value }, moved);

/** @param {{roles: string[], order: import("./run.js").Order}} message */
function start({ roles, order }) {
  const job = readJob(order);
  /** @param {string} role @returns {import("./run.js").Send} */
  const senderTo = (role) =>
    roles.includes(role)
      ? (message, value) => mail[role].take(message, value)
      : (message, value, moved = []) => tell({ kind: "peer", role, message, value, moved }, moved);
  const parts = [];
  if (roles.includes("image")) parts.push(lead(job, senderTo("text"), mail.image, control, report));
  if (roles.includes("text")) parts.push(follow(job, senderTo("image"), mail.text));
  return Promise.all(parts);
}

self.onmessage = async ({ data: { kind, ...message } }) => {
  if (kind === "peer") mail[message.role].take(message.message, message.value);
  else if (kind !== "start") control.take(kind);
  else {
    try {
      await start(message);
    } catch (error) {
      report("failed", /** @type {Error} */ (error).message);
    }
  }
};
