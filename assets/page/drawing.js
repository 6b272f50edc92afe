// Objects as SVG text, from the parts of their nouns and the look of their values, as smooth as the screen is.
//
//   // in pixels of the picture; the id is unique on the page
//   drawObject(world, { noun, values, x, y, side }, 28, "o1")
//   pictureOf(world, objects, 28, 448)                              // the whole scene as a data URI
//
// The server's sprites are drawn from the same parts (`explorer.world.sprites`); models get those, not this. The text
// is made of numbers and of a world's own colors, so nothing of a person stands in it.

/** Pixels on a side of what a model sees. */
export const CANVAS_PIXELS = 64;

/** The side of an object of usual size, in thousandths of the largest one in training. */
export const TRAINED_SIDE = 1000;

/** The values of a world's first kind, its colors: [{word, fill}]. @param {{kinds: any[]}} description of a world */
export const colorsOf = ({ kinds }) =>
  kinds[0].values.map(({ word, paints }) => ({ word, fill: `rgb(${paints.fill.join(" ")})` }));

const gray = (level) => `rgb(${level} ${level} ${level})`;
const isPaint = ({ role }) => role !== "cut";

/** @param {number} box pixels of the largest object in training */
export function drawObject(world, { noun: number, values, x, y, side }, box, id) {
  const noun = world.nouns[number],
    look = world.lookOf(values),
    scale = (box * side) / TRAINED_SIDE,
    [cx, cy] = middleOf(noun.parts, look.angle);
  const turned = `translate(${x} ${y}) scale(${scale * noun.factor}) translate(${-cx} ${-cy}) rotate(${look.angle})`;
  const colors = { body: `rgb(${look.fill.join(" ")})`, ink: gray(world.grays.ink), light: gray(world.grays.light) };
  const ring = look.outline > 0 ? ringOf(noun.parts, look.outline / noun.factor, colors) : "";
  const texture = look.texture === "none" ? "" : textureOf(world, noun, look, { turned, id, x, y, scale });
  return `<g transform="${turned}">${ring}${partsOf(noun.parts, colors, `${id}-cut`)}</g>${texture}`;
}

/** The scene as a data URI, sharper than the pixels that a model sees. */
export function pictureOf(world, objects, box, size) {
  const drawn = objects.map((object, index) => drawObject(world, object, box, `o${index}`)).join("");
  const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${CANVAS_PIXELS} ${CANVAS_PIXELS}" width="${size}" height="${size}"><rect width="${CANVAS_PIXELS}" height="${CANVAS_PIXELS}" fill="${gray(world.grays.background)}"/>${drawn}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(text)}`;
}

/** The shapes in their order; what a cut removes of those before it lies behind a mask, as a cut is no paint. */
function partsOf(parts, colors, id) {
  let drawn = "",
    masks = 0;
  for (let at = 0; at < parts.length; ) {
    if (isPaint(parts[at])) {
      drawn += shapeOf(parts[at], colors[parts[at].role]);
      at += 1;
      continue;
    }
    const first = at,
      name = masks++ ? `${id}${masks}` : id;
    while (at < parts.length && !isPaint(parts[at])) at += 1;
    const holes = parts
      .slice(first, at)
      .map((part) => shapeOf(part, "black"))
      .join("");
    drawn = `<mask id="${name}" maskUnits="userSpaceOnUse" x="-1" y="-1" width="3" height="3"><rect x="-1" y="-1" width="3" height="3" fill="white"/>${holes}</mask><g mask="url(#${name})">${drawn}</g>`;
  }
  return drawn;
}

/** A part in the unit square. */
function shapeOf({ points, box }, fill) {
  if (points) return `<polygon points="${points.map((point) => point.join(",")).join(" ")}" fill="${fill}"/>`;
  const [x0, y0, x1, y1] = box;
  return `<ellipse cx="${(x0 + x1) / 2}" cy="${(y0 + y1) / 2}" rx="${(x1 - x0) / 2}" ry="${(y1 - y0) / 2}" fill="${fill}"/>`;
}

/** Ink around light, around the noun. */
function ringOf(parts, width, { ink, light }) {
  return [
    [ink, 2 * width],
    [light, width],
  ]
    .map(
      ([stroke, reach]) =>
        `<g stroke="${stroke}" stroke-width="${reach}" stroke-linejoin="round">${parts
          .filter(isPaint)
          .map((part) => shapeOf(part, stroke))
          .join("")}</g>`,
    )
    .join("");
}

/** Stripes or dots in the accent, on what is body and nothing else. */
function textureOf(world, noun, look, { turned, id, x, y, scale }) {
  const fill = gray(look.accent),
    { stripes } = world.description,
    mask = `${id}-body`;
  const body = noun.parts.map((part) => shapeOf(part, part.role === "body" ? "white" : "black")).join("");
  const painted =
    look.texture === "dots"
      ? `<g transform="${turned}">${noun.dots.map((dot) => shapeOf(dot, fill)).join("")}</g>`
      : `<g transform="translate(${x} ${y}) scale(${scale}) rotate(${look.angle + stripes.slant})">${stripesOf(stripes, fill)}</g>`;
  return `<mask id="${mask}" maskUnits="userSpaceOnUse" x="${x - scale}" y="${y - scale}" width="${2 * scale}" height="${2 * scale}"><g transform="${turned}">${body}</g></mask><g mask="url(#${mask})">${painted}</g>`;
}

/** Bands around the middle. */
function stripesOf({ period, share }, fill) {
  const count = Math.ceil(1 / period);
  return Array.from(
    { length: 2 * count },
    (_, index) => `<rect x="-1" y="${(index - count) * period}" width="2" height="${period * share}" fill="${fill}"/>`,
  ).join("");
}

/** Corners of the polygon that the server draws an ellipse with, around a circle of radius 1. */
const RING = Array.from({ length: 40 }, (_, step) => (step * 2 * Math.PI) / 40).map((turn) => [
  Math.cos(turn),
  Math.sin(turn),
]);

/** The middle of the noun's box once it is turned by degrees; cuts have no say. */
export function middleOf(parts, angle) {
  const turn = (angle * Math.PI) / 180,
    cos = Math.cos(turn),
    sin = Math.sin(turn),
    box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const { points, box: ellipse } of parts.filter(isPaint)) {
    for (const [x, y] of points ?? ringPoints(ellipse)) {
      const across = x * cos - y * sin,
        down = x * sin + y * cos;
      box.left = Math.min(box.left, across);
      box.right = Math.max(box.right, across);
      box.top = Math.min(box.top, down);
      box.bottom = Math.max(box.bottom, down);
    }
  }
  return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
}

const ringPoints = ([x0, y0, x1, y1]) =>
  RING.map(([cos, sin]) => [(x0 + x1) / 2 + (cos * (x1 - x0)) / 2, (y0 + y1) / 2 + (sin * (y1 - y0)) / 2]);
