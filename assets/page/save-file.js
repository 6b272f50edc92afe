// What the page gives away: files that the browser saves, and texts that it copies.

const KEPT_MS = 60_000; // Safari reads it after the press
const FORMULA_SIGNS = "=+-@＝＋－＠\t\r"; // a spreadsheet reads a text that begins with one as a formula

/** @param {BlobPart} content @param {string} name @param {string} type */
export function saveFile(content, name, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/** Rows of cells as CSV, in which no text is a formula. */
export const csvOf = (rows) => rows.map((row) => Array.from(row, cell).join(",")).join("\r\n");

function cell(value) {
  const text = typeof value === "string" && FORMULA_SIGNS.includes(value[0]) ? `'${value}` : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Save rows of cells, with the mark by which a spreadsheet knows their letters. */
export const saveTable = (rows, name) => saveFile(`\ufeff${csvOf(rows)}`, name, "text/csv");

/**
 * Save an SVG as a PNG; a browser that does not paint it gets the SVG. Colors that are variables of its page become
 * those of the file.
 * @param {SVGElement} drawing @param options {width, height, ground, scale}: `ground` names the variable of what lies
 *   behind it
 * @returns whether it is a PNG
 */
export async function savePng(name, drawing, { width, height, ground, scale = 1 }) {
  const style = getComputedStyle(drawing),
    copy = drawing.cloneNode(true),
    valueOf = (variable) => style.getPropertyValue(variable).trim();
  for (const [attribute, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height }))
    copy.setAttribute(attribute, value);
  const text = new XMLSerializer()
    .serializeToString(copy)
    .replace(/var\((--[\w-]+)\)/g, (_, variable) => valueOf(variable));
  const png = await paintPng(text, { width: scale * width, height: scale * height, color: valueOf(ground) }).catch(
    () => null,
  );
  if (png) saveFile(png, name, "image/png");
  else saveFile(text, name.replace(/png$/, "svg"), "image/svg+xml");
  return png !== null;
}

/**
 * The PNG of an SVG, null or an error where a browser makes none of it: it may hold its pixels to be another site's.
 */
async function paintPng(svg, { width, height, color }) {
  const image = Object.assign(new Image(), { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}` });
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width, height }),
    pen = canvas.getContext("2d");
  pen.fillStyle = color;
  pen.fillRect(0, 0, width, height);
  pen.drawImage(image, 0, 0, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/**
 * Copy a text. Without https a browser has no clipboard: then the element that shows it, if there is one, is selected
 * for Ctrl-C.
 * @param {string} text @param {HTMLElement | null} [shown] @returns whether it was copied
 */
export async function copyText(text, shown = null) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (shown?.select) shown.select();
    else if (shown) getSelection().selectAllChildren(shown);
    return false;
  }
}
