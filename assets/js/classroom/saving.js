/**
 * The wall as files: its SVG as a PNG, its numbers as CSV.
 */

const SCALE = 2;
const COLUMNS = ["nickname", "group", "recipe", "seed", "run", "recorded", "status", "step", "steps", "binding", "low", "high", "n", "final",
  "study", "study_low", "study_high", "study_trainings"];

/** @param {string} name @param {Blob} blob */
export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * @param {SVGElement} drawing with colors in its attributes @param {{width: number, height: number, background: string}} size
 * @returns {Promise<Blob>}
 */
export async function toPng(drawing, { width, height, background }) {
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(true));
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const image = new Image(), canvas = document.createElement("canvas");
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  Object.assign(canvas, { width: SCALE * width, height: SCALE * height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob)), "image/png"));
}

/** @param {any} wall @returns {string} one row per pupil */
export function toCsv({ dots, bands }) {
  const rows = dots.flatMap((/** @type {any} */ dot) => {
    const band = bands.find((/** @type {any} */ each) => each.recipe === dot.recipe) ?? {};
    return (dot.pupils.length ? dot.pupils : [""]).map((/** @type {string} */ name) => [name, dot.group < 0 ? "" : dot.group + 1, dot.recipe, dot.seed, dot.run,
      dot.is_recorded, dot.status, dot.step, dot.steps, dot.binding, dot.low, dot.high, dot.n, dot.is_final, band.value, band.low, band.high, band.seeds]);
  });
  return [COLUMNS, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** @param {unknown} value @returns {string} quoted; a spreadsheet must not read a nickname as a formula */
function cell(value) {
  const text = String(value ?? ""), plain = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
