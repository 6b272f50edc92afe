// A file that a person picked, read at one place: between the choice and the reading it may have gone or changed.
//
//   const bytes = await readPicked(file);        // a Uint8Array; throws `Refused` where it cannot be read any more
//   const text = await readPickedText(file);

import { Refused } from "./refused.js";
import { say } from "./words.js";

/** @param {Blob} file @returns {Promise<Uint8Array>} */
export async function readPicked(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new Refused("file", say("This file cannot be read: it was changed, moved or deleted. Choose it again."));
  }
}

/** @param {Blob} file @returns {Promise<string>} its text, which is UTF-8 */
export async function readPickedText(file) {
  const bytes = await readPicked(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refused("file", say("This file is no text in UTF-8. Save it as UTF-8, then choose it again."));
  }
}
