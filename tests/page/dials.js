// What dials.js answers to wishes, in Node: node tests/page/dials.js GIVEN, a JSON of {catalog, world, atlas, wishes}.
//
// The engine's worker runs in this process. Pictures are not compared, so nothing draws them.

import { readFileSync } from "node:fs";

import { Engine } from "../../assets/engine/client.js";
import { DialPolicy } from "../../assets/page/dials/dials.js";
import { setContract } from "../../assets/page/contract.js";

const { catalog, world, atlas, wishes } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
setContract(catalog.contract);
const node = { setAttribute: () => {}, append: () => {} };
Object.assign(globalThis, {
  document: { createElementNS: () => node },
  XMLSerializer: class {
    serializeToString() {
      return "";
    }
  },
});

/** The worker of the engine, in the thread that asks it. */
const worker = { postMessage: (data) => setTimeout(() => globalThis.onmessage({ data: structuredClone(data) })) };
globalThis.self = globalThis;
globalThis.postMessage = (data) => worker.onmessage({ data });
await import("../../assets/engine/worker.js");

const bytes = readFileSync(atlas),
  source = {
    world: async () => ({
      description: JSON.parse(readFileSync(world, "utf-8")),
      atlas: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    }),
  };
const policy = new DialPolicy({ catalog, engine: new Engine(source, () => worker) }),
  states = [];
for (const wish of wishes) states.push(await policy.state(wish));
process.stdout.write(JSON.stringify(states), () => process.exit(0));
