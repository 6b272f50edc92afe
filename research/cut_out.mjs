/**
 * Photographs of drawings to parts, as the page cuts them out: node cut_out.mjs PAGE < {"photos": [[levels], ...]}
 *
 * A photo is a list of side x side grays from 0 to 1. Prints {"parts": [...], "said": [...]}.
 */

import { readFileSync } from "node:fs";

const SLIDER = 46,
  [, , page] = process.argv,
  load = (name) => import(`${page}/things/${name}`);
const { cutOut } = await load("photo.js"),
  { partsOf } = await load("outlines.js"),
  { photos } = JSON.parse(readFileSync(0, "utf8"));
const cut = photos.map((levels) => cutOut(Float32Array.from(levels), Math.sqrt(levels.length), SLIDER));
process.stdout.write(
  JSON.stringify({ parts: cut.map(({ cells }) => partsOf(cells)), said: cut.map(({ said }) => said) }),
);
