// The wall as files: its SVG as a PNG, its numbers as CSV.

const SCALE = 2, KEPT_MS = 60_000;
const COLUMNS = ["nickname", "objects", "kinds", "density", "kappa", "pairs", "accuracy", "state", "scored", "expected", "expected_low", "expected_high"];

function download(name, blob) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}

/** Save an SVG whose colors are variables of its page. */
export async function savePng(name, drawing, { width, height }) {
  const style = getComputedStyle(drawing), copy = drawing.cloneNode(true), image = new Image(), canvas = document.createElement("canvas");
  for (const [attribute, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height })) copy.setAttribute(attribute, value);
  const text = new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g, (_, variable) => style.getPropertyValue(variable).trim());
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  Object.assign(canvas, { width: SCALE * width, height: SCALE * height });
  const context = canvas.getContext("2d");
  context.fillStyle = style.getPropertyValue("--class-panel");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => download(name, blob), "image/png");
}

export const saveCsv = (name, wall) => download(name, new Blob([toCsv(wall)], { type: "text/csv" }));

/** One row per pupil whose device trains or watches. */
export function toCsv({ dots }) {
  const rows = dots.map(({ nickname, objects, kinds, density, kappa, pairs, accuracy, state, scored, expected }) => [nickname, objects, kinds, density, kappa, pairs, accuracy, state, scored, expected?.pairs, expected?.low, expected?.high]);
  return [COLUMNS, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Quoted; a spreadsheet must not read a nickname as a formula. */
function cell(value) {
  const text = String(value ?? ""), plain = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
