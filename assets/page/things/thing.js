// One thing: a word, its parts, and where they come from; the built-in ones as things, and worlds of several.
//
//   builtIn(noun)                 // {word, parts, from: "built"} of a noun of `things`
//   iconThings()                  // [{word, parts, from: "icon"}]
//   sceneWorld(loadedWorld, things)     // a World of these, to draw them; loadedWorld: engine.loadWorld("things")
//   drawPixels(world, objects)    // 3 x 64 x 64, what a model sees
//   endingOf(things, endings)     // {count, n, bound, low, high}: how such worlds ended that were trained beforehand

import { PartsAtlas } from "../../engine/atlas_from_parts.js";
import { renderObjects } from "../../engine/compositor.js";
import { describeOwn, openWorld } from "../../engine/own_world.js";
import { articleOf } from "../../engine/world.js";
import { contract } from "../contract.js";
import { TRAINED_SIDE } from "../drawing.js";
import { checkWorld } from "../own-document.js";
import { fillNames } from "../words.js";
import { ICONS } from "./icons.js";
import { clamp } from "../numbers.js";

/** Where the two things of a sample stand, in pixels of a scene. */
export const CORNERS = [
  [17, 17],
  [47, 47],
];
const CIRCLE = 16,
  STEPS = 1000;
const roundNumber = (number) => clamp(Math.round(number * STEPS) / STEPS, 0, 1);

/** Why something is no thing or no world, in the language of the page. @param {any} error a `WorldError` */
export const whyNot = ({ reason, values }) => fillNames(reason, values);

/** A noun of the built-in world; ellipses become polygons. */
export const builtIn = ({ word, parts }) => ({ word, parts: parts.map(polygonOf), from: "built" });

function polygonOf({ role, points, box }) {
  if (points) return { role, points: points.map((point) => point.map(roundNumber)) };
  const [x0, y0, x1, y1] = box,
    corners = x1 - x0 > 0.3 ? 2 * CIRCLE : CIRCLE;
  const turns = Array.from({ length: corners }, (_, step) => (2 * Math.PI * step) / corners);
  return {
    role,
    points: turns.map((turn) => [
      roundNumber((x0 + x1) / 2 + ((x1 - x0) / 2) * Math.cos(turn)),
      roundNumber((y0 + y1) / 2 + ((y1 - y0) / 2) * Math.sin(turn)),
    ]),
  };
}

export const iconThings = () =>
  ICONS.split("\n").map((line) => {
    const [word, parts] = line.split(": ");
    return { word, from: "icon", parts: parts.split("; ").map(iconPart) };
  });

function iconPart(text) {
  const [role, ...corners] = text.split(" ");
  return { role, points: corners.map((corner) => corner.split(",").map((each) => Number(each) / STEPS)) };
}

/** The things of tiles as a document. A person's own come first: the first pair and the first pictures are theirs. */
export function documentOf(things) {
  const isBuiltIn = ({ from }) => from === "built",
    ordered = [...things.filter((thing) => !isBuiltIn(thing)), ...things.filter(isBuiltIn)];
  return { nouns: ordered.map(({ word, parts }) => ({ word, parts })) };
}

/** {name, document}, null where there are too few; throws a `WorldError` where they are no world. */
export const worldOfThings = (things) =>
  things.length < contract.own_world.min_nouns ? null : checkWorld(documentOf(things));

/**
 * How worlds ended whose things come from where these do, of the next larger number that was trained; null where there
 * are none, as of things from a file. Built-in things are the easier ones, and say nothing alone.
 */
export function endingOf(things, endings) {
  const sources = new Set(things.map(({ from }) => from).filter((from) => from !== "built")),
    found = [...sources].map((from) => endings[from] ?? {}),
    [count] = Object.keys(found[0] ?? {})
      .map(Number)
      .filter((each) => each >= things.length && found.every((ended) => ended[each]))
      .sort((one, other) => one - other);
  if (!count) return null;
  const ends = found.map((each) => each[count]);
  const sum = (name) => ends.reduce((all, each) => all + each[name], 0);
  return {
    count,
    n: sum("n"),
    bound: sum("bound"),
    low: Math.min(...ends.map(({ low }) => low)),
    high: Math.max(...ends.map(({ high }) => high)),
  };
}

/** A world of any number of things, named or not, which is drawn and not trained on. */
export const sceneWorld = (loadedWorld, things) => openWorld(describeOwn(loadedWorld, { nouns: things }, "own-shown"));

/** What a model sees of objects. */
export const drawPixels = (world, objects) => renderObjects(world, new PartsAtlas(world), objects);

/** An object of a thing by its number: a color, and the middle in pixels. */
export const objectOf = (world, noun, color, [x, y], side = TRAINED_SIDE) => ({
  noun,
  values: world.kinds.map((_, kind) => (kind === 0 ? color : 0)),
  x,
  y,
  side,
});

/** Words of a caption of two things, each in its color. */
export function captionOf(pair, colors) {
  return pair.flatMap(({ word, color }, index) => {
    const { word: text, fill } = colors[color];
    return [
      ...(index ? [{ text: "and" }] : []),
      { text: articleOf(text) },
      { text, kind: "color", color: fill },
      { text: word },
    ];
  });
}
