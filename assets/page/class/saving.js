// The wall as files: its SVG as a PNG, its numbers as CSV.

const SCALE = 2, KEPT_MS = 60_000;
const COLUMNS = ["nickname", "group", "recipe", "seed", "run", "recorded", "status", "step", "steps", "binding", "low", "high", "n", "final",
  "study", "study_low", "study_high", "study_trainings"];

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

/** One row per pupil. */
export function toCsv({ dots, bands }) {
  const rows = dots.flatMap((dot) => {
    const band = bands.find((each) => each.recipe === dot.recipe) ?? {};
    return (dot.pupils.length ? dot.pupils : [""]).map((name) => [name, dot.group < 0 ? "" : dot.group + 1, dot.recipe, dot.seed, dot.run,
      dot.is_recorded, dot.status, dot.step, dot.steps, dot.binding, dot.low, dot.high, dot.n, dot.is_final, band.value, band.low, band.high, band.seeds]);
  });
  return [COLUMNS, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Quoted; a spreadsheet must not read a nickname as a formula. */
function cell(value) {
  const text = String(value ?? ""), plain = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
