// Pictures of a visitor: read from a file, a drop, the clipboard or a camera, and turned into the pixels of a small
// model.
//
//   const { picture, note } = await readPicture(file);       // {uri, number, name, width, height}; throws a sentence
//   identityOf(picture)                                           // what no other picture has
//   await pixelsAtSide(picture.uri, 64);                          // Uint8Array 3 x 64 x 64, as Pillow's bicubic squash
//
// Nothing is kept: a picture is a data URI in this page, and goes to the server only with a question.

import { contract } from "../contract.js";
import { say } from "../words.js";

export const MAX_PICTURES = 4;
/** Bytes of a file that the page reads, and pixels on a side of a picture that it scales down for the server. */
const MAX_READ = 64_000_000,
  SIDE = 2048;
const PLAIN = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp"];
let numRead = 0;

export const unreadable = () => say`This picture cannot be read. Use PNG, JPEG or WebP up to ${MAX_READ / 1e6} MB.`;

/** A picture as the server gets it: the file itself, or scaled down where it is too large or of another format. */
export async function readPicture(file) {
  const bitmap = file.size > MAX_READ ? null : await createImageBitmap(file).catch(() => null);
  if (!bitmap) throw new Error(unreadable());
  const { width, height } = bitmap,
    name = file.name || say("pasted picture"),
    number = ++numRead;
  const isLarge = file.size > maxBytes() || width * height > contract.question.picture_pixels;
  try {
    if (!isLarge && PLAIN.includes(file.type))
      return { picture: { uri: await uriOf(file), number, name, width, height }, note: "" };
    const share = Math.min(1, SIDE / Math.max(width, height));
    const small = { width: Math.max(1, Math.round(width * share)), height: Math.max(1, Math.round(height * share)) };
    const uri = drawBitmap(bitmap, small).toDataURL("image/jpeg", 0.92);
    const note = isLarge
      ? say`It was too large for the server, so it was scaled down to ${small.width} × ${small.height} pixels.`
      : "";
    return { picture: { uri, number, name, ...small }, note };
  } finally {
    bitmap.close();
  }
}

/** A picture that was read by the page before keeps its number: none that is read from now on gets it. */
export function keepNumber(number) {
  numRead = Math.max(numRead, number);
}

/** The number of a picture that was read, whose text may have megabytes; the text of one that the page has itself. */
export const identityOf = ({ number, uri }) => number ?? uri;

function drawBitmap(bitmap, { width, height }) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height }),
    pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

/** The most bytes of one picture: MAX_PICTURES together fit into what the server takes, each three as four letters. */
const maxBytes = () =>
  Math.min(contract.question.picture_bytes, (contract.question.upload_bytes * 3) / 4 / MAX_PICTURES);

/** A file as a data URI. */
const uriOf = (file) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(unreadable()));
    reader.readAsDataURL(file);
  });

/** The pictures among what was dropped or pasted. */
export const filesOf = (transfer) => [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));

/** A data URI as a blob: the page's policy lets nobody fetch one. */
function blobOf(uri) {
  const [head, body] = uri.split(","),
    bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: head.slice(5).split(";")[0] });
}

/** What a model of `side` pixels sees of a picture that is squashed to a square: 3 x side x side. */
export async function pixelsAtSide(uri, side) {
  // As open_clip reads a file: not turned by its tag, and its colors as they stand there.
  const bitmap = await createImageBitmap(blobOf(uri), {
    imageOrientation: "none",
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const { width, height } = bitmap,
    canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  return squash(pen.getImageData(0, 0, width, height).data, width, height, side);
}

/**
 * Pillow's bicubic resize of RGBA bytes to a square, with its filter widened where the picture shrinks: across, then
 * down, rounded to bytes between.
 */
export function squash(data, width, height, side) {
  const across = weightsOf(width, side),
    down = weightsOf(height, side),
    between = new Uint8ClampedArray(3 * side * height),
    bytes = new Uint8Array(3 * side * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < side; x++) {
      const { first, weights } = across[x],
        at = 3 * (y * side + x);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * data[4 * (y * width + first + k) + channel];
        between[at + channel] = Math.floor(sum + 0.5);
      }
    }
  }
  for (let y = 0; y < side; y++) {
    const { first, weights } = down[y];
    for (let x = 0; x < side; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * between[3 * ((first + k) * side + x) + channel];
        bytes[channel * side * side + y * side + x] = Math.min(255, Math.max(0, Math.floor(sum + 0.5)));
      }
    }
  }
  return bytes;
}

/** For each of `to` pixels: the first of `from` that counts, and the weights from there on. */
function weightsOf(from, to) {
  const scale = from / to,
    wide = Math.max(scale, 1),
    support = 2 * wide;
  return Array.from({ length: to }, (_, index) => {
    const center = (index + 0.5) * scale,
      first = Math.max(0, Math.trunc(center - support + 0.5)),
      last = Math.min(from, Math.trunc(center + support + 0.5));
    const raw = Array.from({ length: last - first }, (_, k) => cubic((k + first - center + 0.5) / wide)),
      sum = raw.reduce((all, each) => all + each, 0);
    return { first, weights: raw.map((each) => each / sum) };
  });
}

/** The cubic filter with a = -0.5. */
function cubic(x) {
  const at = Math.abs(x),
    a = -0.5;
  if (at < 1) return ((a + 2) * at - (a + 3)) * at * at + 1;
  return at < 2 ? ((at - 5) * at + 8) * at * a - 4 * a : 0;
}
