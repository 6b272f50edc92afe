// A photograph with the frame of its crop; the grays inside go to `onCrop`. Pictures of many megapixels are made small
// before anything else.
//
//   const photo = await openPicture(file)      // {canvas, turns}
//   html`<${Shot} photo=${photo} onCrop=${({ levels, side }) => {}} />`

import { ARROW_STEPS } from "../ui.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { say } from "../words.js";
import { frameOf } from "./photo.js";
import { clamp } from "../numbers.js";

const MAX_PIXELS = 900,
  SIDE = 256,
  MIN_SIDE = 0.2,
  WHOLE = { left: 0, top: 0, right: 1, bottom: 1 },
  /** The frame where no drawing is found. */
  INNER = { left: 0.06, top: 0.06, right: 0.94, bottom: 0.94 },
  STEP = 0.02;
/** Between paper and ink, so that the edge of a picture counts as neither. */
const GROUND = "#777";
const WEIGHTS = [0.299, 0.587, 0.114],
  CORNER_NAMES = ["Upper left corner", "Upper right corner", "Lower left corner", "Lower right corner"];

export async function openPicture(file) {
  const image = await createImageBitmap(file),
    scale = Math.min(1, MAX_PIXELS / Math.max(image.width, image.height)),
    canvas = Object.assign(document.createElement("canvas"), {
      width: Math.max(1, Math.round(image.width * scale)),
      height: Math.max(1, Math.round(image.height * scale)),
    });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return { canvas, turns: 0 };
}

export function Shot({ photo, onCrop }) {
  const shown = useRef(null),
    square = useRef(null),
    [frame, setFrame] = useState(INNER),
    [dragged, setDragged] = useState(null);
  useEffect(() => {
    const pen = shown.current.getContext("2d");
    square.current = squareOf(photo, GROUND);
    shown.current.width = shown.current.height = square.current.width;
    pen.drawImage(square.current, 0, 0);
    setFrame(frameOf(grays(squareOf(photo, "black"), WHOLE).levels) ?? { ...INNER });
  }, [photo]);
  useEffect(() => {
    if (frame !== INNER) onCrop(grays(square.current, frame));
  }, [frame]);
  const moveCorner = (corner, x, y) => {
    const next = { ...frame };
    if (corner % 2) next.right = Math.max(frame.left + MIN_SIDE, clamp(x, 0, 1));
    else next.left = Math.min(frame.right - MIN_SIDE, clamp(x, 0, 1));
    if (corner > 1) next.bottom = Math.max(frame.top + MIN_SIDE, clamp(y, 0, 1));
    else next.top = Math.min(frame.bottom - MIN_SIDE, clamp(y, 0, 1));
    setFrame(next);
  };
  const corners = [
    [frame.left, frame.top],
    [frame.right, frame.top],
    [frame.left, frame.bottom],
    [frame.right, frame.bottom],
  ];
  function drag(event) {
    if (dragged === null) return;
    const box = event.currentTarget.getBoundingClientRect();
    moveCorner(dragged, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }
  function key(event, corner) {
    const step = ARROW_STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    moveCorner(corner, ...corners[corner].map((each, axis) => each + STEP * step[axis]));
  }
  const { left, top, right, bottom } = frame;
  return html`<div class="th-shot" onPointerMove=${drag} onPointerUp=${() => setDragged(null)}
    onPointerCancel=${() => setDragged(null)}>
    <canvas ref=${shown} role="img" aria-label=${say("Your photograph")} />
    <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      <path d=${`M0 0H1V1H0ZM${left} ${top}V${bottom}H${right}V${top}Z`} fill-rule="evenodd" /></svg>
    ${corners.map(
      (
        [x, y],
        corner,
      ) => html`<button key=${corner} type="button" class="th-corner" aria-label=${say(CORNER_NAMES[corner])}
      style=${{ left: `${100 * x}%`, top: `${100 * y}%` }} onKeyDown=${(event) => key(event, corner)}
      onPointerDown=${(event) => {
        event.currentTarget.parentElement.setPointerCapture(event.pointerId);
        setDragged(corner);
      }} />`,
    )}</div>`;
}

/** The picture, turned by quarters, in the middle of a square of a color. */
function squareOf({ canvas, turns }, color) {
  const side = Math.max(canvas.width, canvas.height),
    square = Object.assign(document.createElement("canvas"), { width: side, height: side }),
    pen = square.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = color;
  pen.fillRect(0, 0, side, side);
  pen.translate(side / 2, side / 2);
  pen.rotate((turns * Math.PI) / 2);
  pen.drawImage(canvas, -canvas.width / 2, -canvas.height / 2);
  return square;
}

/** Grays 0 .. 1 of what the frame holds, as a square; what it lacks of one is as bright as its own edge. */
function grays(square, { left, top, right, bottom }) {
  const wide = (right - left) * square.width,
    high = (bottom - top) * square.height,
    scale = SIDE / Math.max(wide, high),
    small = Object.assign(document.createElement("canvas"), {
      width: Math.max(1, Math.round(wide * scale)),
      height: Math.max(1, Math.round(high * scale)),
    }),
    pen = small.getContext("2d", { willReadFrequently: true });
  pen.drawImage(square, left * square.width, top * square.height, wide, high, 0, 0, small.width, small.height);
  const { data } = pen.getImageData(0, 0, small.width, small.height),
    levels = new Float32Array(SIDE * SIDE),
    [startX, startY] = [(SIDE - small.width) >> 1, (SIDE - small.height) >> 1];
  const within = (coordinate, start, length) => clamp(coordinate - start, 0, length - 1);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const at = 4 * (within(y, startY, small.height) * small.width + within(x, startX, small.width));
      levels[y * SIDE + x] = WEIGHTS.reduce((sum, weight, channel) => sum + (weight * data[at + channel]) / 255, 0);
    }
  }
  return { levels, side: SIDE };
}
