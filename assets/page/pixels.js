// Pictures as the bytes that a model sees: 3 x side x side.

import { html, useEffect, useRef } from "./vendor/preact.js";

/** The bytes of a picture without loss, a data URI of as many pixels as a model sees. */
export async function pixelsOf(uri) {
  const image = Object.assign(new Image(), { src: uri });
  await image.decode();
  const side = image.naturalWidth,
    pen = Object.assign(document.createElement("canvas"), { width: side, height: side }).getContext("2d", {
      willReadFrequently: true,
    });
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, side, side);
  return Uint8Array.from(
    { length: 3 * side * side },
    (_, at) => data[4 * (at % (side * side)) + Math.floor(at / (side * side))],
  );
}

/** Such bytes as a picture; `pixels` is null until there are any. */
export function Pixels({ pixels, side, ...more }) {
  const canvas = useRef(null);
  useEffect(() => {
    const pen = canvas.current.getContext("2d");
    if (!pixels) return pen.clearRect(0, 0, side, side);
    const area = side * side,
      image = new ImageData(side, side);
    for (let at = 0; at < area; at++)
      image.data.set([pixels[at], pixels[area + at], pixels[2 * area + at], 255], 4 * at);
    pen.putImageData(image, 0, 0);
  }, [pixels]);
  return html`<canvas ref=${canvas} width=${side} height=${side} ...${more} />`;
}
