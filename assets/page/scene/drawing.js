/**
 * An object as SVG, from the parts of its noun and the look of its values, as smooth as the screen is.
 *
 *     drawObject(world, { noun, values, x, y, side }, 28, "o1")      // an SVGGElement in pixels of the picture
 *
 * The server's sprites are drawn from the same parts (`explorer.world.sprites`); models get those, not this.
 */

/**
 * @typedef {import("../../engine/world.js").World} World
 * @typedef {import("../../engine/world.js").Part} Part
 * @typedef {import("../../engine/world.js").Look} Look
 * @typedef {import("./state.js").SceneObject} SceneObject
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag @param {Record<string, string | number>} [attributes] @param {Node[]} [children]
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, children = []) {
  const node = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @param {number} level */
const gray = (level) => `rgb(${level} ${level} ${level})`;

/**
 * @param {World} world @param {SceneObject} object @param {number} box pixels of the largest object in training
 * @param {string} id unique in the document
 * @returns {SVGElement}
 */
export function drawObject(world, { noun: number, values, x, y, side }, box, id) {
  const noun = world.nouns[number], look = world.lookOf(values), scale = (box * side) / 1000;
  const [cx, cy] = middleOf(noun.parts, look.angle);
  const turned = `translate(${x} ${y}) scale(${scale * noun.factor}) translate(${-cx} ${-cy}) rotate(${look.angle})`;
  const colors = { body: `rgb(${look.fill.join(" ")})`, ink: gray(world.grays.ink), light: gray(world.grays.light) };
  const layers = [];
  if (look.outline > 0) layers.push(...ringOf(noun.parts, look.outline / noun.factor, colors));
  layers.push(...partsOf(noun.parts, colors, `${id}-cut`));
  const group = svg("g", {}, [svg("g", { transform: turned }, layers)]);
  if (look.texture !== "none") group.append(...textureOf(world, noun, look, { turned, id, x, y, scale }));
  return group;
}

/**
 * The shapes in their order; what a cut removes lies behind a mask, as a cut is no paint.
 * @param {Part[]} parts @param {Record<string, string>} colors @param {string} id
 * @returns {SVGElement[]}
 */
function partsOf(parts, colors, id) {
  /** @type {SVGElement[]} */ let drawn = [];
  const cuts = parts.filter((part) => part.role === "cut");
  if (cuts.length === 0) return parts.map((part) => shapeOf(part, colors[part.role]));
  const last = parts.lastIndexOf(cuts[cuts.length - 1]);
  const mask = svg("mask", { id, maskUnits: "userSpaceOnUse", x: -1, y: -1, width: 3, height: 3 },
    [svg("rect", { x: -1, y: -1, width: 3, height: 3, fill: "white" }), ...cuts.map((part) => shapeOf(part, "black"))]);
  const before = parts.slice(0, last).filter((part) => part.role !== "cut").map((part) => shapeOf(part, colors[part.role]));
  drawn = [mask, svg("g", { mask: `url(#${id})` }, before)];
  return [...drawn, ...parts.slice(last + 1).map((part) => shapeOf(part, colors[part.role]))];
}

/** @param {Part} part @param {string} fill @returns {SVGElement} in the unit square */
function shapeOf(part, fill) {
  if (part.points) return svg("polygon", { points: part.points.map((point) => point.join(",")).join(" "), fill });
  const [x0, y0, x1, y1] = /** @type {number[]} */ (part.box);
  return svg("ellipse", { cx: (x0 + x1) / 2, cy: (y0 + y1) / 2, rx: (x1 - x0) / 2, ry: (y1 - y0) / 2, fill });
}

/** @param {Part[]} parts @param {number} width of the ring @param {Record<string, string>} colors @returns {SVGElement[]} ink around light */
function ringOf(parts, width, colors) {
  const shapes = parts.filter((part) => part.role !== "cut");
  return [[colors.ink, 2 * width], [colors.light, width]].map(([stroke, reach]) => svg("g",
    { stroke, "stroke-width": reach, "stroke-linejoin": "round" }, shapes.map((part) => shapeOf(part, String(stroke)))));
}

/**
 * Stripes or dots in the accent, on what is body and nothing else.
 * @param {World} world @param {import("../../engine/world.js").Noun} noun @param {Look} look
 * @param {{turned: string, id: string, x: number, y: number, scale: number}} place
 * @returns {SVGElement[]}
 */
function textureOf(world, noun, look, { turned, id, x, y, scale }) {
  const fill = gray(look.accent), mask = `${id}-body`;
  const shapes = noun.parts.map((part) => shapeOf(part, part.role === "body" ? "white" : "black"));
  const body = svg("mask", { id: mask, maskUnits: "userSpaceOnUse", x: x - scale, y: y - scale, width: 2 * scale, height: 2 * scale },
    [svg("g", { transform: turned }, shapes)]);
  const painted = look.texture === "dots"
    ? svg("g", { transform: turned }, noun.dots.map((dot) => shapeOf(dot, fill)))
    : svg("g", { transform: `translate(${x} ${y}) scale(${scale}) rotate(${look.angle + world.description.stripes.slant})` },
      stripesOf(world.description.stripes, fill));
  return [body, svg("g", { mask: `url(#${mask})` }, [painted])];
}

/** @param {{period: number, share: number}} stripes @param {string} fill @returns {SVGElement[]} bands around the middle */
function stripesOf({ period, share }, fill) {
  const count = Math.ceil(1 / period);
  return Array.from({ length: 2 * count }, (_, place) =>
    svg("rect", { x: -1, y: (place - count) * period, width: 2, height: period * share, fill }));
}

/**
 * The middle of the noun's box once it is turned; cuts have no say.
 * @param {Part[]} parts @param {number} angle in degrees @returns {[number, number]}
 */
function middleOf(parts, angle) {
  const turn = (angle * Math.PI) / 180, cos = Math.cos(turn), sin = Math.sin(turn);
  const points = parts.filter((part) => part.role !== "cut").flatMap((part) => part.points ?? ringPoints(/** @type {number[]} */ (part.box)));
  const xs = points.map(([x, y]) => x * cos - y * sin), ys = points.map(([x, y]) => x * sin + y * cos);
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
}

/** @param {number[]} box @returns {number[][]} corners of the polygon that the server draws an ellipse with */
function ringPoints([x0, y0, x1, y1]) {
  return Array.from({ length: 40 }, (_, step) => (step * 2 * Math.PI) / 40)
    .map((turn) => [(x0 + x1) / 2 + (Math.cos(turn) * (x1 - x0)) / 2, (y0 + y1) / 2 + (Math.sin(turn) * (y1 - y0)) / 2]);
}
