/**
 * A worker of a training: `client.js` starts one or more of them.
 *
 *     {kind: "start", place, workers, order}              // place 0 leads
 *         -> {kind: "evaluation" | "record" | "weights" | "state", value}, see `Member.train`
 *         -> {kind: "peer", value}                        // for the others, see links.js
 *         -> {kind: "failed", value: sentence, isFinal}   // isFinal: another try would fail too
 *     {kind: "peer", value}                               // from the others
 *     {kind: "pause"}, {kind: "go"}, {kind: "stop"}, {kind: "save"}, {kind: "keep"}     // to the one that leads
 */

import { Control } from "./control.js";
import { readJob } from "./job.js";
import { Links } from "./links.js";
import { Member } from "./member.js";
import { Refusal } from "./refusal.js";

const control = new Control();
/** @type {Links} */ let links;

/** @type {import("./member.js").Report} */
const report = (kind, value, moved = []) =>
  self.postMessage({ kind, value }, { transfer: /** @type {ArrayBuffer[]} */ (moved) });

/** @param {{place: number, workers: number, order: import("./job.js").Order}} message */
async function start({ place, workers, order }) {
  links = new Links(place, workers, (given, moved) => report("peer", given, moved));
  await new Member(readJob(order), links).train(control, report);
}

self.onmessage = async ({ data: { kind, ...message } }) => {
  if (kind === "peer") links.take(message.value);
  else if (kind !== "start") control.take(kind);
  else {
    try {
      await start(message);
    } catch (error) {
      const { message: value } = /** @type {Error} */ (error);
      self.postMessage({ kind: "failed", value, isFinal: error instanceof Refusal });
    }
  }
};
