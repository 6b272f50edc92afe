/**
 * A file of the server, read piece by piece: its size is checked against what was promised, progress is reported.
 *
 *     await download({ url, bytes }, { signal, onProgress, onHead })
 */

/**
 * @typedef {{url: string, bytes: number}} RemoteFile an address and the size of the file in bytes, decompressed
 * @typedef {{signal: AbortSignal, onProgress?: (received: number) => void,
 *   onHead?: (head: Uint8Array, size: number) => boolean}} Options `onHead` sees the bytes so far until it returns
 *   true, before memory for the file is allocated; it throws to refuse the file
 */

/**
 * @param {RemoteFile} file @param {Options} options
 * @returns {Promise<Uint8Array>}
 */
export async function download({ url, bytes }, { signal, onProgress, onHead }) {
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body)
    throw new Error(`The server has no ${url.split("/").pop()} (${response.status}).`);
  const reader = response.body.getReader();
  /** @type {Uint8Array[]} */ const waiting = [];
  /** @type {Uint8Array | null} */ let whole = null;
  let received = 0,
    isAccepted = !onHead;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (received + value.length > bytes)
      throw new Error(`${url.split("/").pop()} is larger than the ${bytes} bytes promised.`);
    if (whole) {
      whole.set(value, received);
    } else {
      waiting.push(value);
      isAccepted ||= /** @type {NonNullable<Options["onHead"]>} */ (onHead)(join(waiting), bytes);
      if (isAccepted) whole = join(waiting, bytes);
    }
    received += value.length;
    onProgress?.(received);
  }
  if (received < bytes) throw new Error(`${url.split("/").pop()} broke off after ${received} of ${bytes} bytes.`);
  return whole ?? join(waiting);
}

/** @param {Uint8Array[]} pieces @param {number} [size] @returns {Uint8Array} */
function join(pieces, size) {
  const whole = new Uint8Array(size ?? pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
