/**
 * A worker of a training in Node that writes down how long each phase of its steps had a processor: a line of JSON a
 * step, {"rank", "step", "phases": {"forward": 34.2, ...}} in milliseconds, at the end of the file `out`.
 */

import { appendFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { threadMs } from "./thread_clock.mjs";

const { engine, out } = workerData;
const load = (name) => import(`${engine}/train/${name}`);
const { Control } = await load("control.js");
const { readJob } = await load("job.js");
const { Links } = await load("links.js");
const { Member } = await load("member.js");

const control = new Control();
let links;

async function train({ rank, workers, order }) {
  let last = threadMs(),
    phases = {},
    step = 0;
  const mark = (phase) => {
    // The phases of a step end with a look at what the page asks for.
    if (phase === "wait") {
      appendFileSync(out, `${JSON.stringify({ rank, step: step++, phases })}\n`);
      phases = {};
      last = threadMs();
    }
    const now = threadMs();
    phases[phase] = (phases[phase] ?? 0) + now - last;
    last = now;
  };
  const report = (kind, value, moved = []) => parentPort.postMessage({ kind, value }, moved);
  links = new Links(rank, workers, (given, moved) => report("peer", given, moved));
  const member = new Member(readJob(order), links, mark);
  mark("start");
  await member.train(control, report);
}

parentPort.on("message", ({ kind, ...message }) => {
  if (kind === "peer") links.receive(message.value);
  else if (kind === "start") void train(message);
  else control.receive(kind);
});
