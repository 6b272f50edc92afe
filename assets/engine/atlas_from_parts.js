/**
 * Sprites of a world of one's own, drawn from the parts of its nouns when they are first needed, as
 * `explorer.world.sprites` draws them.
 *
 *     const atlas = new PartsAtlas(world);
 *     atlas.sprite(noun, look, side)      // as that of `Atlas`, of any side
 *
 * A polygon is filled by the even-odd rule at one point of each subpixel. Everything on the way to a byte is a sum, a
 * product, a quotient or a square root, which every browser rounds alike; sines come from their series. So the bytes
 * are the same everywhere. The server's rasterizer also fills what an edge touches: docs/things.md says how far its
 * bytes are from these.
 */

/**
 * @typedef {import("./world.js").World} World
 * @typedef {import("./world.js").Look} Look
 * @typedef {import("./world.js").Part} Part
 * @typedef {import("./atlas.js").Sprite} Sprite
 * @typedef {{subpixels: number, area: number, extent: number, max_turn: number, rim_width: number}} Drawing of
 *   `describe_world`: subpixels of a pixel and axis, the share of the box that a noun covers, its longest side there up
 *   to a turn in degrees, and the rim without stripes
 */

const BACKGROUND = 0,
  INK = 1,
  LIGHT = 2,
  BODY = 3,
  ACCENT = 4;
/** @type {Record<string, number>} */
const LABELS = { cut: BACKGROUND, ink: INK, light: LIGHT, body: BODY };
/** Where in a subpixel a polygon is asked: in its middle. */
const SAMPLE = 0.5;
/**
 * Points per unit at which the area and the dots of a noun are found, with a quarter of a unit to spare on each side.
 */
const AREA_UNIT = 350,
  DOTS_UNIT = 160,
  SPARE = 0.25;

/**
 * Cosine and sine of an angle in degrees, by their series.
 * @param {number} degrees within a turn @returns {[number, number]}
 */
function turnOf(degrees) {
  const quarters = Math.floor((degrees + 45) / 90),
    angle = ((degrees - 90 * quarters) * Math.PI) / 180;
  let cosine = 1,
    sine = angle,
    term = 1;
  for (let n = 1; n <= 10; n++) {
    term = (-term * angle * angle) / ((2 * n - 1) * (2 * n));
    cosine += term;
    sine += (term * angle) / (2 * n + 1);
  }
  const turns = [
    [cosine, sine],
    [-sine, cosine],
    [-cosine, -sine],
    [sine, -cosine],
  ];
  return /** @type {[number, number]} */ (turns[((quarters % 4) + 4) % 4]);
}

/** @param {Part} part @returns {number[][]} corners; dots are ellipses, which become polygons of 40 */
function cornersOf({ points, box }) {
  if (points) return points;
  const [x0, y0, x1, y1] = /** @type {number[]} */ (box);
  return Array.from({ length: 40 }, (_, step) => {
    const [cosine, sine] = turnOf(9 * step);
    return [(x0 + x1) / 2 + ((x1 - x0) / 2) * cosine, (y0 + y1) / 2 + ((y1 - y0) / 2) * sine];
  });
}

/** @param {number[][]} corners @returns {{low: number[], high: number[]}} of x and y */
function boundsOf(corners) {
  const low = [Infinity, Infinity],
    high = [-Infinity, -Infinity];
  for (const corner of corners) {
    for (let axis = 0; axis < 2; axis++) {
      low[axis] = Math.min(low[axis], corner[axis]);
      high[axis] = Math.max(high[axis], corner[axis]);
    }
  }
  return { low, high };
}

/** @param {number[][]} corners @param {number} degrees @returns {number[][]} */
function turnedBy(corners, degrees) {
  const [cosine, sine] = turnOf(degrees);
  return corners.map(([x, y]) => [x * cosine - y * sine, x * sine + y * cosine]);
}

/** @param {Part[]} parts @returns {number[][]} corners of what is seen: a cut shows nothing */
const seenCorners = (parts) => parts.filter(({ role }) => role !== "cut").flatMap(cornersOf);

/**
 * @param {{role: string, corners: number[][]}[]} shapes in subpixels, later ones on top @param {number} side
 * @returns {Uint8Array} side x side labels
 */
