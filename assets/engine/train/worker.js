/**
 * A worker of a training: `client.js` starts one or more of them.
 *
 *     {kind: "start", rank, workers, order}              // rank 0 leads
 *         -> {kind: "evaluation" | "record" | "weights" | "state", value}, see `Member.train`
 *         -> {kind: "peer", value}                        // for the others, see links.js
 *         -> {kind: "failed", value: clause, isFinal}     // isFinal: another try would fail too; see `Refusal`
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

/** @param {{rank: number, workers: number, order: import("./job.js").Order}} message @returns {Member} */
function join({ rank, workers, order }) {
  links = new Links(rank, workers, (given, moved) => report("peer", given, moved));
  return new Member(readJob(order), links);
}

self.onmessage = ({ data: { kind, ...message } }) => {
  if (kind === "peer") links.receive(message.value);
  else if (kind !== "start") control.receive(kind);
  else {
    // Nothing holds the order, with all first weights, while it trains.
    new Promise((resolve) => resolve(join(message)))
      .then((/** @type {Member} */ member) => member.train(control, report))
      .catch((error) =>
        self.postMessage({ kind: "failed", value: error.sentence ?? error.message, isFinal: error instanceof Refusal }),
      );
  }
};
