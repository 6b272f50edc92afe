// A file made by the page, which the browser saves.

const KEPT_MS = 60_000; // Safari reads it after the press

/** @param {BlobPart} content @param {string} name @param {string} type */
export function saved(content, name, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
