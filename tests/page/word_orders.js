// The orders of captions, in Node: node tests/page/word_orders.js GIVEN, a JSON of captions.

import { readFileSync } from "node:fs";

import { bagOrders } from "../../assets/page/tab/word-orders.js";

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(process.argv[2], "utf-8")).map(bagOrders)));
