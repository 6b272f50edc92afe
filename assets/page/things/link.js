// A world as a link. Its document stands packed behind the # of the address, which no browser sends to a server.
//
//   await worldLink(document, location.href)     // "https://…/?tab=things#world=…"; "" where it is too long for a link
//   await documentIn(location.hash)           // null where there is none; throws a WorldError
//
// What stands in an address is anybody's writing: no more of it is unpacked than the file of a world may have.

import { contract } from "../contract.js";
import { readWorld, WorldError } from "../own-document.js";

/** Letters of an address that mails and chats still pass on whole. */
export const LONGEST_LINK = 8000;
const FORMAT = "deflate-raw",
  START = "#world=",
  PACKED = /^#world=([\w-]+)$/;

/** @param {{nouns: any[]}} document @param {string} address of this page @returns {Promise<string>} */
export async function worldLink(document, address) {
  const packed = await through(
      new TextEncoder().encode(JSON.stringify(document)),
      new CompressionStream(FORMAT),
      Infinity,
    ),
    text = btoa(String.fromCharCode(...packed)),
    url = new URL("./?tab=things", address);
  url.hash = `${START.slice(1)}${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
  return url.href.length <= LONGEST_LINK ? url.href : "";
}

/** @param {string} hash @returns {Promise<{nouns: any[]} | null>} */
export async function documentIn(hash) {
  if (!hash.startsWith(START)) return null;
  const [, text] = PACKED.exec(hash.slice(0, LONGEST_LINK)) ?? [];
  let bytes;
  try {
    bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    bytes = await through(bytes, new DecompressionStream(FORMAT), contract.own_world.file_bytes);
  } catch {
    throw new WorldError("link", "is cut off or damaged");
  }
  return readWorld(bytes).document;
}

/** The bytes that come out of a stream; throws where they are more than `most`. */
async function through(bytes, stream, most) {
  const parts = [],
    reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  let length = 0;
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError("too long");
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