function rasterize(shapes, side) {
  const labels = new Uint8Array(side * side);
  for (const { role, corners } of shapes) {
    const label = LABELS[role],
      { low, high } = boundsOf(corners);
    const first = Math.max(0, Math.ceil(low[1] - SAMPLE)),
      last = Math.min(side - 1, Math.floor(high[1] - SAMPLE));
    for (let row = first; row <= last; row++) {
      const crossed = crossings(corners, row + SAMPLE);
      for (let pair = 0; pair + 1 < crossed.length; pair += 2) {
        const from = Math.max(0, Math.ceil(crossed[pair].x - SAMPLE)),
          to = Math.min(side, Math.ceil(crossed[pair + 1].x - SAMPLE));
        if (from < to) labels.fill(label, row * side + from, row * side + to);
      }
    }
  }
  return labels;
}

/**
 * Where a ring crosses this height, from the left, and whether it does so upward or downward.
 * @param {number[][]} corners @param {number} y @returns {{x: number, turn: number}[]}
 */
export function crossings(corners, y) {
  const found = [];
  let [x0, y0] = corners[corners.length - 1];
  for (const [x1, y1] of corners) {
    if (y0 <= y !== y1 <= y) found.push({ x: x0 + ((y - y0) * (x1 - x0)) / (y1 - y0), turn: y1 > y0 ? 1 : -1 });
    [x0, y0] = [x1, y1];
  }
  return found.sort((one, other) => one.x - other.x);
}

/**
 * The scale at which a noun covers `area` of the box; a thin one stays within `extent`.
 * @param {Part[]} parts @param {Drawing} drawing @returns {number}
 */
export function sizeFactor(parts, { area, extent, max_turn: turn }) {
  const seen = seenCorners(parts),
    extents = [0, turn].map((angle) => {
      const { low, high } = boundsOf(turnedBy(seen, angle));
      return Math.max(high[0] - low[0], high[1] - low[1]);
    });
  const covered = drawUnscaled(parts, AREA_UNIT).reduce((sum, label) => sum + Number(label !== BACKGROUND), 0);
  return Math.min(Math.sqrt((area * AREA_UNIT * AREA_UNIT) / Math.max(1, covered)), extent / Math.max(...extents));
}

/** @param {Part[]} parts @param {number} unit @returns {Uint8Array} labels, 1.5 units on a side */
function drawUnscaled(parts, unit) {
  const shapes = parts.map((part) => ({
    role: part.role,
    corners: cornersOf(part).map(([x, y]) => [(x + SPARE) * unit, (y + SPARE) * unit]),
  }));
  return rasterize(shapes, (3 * unit) / 2);
}

/**
 * Parts of a noun in subpixels: turned, scaled to the common area, the noun in the middle.
 * @param {{parts: Part[], factor: number}} noun @param {{angle: number}} look @param {number} scale
 * @param {number} side subpixels of the box @param {Part[]} parts
 */
function placeParts(noun, look, scale, side, parts) {
  const factor = noun.factor * scale,
    { low, high } = boundsOf(turnedBy(seenCorners(noun.parts), look.angle)),
    shift = low.map((edge, axis) => 0.5 - ((edge + high[axis]) / 2) * factor);
  return parts.map((part) => ({
    role: part.role,
    corners: turnedBy(cornersOf(part), look.angle).map((corner) =>
      corner.map((number, axis) => (number * factor + shift[axis]) * side),
    ),
  }));
}

/**
 * Labels of the subpixels of a noun with its texture and outline.
 * @param {World} world @param {any} noun @param {Look} look @param {number} scale @param {number} side of the box
 * @returns {Uint8Array} side x side
 */
