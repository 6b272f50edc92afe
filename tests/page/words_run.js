// What the table of words makes of texts: {"said": [...], "learned": [...]}, before and after it learned sentences.

import { readFileSync } from "node:fs";

import { setContract } from "../../assets/page/contract.js";
import { WordTable } from "../../assets/page/translate.js";

const { zh, contract, texts, sentences = [] } = JSON.parse(readFileSync(process.argv[2], "utf-8")),
  table = new WordTable(zh);
setContract(contract);
globalThis.explorerWords = table;
const all = () => texts.map((text) => table.say(text)),
  said = all();
table.learn(sentences);
process.stdout.write(JSON.stringify({ said, learned: all() }));
