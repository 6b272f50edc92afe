// The page's repetition of a chain with the engine's workers of Node: prints {difference, digest, curves, numbers}.
//
//   node repeat_on_page.mjs JOB.json         // {phases: [{spec, digests}], scenes, orders: [path of an order, ...]}

import { readFileSync } from "node:fs";

import { createNodeWorker, readOrder } from "../../assets/engine/train/node.mjs";
import { setContract } from "../../assets/page/contract.js";
import { ChainAgain } from "../../assets/page/repeat/chain.js";

const { phases, scenes, orders: paths, contract } = JSON.parse(readFileSync(process.argv[2], "utf8")),
  documents = paths.map((path) => readOrder(JSON.parse(readFileSync(path, "utf8")))),
  engine = { loadAtlas: async () => documents[0].atlas, createTrainer: () => createNodeWorker() },
  orders = { order: async (spec) => documents[phases.findIndex((each) => each.spec === spec)] };
setContract(contract);
const running = new ChainAgain({ engine, orders }, { phases, scenes, form: "canonical" }, { workers: 2 });
await running.ended;
const { difference, digest, curves, numbers } = running;
console.log(JSON.stringify({ difference, digest, curves, numbers }));