function drawLabels(world, noun, look, scale, side) {
  const labels = rasterize(placeParts(noun, look, scale, side, noun.parts), side);
  if (look.texture === "stripes") {
    const striped = stripes(world.description.stripes, look.angle, scale, side),
      rim = grow(
        maskOf(labels, (label) => label !== BODY),
        side,
        world.description.drawing.rim_width * scale * side,
      );
    labels.forEach((_, at) => {
      if (striped[at] && !rim[at]) labels[at] = ACCENT;
    });
  } else if (look.texture === "dots") {
    const dots = rasterize(placeParts(noun, look, scale, side, noun.dots), side);
    labels.forEach((label, at) => {
      if (dots[at] !== BACKGROUND && label === BODY) labels[at] = ACCENT;
    });
  }
  if (look.outline > 0) {
    // Light within and ink outside, so that one of them is visible.
    const shape = maskOf(labels, (label) => label !== BACKGROUND),
      width = look.outline * scale * side;
    for (const [label, reach] of [
      [INK, width],
      [LIGHT, width / 2],
    ]) {
      const ring = grow(shape, side, reach);
      ring.forEach((isRing, at) => {
        if (isRing && !shape[at]) labels[at] = label;
      });
    }
  }
  return labels;
}

/** @param {Uint8Array} labels @param {(label: number) => boolean} test @returns {Uint8Array} */
const maskOf = (labels, test) => labels.map((label) => Number(test(label)));

/**
 * @param {{period: number, share: number, slant: number}} pattern @param {number} angle @param {number} scale
 * @param {number} side @returns {Uint8Array}
 */
function stripes({ period, share, slant }, angle, scale, side) {
  const [cosine, sine] = turnOf(angle + slant),
    axis = Array.from({ length: side }, (_, at) => ((at + 0.5) / side - 0.5) / scale),
    mask = new Uint8Array(side * side);
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < side; column++, at++) {
      const across = axis[row] * cosine - axis[column] * sine;
      mask[at] = Number(across - period * Math.floor(across / period) < period * share);
    }
  }
  return mask;
}

/**
 * The shape and all points within the radius of it (a shape thicker than the radius).
 * @param {Uint8Array} shape side x side @param {number} side @param {number} radius @returns {Uint8Array}
 */
function grow(shape, side, radius) {
  const all = shape.slice();
  for (const [dx, dy] of circleOffsets(radius)) {
    const rows = [Math.max(0, -dy), Math.min(side, side - dy)],
      columns = [Math.max(0, -dx), Math.min(side, side - dx)];
    for (let row = rows[0]; row < rows[1]; row++) {
      const at = row * side,
        from = at + dy * side + dx;
      for (let column = columns[0]; column < columns[1]; column++) all[at + column] |= shape[from + column];
    }
  }
  return all;
}

/** @param {number} radius @returns {number[][]} whole offsets along the circle, so dense that copies leave no gap */
function circleOffsets(radius) {
  const steps = Math.ceil(2 * Math.PI * radius) + 4,
    offsets = new Map();
  for (let step = 0; step < steps; step++) {
    const [cosine, sine] = turnOf((360 * step) / steps),
      offset = [Math.round(radius * cosine), Math.round(radius * sine)];
    offsets.set(offset.join(), offset);
  }
  return [...offsets.values()];
}

/**
 * Whole dots on the body of a noun in loose rows from the top down, each in the room left by those before it.
 * @param {Part[]} parts @param {number} factor @param {{period: number, radius: number}} dots as shares of the side
 * @returns {Part[]}
 */
export function placeDots(parts, factor, { period, radius: share }) {
  const side = (3 * DOTS_UNIT) / 2,
    sketch = drawUnscaled(parts, DOTS_UNIT),
    radius = share / factor,
    reach = (period / factor) * DOTS_UNIT,
    /** @type {Part[]} */ dots = [];
  const rim = grow(
      maskOf(sketch, (label) => label !== BODY),
      side,
      0.95 * radius * DOTS_UNIT,
    ),
    details = grow(
      maskOf(sketch, (label) => label === INK || label === LIGHT),
      side,
      1.1 * radius * DOTS_UNIT,
    ),
    free = rim.map((isRim, at) => Number(!isRim && !details[at]));
  const rows = Math.max(1, Math.round((radius * DOTS_UNIT) / 4));
  for (let first = free.indexOf(1); first >= 0; first = free.indexOf(1, first - (first % side))) {
    const row = Math.floor(first / side),
      [x, y] = leftmost(free, side, row, rows);
    for (let down = 0, at = 0; down < side; down++) {
      for (let across = 0; across < side; across++, at++) {
        if ((down - y) * (down - y) + (across - x) * (across - x) <= reach * reach) free[at] = 0;
      }
    }
    const [middleX, middleY] = [x, y].map((coordinate) => (coordinate + 0.5) / DOTS_UNIT - SPARE);
    dots.push({ role: "light", box: [middleX - radius, middleY - radius, middleX + radius, middleY + radius] });
  }
  return dots;
}

