// The scene that a person lays out, as data: pure functions from one state to the next.
//
//   let state = freshState(world);
//   state = withMove(state, 0, 20, 14);
//   writeState(world, state)      // "submarine,yellow@20,14,1000;bus,blue@48,48,1000", for an address
//
// A state is {objects: [{noun, values, x, y, side}], chosen, toldKind, typed}: positions in pixels of what a model
// sees, sides in permille of the largest object in training; `toldKind` is the kind that the captions tell, `typed` are
// captions of one's own, null for those of the scene.

import { contract } from "../contract.js";
import { CANVAS_PIXELS, TRAINED_SIDE } from "../drawing.js";
import { clamp } from "../numbers.js";

const QUARTER = CANVAS_PIXELS / 4;
/** First positions of objects: top left, bottom right, top right, bottom left. */
const START_POSITIONS = [
  [QUARTER, QUARTER],
  [3 * QUARTER, 3 * QUARTER],
  [3 * QUARTER, QUARTER],
  [QUARTER, 3 * QUARTER],
];

/** The first two nouns, in the second and the first value of the first kind. */
export function freshState(world) {
  const objects = [0, 1].map((noun) => ({
    noun,
    values: world.kinds.map((_, k) => (k === 0 ? 1 - noun : 0)),
    x: START_POSITIONS[noun][0],
    y: START_POSITIONS[noun][1],
    side: TRAINED_SIDE,
  }));
  return { objects, chosen: 0, toldKind: 0, typed: null };
}

export const withObject = (state, index, changes) => ({
  ...state,
  objects: state.objects.map((object, o) => (o === index ? { ...object, ...changes } : object)),
});

/** The middle stays in the picture. */
export const withMove = (state, index, x, y) =>
  withObject(state, index, { x: clamp(x, 0, CANVAS_PIXELS), y: clamp(y, 0, CANVAS_PIXELS) });

export const withValue = (state, index, kind, value) =>
  withObject(state, index, { values: state.objects[index].values.map((old, k) => (k === kind ? value : old)) });

export const withNextValue = (world, state, index, kind) =>
  withValue(state, index, kind, (state.objects[index].values[kind] + 1) % world.numValues[kind]);

/** With one more object, in a free quarter and a free value. */
export function withNewObject(world, state, noun) {
  if (state.objects.length >= contract.own_scene.max_objects || state.objects.some((object) => object.noun === noun))
    return state;
  const distance = ([x, y]) => Math.min(...state.objects.map((o) => Math.hypot(o.x - x, o.y - y)));
  const [x, y] = START_POSITIONS.reduce((best, corner) => (distance(corner) > distance(best) ? corner : best)),
    used = state.objects.map((object) => object.values[0]);
  const free = world.kinds[0].values.findIndex((_, value) => value > 1 && !used.includes(value));
  const objects = [
    ...state.objects,
    { noun, values: world.kinds.map((_, k) => (k === 0 ? Math.max(0, free) : 0)), x, y, side: TRAINED_SIDE },
  ];
  return { ...state, objects, chosen: objects.length - 1 };
}

export const withoutObject = (state, index) =>
  state.objects.length <= contract.own_scene.min_objects
    ? state
    : { ...state, objects: state.objects.filter((_, o) => o !== index), chosen: 0 };

/** The two named objects with their positions exchanged. */
export function withPositionsSwapped(state) {
  const [a, b] = state.objects;
  return withObject(withObject(state, 0, { x: b.x, y: b.y }), 1, { x: a.x, y: a.y });
}

/** The two named objects with each other's value of the told kind. */
export function withValuesSwapped(state) {
  const [a, b] = state.objects.map((object) => object.values[state.toldKind]);
  return withValue(withValue(state, 0, state.toldKind, b), 1, state.toldKind, a);
}

export const withOneValue = (state) => withValue(state, 1, state.toldKind, state.objects[0].values[state.toldKind]);

export const withOverlap = (state) => withMove(withMove(state, 0, 28, 28), 1, 36, 36);

export function writeState(world, state) {
  const objects = state.objects.map(({ noun, values, x, y, side }) => {
    const words = values.flatMap((value, k) => (value === 0 && k > 0 ? [] : [world.kinds[k].values[value].word]));
    return `${[world.nouns[noun].word, ...words].join(",")}@${[x, y, side].map(Math.round).join(",")}`;
  });
  return [...objects, ...(state.toldKind ? [`named=${world.kinds[state.toldKind].name}`] : [])].join(";");
}

/**
 * Read what `writeState` wrote; what does not fit is left out, as an address may come from anybody. Null below two
 * objects.
 */
export function readState(world, text) {
  const objects = [];
  let toldKind = 0;
  for (const part of text.slice(0, contract.own_scene.text).split(";")) {
    if (part.startsWith("named="))
      toldKind = Math.max(
        0,
        world.kinds.findIndex((kind) => kind.name === part.slice("named=".length)),
      );
    const object = readObject(world, part);
    if (object && objects.length < contract.own_scene.max_objects && !objects.some(({ noun }) => noun === object.noun))
      objects.push(object);
  }
  return objects.length >= contract.own_scene.min_objects ? { objects, chosen: 0, toldKind, typed: null } : null;
}

function readObject(world, part) {
  const [what, where = ""] = part.split("@"),
    [word, ...words] = what.split(","),
    numbers = where.split(",").map(Number);
  const noun = world.nouns.findIndex((each) => each.word === word),
    [x, y, side] = numbers;
  if (noun < 0 || numbers.length !== 3 || !numbers.every(Number.isFinite)) return null;
  const values = world.kinds.map((kind) =>
    Math.max(
      0,
      kind.values.findIndex((value) => words.includes(value.word)),
    ),
  );
  return {
    noun,
    values,
    x: clamp(x, 0, CANVAS_PIXELS),
    y: clamp(y, 0, CANVAS_PIXELS),
    side: clamp(side, 0, contract.own_scene.side),
  };
}
