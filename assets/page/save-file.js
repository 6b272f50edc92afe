// What the page gives away: files that the browser saves, and texts that it copies.

const KEPT_MS = 60_000; // Safari reads it after the press

/** @param {BlobPart} content @param {string} name @param {string} type */
export function saved(content, name, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/** Rows of cells as CSV; a spreadsheet must not read a text as a formula. */
export const csvOf = (rows) => rows.map((row) => Array.from(row, cell).join(",")).join("\r\n");

function cell(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Save rows of cells, with the mark by which a spreadsheet knows their letters. */
export const savedTable = (rows, name) => saved(`\ufeff${csvOf(rows)}`, name, "text/csv");

/**
 * Copy a text. Without https a browser has no clipboard: then the element that shows it is selected, for Ctrl-C.
 * @returns whether it was copied
 */
export async function copied(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (shown.select) shown.select();
    else getSelection().selectAllChildren(shown);
    return false;
  }
}