/** The first free column of some rows, and its first free row. */
function leftmost(
  /** @type {Uint8Array} */ free,
  /** @type {number} */ side,
  /** @type {number} */ top,
  /** @type {number} */ rows,
) {
  for (let x = 0; x < side; x++) {
    for (let y = top; y < Math.min(side, top + rows); y++) if (free[y * side + x]) return [x, y];
  }
  throw new Error("No row has room.");
}

export class PartsAtlas {
  /** @param {World} world as `openWorld` of own_world.js makes it */
  constructor(world) {
    const { size, box, sides, trainedSides } = world.description.sprites;
    this.world = world;
    /** @type {number} the side of a picture in pixels */ this.size = size;
    /** @type {number} the box of the largest sprite in training */ this.box = box;
    /** @type {number[]} */ this.sides = sides;
    /** @type {number[]} */ this.trainedSides = trainedSides;
    /** @type {number} subpixels of a pixel and axis */ this.grid = world.description.drawing.subpixels;
    this.subpixels = this.grid * this.grid;
    /** @type {Map<string, Sprite>} */ this.drawn = new Map();
  }

  /**
   * @param {number} noun @param {Look} look @param {number} side in permille of the largest in training
   * @returns {Sprite} placed relative to the middle of the object
   */
  sprite(noun, look, side) {
    const key = `${noun} ${side} ${look.texture} ${look.outline} ${look.angle}`,
      cached = this.drawn.get(key);
    if (cached) return cached;
    const sprite = this.draw(noun, look, side);
    this.drawn.set(key, sprite);
    return sprite;
  }

  /** @param {number} noun @param {Look} look @param {number} side @returns {Sprite} */
  draw(noun, look, side) {
    // What is larger than the box is drawn in one of twice its side, about the same middle.
    const times = side > 1000 ? 2 : 1,
      pixels = this.box * times,
      labels = drawLabels(this.world, this.world.nouns[noun], look, side / 1000 / times, pixels * this.grid);
    return crop(countsOf(labels, pixels, this.grid), pixels, this.subpixels);
  }
}

/**
 * @param {Uint8Array} labels @param {number} pixels on a side @param {number} grid subpixels of a pixel and axis
 * @returns {Uint8Array} 4 planes: background to accent
 */
function countsOf(labels, pixels, grid) {
  const counts = new Uint8Array(4 * pixels * pixels),
    side = pixels * grid,
    /** The plane of each label; the body has the rest. */ planes = [0, 1, 2, -1, 3];
  for (let row = 0, at = 0; row < side; row++) {
    const line = Math.floor(row / grid) * pixels;
    for (let column = 0; column < side; column++, at++) {
      const plane = planes[labels[at]];
      if (plane >= 0) counts[plane * pixels * pixels + line + Math.floor(column / grid)]++;
    }
  }
  return counts;
}

/** @param {Uint8Array} counts @param {number} pixels @param {number} whole subpixels of a pixel @returns {Sprite} */
function crop(counts, pixels, whole) {
  let [top, left, bottom, right] = [pixels, pixels, 0, 0];
  for (let at = 0; at < pixels * pixels; at++) {
    if (counts[at] === whole) continue;
    const row = Math.floor(at / pixels),
      column = at % pixels;
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
    [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
  }
  const height = Math.max(0, bottom - top),
    width = Math.max(0, right - left),
    cropped = new Uint8Array(4 * height * width);
  for (let plane = 0; plane < 4; plane++) {
    for (let row = 0; row < height; row++) {
      const start = plane * pixels * pixels + (top + row) * pixels + left;
      cropped.set(counts.subarray(start, start + width), (plane * height + row) * width);
    }
  }
  const middle = pixels / 2;
  return { top: top - middle, left: left - middle, height, width, counts: cropped };
}
