// The wall as files: its SVG as a PNG, its numbers as CSV.

import { saved, savedTable } from "../save-file.js";

const SCALE = 2;
const COLUMNS = ["nickname", "objects", "kinds", "density", "kappa", "pairs", "accuracy", "state", "scored", "expected", "expected_low",
  "expected_high"];

/** Save an SVG whose colors are variables of its page. */
export async function savePng(name, drawing, { width, height }) {
  const style = getComputedStyle(drawing), copy = drawing.cloneNode(true), image = new Image(), canvas = document.createElement("canvas");
  for (const [attribute, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height })) copy.setAttribute(attribute,
    value);
  const text = new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g,
    (_, variable) => style.getPropertyValue(variable).trim());
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  Object.assign(canvas, { width: SCALE * width, height: SCALE * height });
  const context = canvas.getContext("2d");
  context.fillStyle = style.getPropertyValue("--class-panel");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => saved(blob, name, "image/png"), "image/png");
}

export const saveCsv = (name, wall) => savedTable(tableOf(wall), name);

/** A row per pupil whose device trains or watches. */
export const tableOf = ({ dots }) => [COLUMNS, ...dots.map(({ nickname, objects, kinds, density, kappa, pairs, accuracy, state, scored,
  expected }) => [nickname, objects, kinds, density, kappa, pairs, accuracy, state, scored, expected?.pairs, expected?.low,
  expected?.high])];
