/**
 * The scene that a person lays out, as data: pure functions from one state to the next.
 *
 *     let state = freshState(world);
 *     state = moved(state, 0, 20, 14);
 *     writeState(world, state)      // "submarine,yellow@20,14,1000;bus,blue@48,48,1000", for an address
 *
 * Places are in pixels of what a model sees, sides in permille of the largest object in training.
 */

/**
 * @typedef {import("../../engine/world.js").World} World
 * @typedef {{noun: number, values: number[], x: number, y: number, side: number}} SceneObject
 * @typedef {{objects: SceneObject[], chosen: number, named: number, typed: [string, string] | null}} SceneState
 *   `named` is the kind that the captions name; `typed` are captions of one's own, null for those of the scene
 */

export const MOST_OBJECTS = 4;
export const LEAST_OBJECTS = 2;
export const MOST_CAPTION = 300;
export const SIZE = 64;
export const LARGEST_SIDE = 1000;
const QUARTER = SIZE / 4;
/** First places of objects: top left, bottom right, top right, bottom left. */
const PLACES = [[QUARTER, QUARTER], [3 * QUARTER, 3 * QUARTER], [3 * QUARTER, QUARTER], [QUARTER, 3 * QUARTER]];

/** @param {World} world @returns {SceneState} the first two nouns in the second and the first value of the first kind */
export function freshState(world) {
  const objects = [0, 1].map((noun) => ({
    noun, values: world.kinds.map((_, k) => (k === 0 ? 1 - noun : 0)), x: PLACES[noun][0], y: PLACES[noun][1], side: LARGEST_SIDE,
  }));
  return { objects, chosen: 0, named: 0, typed: null };
}

/** @param {SceneState} state @param {number} place @param {Partial<SceneObject>} changes @returns {SceneState} */
export function withObject(state, place, changes) {
  return { ...state, objects: state.objects.map((object, o) => (o === place ? { ...object, ...changes } : object)) };
}

/** @param {SceneState} state @param {number} place @param {number} x @param {number} y @returns {SceneState} the middle stays in the picture */
export function moved(state, place, x, y) {
  const inside = (/** @type {number} */ value) => Math.max(0, Math.min(SIZE, value));
  return withObject(state, place, { x: inside(x), y: inside(y) });
}

/** @param {SceneState} state @param {number} place @param {number} kind @param {number} value @returns {SceneState} */
export function withValue(state, place, kind, value) {
  return withObject(state, place, { values: state.objects[place].values.map((old, k) => (k === kind ? value : old)) });
}

/** @param {World} world @param {SceneState} state @param {number} place @param {number} kind @returns {SceneState} */
export function withNextValue(world, state, place, kind) {
  return withValue(state, place, kind, (state.objects[place].values[kind] + 1) % world.numValues[kind]);
}

/** @param {World} world @param {SceneState} state @param {number} noun @returns {SceneState} with one more object, in a free quarter and a free value */
export function added(world, state, noun) {
  if (state.objects.length >= MOST_OBJECTS || state.objects.some((object) => object.noun === noun)) return state;
  const distance = (/** @type {number[]} */ [x, y]) => Math.min(...state.objects.map((o) => Math.hypot(o.x - x, o.y - y)));
  const [x, y] = PLACES.reduce((best, place) => (distance(place) > distance(best) ? place : best));
  const used = state.objects.map((object) => object.values[0]);
  const free = world.kinds[0].values.findIndex((_, value) => value > 1 && !used.includes(value));
  const values = world.kinds.map((_, k) => (k === 0 ? Math.max(0, free) : 0));
  const objects = [...state.objects, { noun, values, x, y, side: LARGEST_SIDE }];
  return { ...state, objects, chosen: objects.length - 1 };
}

/** @param {SceneState} state @param {number} place @returns {SceneState} */
export function removed(state, place) {
  if (state.objects.length <= LEAST_OBJECTS) return state;
  return { ...state, objects: state.objects.filter((_, o) => o !== place), chosen: 0 };
}

/** @param {SceneState} state @returns {SceneState} the two named objects in each other's place */
export function withPlacesSwapped(state) {
  const [a, b] = state.objects;
  return withObject(withObject(state, 0, { x: b.x, y: b.y }), 1, { x: a.x, y: a.y });
}

/** @param {SceneState} state @returns {SceneState} the two named objects with each other's value of the named kind */
export function withValuesSwapped(state) {
  const [a, b] = state.objects.map((object) => object.values[state.named]);
  return withValue(withValue(state, 0, state.named, b), 1, state.named, a);
}

/** @param {SceneState} state @returns {SceneState} */
export function withOneValue(state) {
  return withValue(state, 1, state.named, state.objects[0].values[state.named]);
}

/** @param {SceneState} state @returns {SceneState} */
export function overlapped(state) {
  return moved(moved(state, 0, 28, 28), 1, 36, 36);
}

/** @param {World} world @param {SceneState} state @returns {string} for an address */
export function writeState(world, state) {
  const objects = state.objects.map(({ noun, values, x, y, side }) => {
    const words = values.flatMap((value, k) => (value === 0 && k > 0 ? [] : [world.kinds[k].values[value].word]));
    return `${[world.nouns[noun].word, ...words].join(",")}@${[x, y, side].map(Math.round).join(",")}`;
  });
  return [...objects, ...(state.named ? [`named=${world.kinds[state.named].name}`] : [])].join(";");
}

/**
 * Read what `writeState` wrote; what does not fit is left out, as an address may come from anybody.
 * @param {World} world @param {string} text @returns {SceneState | null} null where no two objects are there
 */
export function readState(world, text) {
  /** @type {SceneObject[]} */
  const objects = [];
  let named = 0;
  for (const part of text.slice(0, 600).split(";")) {
    if (part.startsWith("named=")) {
      named = Math.max(0, world.kinds.findIndex((kind) => kind.name === part.slice("named=".length)));
      continue;
    }
    const object = readObject(world, part);
    if (object && objects.length < MOST_OBJECTS && !objects.some(({ noun }) => noun === object.noun)) objects.push(object);
  }
  return objects.length >= LEAST_OBJECTS ? { objects, chosen: 0, named, typed: null } : null;
}

/** @param {World} world @param {string} part @returns {SceneObject | null} */
function readObject(world, part) {
  const [what, where] = part.split("@"), [word, ...words] = (what ?? "").split(",");
  const noun = world.nouns.findIndex((each) => each.word === word), numbers = (where ?? "").split(",").map(Number);
  if (noun < 0 || numbers.length !== 3 || !numbers.every(Number.isFinite)) return null;
  const values = world.kinds.map((kind) => Math.max(0, kind.values.findIndex((value) => words.includes(value.word))));
  const inside = (/** @type {number} */ number, /** @type {number} */ most) => Math.max(0, Math.min(most, number));
  return { noun, values, x: inside(numbers[0], SIZE), y: inside(numbers[1], SIZE), side: inside(numbers[2], 1500) };
}
