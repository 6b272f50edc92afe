// Documents of worlds of one's own, as `explorer.world.own`: nouns as parts, checked, in one canonical form, named by
// its digest.
//
//   const { name, text, document } = checkWorld(JSON.parse(typed));      // throws WorldError, a sentence

import { sha256 } from "../engine/sha256.js";
import { contract } from "./contract.js";

/**
 * @typedef {import("../engine/own_world.js").WorldDocument} WorldDocument
 * @typedef {import("../engine/own_world.js").OwnNoun} OwnNoun
 * @typedef {import("../engine/own_world.js").OwnPart} OwnPart
 */

/** Points of a thing that is made to fit in any world; one alone may have more. */
export const maxNounPoints = () => Math.floor(contract.own_world.points / contract.own_world.max_nouns);

const SIGNS = /^[\p{L}\p{M}]*$/u,
  LETTER_FIRST = /^\p{L}/u,
  INVISIBLE = /\p{Default_Ignorable_Code_Point}/u,
  MARKS = /[\p{Mn}\p{Me}]+/gu;

/** A document that is no world; `field` says where, `reason` what is allowed, with {names} in place of `values`. */
export class WorldError extends Error {
  /** @param {string} field @param {string} reason @param {Record<string, string | number>} values */
  constructor(field, reason, values = {}) {
    super(`${field}: ${reason.replace(/\{(\w+)\}/g, (_, name) => String(values[name]))}`);
    this.field = field;
    this.reason = reason;
    this.values = values;
  }
}

/** A document of a later form, which holds more than this one knows. */
export class NewerWorldError extends WorldError {
  constructor() {
    super("world", 'holds more than the list "nouns", so a newer version wrote it; update this one');
  }
}

/**
 * @param {Uint8Array} bytes of a file @param {number} least things that it holds
 * @returns {ReturnType<typeof checkWorld>}
 */
export function readWorld(bytes, least = contract.own_world.min_nouns) {
  if (bytes.length > contract.own_world.file_bytes)
    throw new WorldError("world", "a file of a world has at most {most} bytes", {
      most: contract.own_world.file_bytes,
    });
  let document;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const isDeep = error instanceof RangeError;
    throw new WorldError("world", isDeep ? "is nested too deep" : "is not JSON");
  }
  return checkWorld(document, least);
}

/**
 * @param {any} document @param {number} least things that it holds: fewer than a world has may be on somebody's tiles
 * @returns {{name: string, text: string, document: WorldDocument}} its name, its canonical text, and what that says
 */
export function checkWorld(document, least = contract.own_world.min_nouns) {
  const nouns = document?.constructor === Object && Object.hasOwn(document, "nouns") ? document.nouns : null;
  if (!Array.isArray(nouns)) throw new WorldError("world", 'give an object with the list "nouns" alone');
  if (!hasKeys(document, ["nouns"])) throw new NewerWorldError();
  if (nouns.length < least || nouns.length > contract.own_world.max_nouns)
    throw new WorldError("nouns", "a world has {least} to {most} things", {
      least: contract.own_world.min_nouns,
      most: contract.own_world.max_nouns,
    });
  // Counted before a number is read: a million points cost no more than their length.
  if (countPoints(nouns) > contract.own_world.points)
    throw new WorldError("points", "a world has at most {most} points", { most: contract.own_world.points });
  const checked = nouns.map((noun, index) => checkNoun(noun, `nouns[${index}]`)),
    words = checked.map((noun) => noun.word),
    twice = words.findIndex((word, index) => words.indexOf(word) < index);
  if (twice >= 0) throw new WorldError(`nouns[${twice}].word`, "is already the name of another thing");
  const text = JSON.stringify({ nouns: checked }),
    bytes = new TextEncoder().encode(text);
  if (bytes.length > contract.own_world.bytes)
    throw new WorldError("world", "a world has at most {most} bytes", { most: contract.own_world.bytes });
  return { name: `own-${sha256(bytes).slice(0, 16)}`, text, document: { nouns: checked } };
}

/** @param {any} nouns @returns {number} of what stands in the place of points, whatever it is */
function countPoints(nouns) {
  const parts = nouns.flatMap((/** @type {any} */ noun) => (Array.isArray(noun?.parts) ? noun.parts : []));
  return parts.reduce(
    (/** @type {number} */ sum, /** @type {any} */ part) =>
      sum + (Array.isArray(part?.points) ? part.points.length : 0),
    0,
  );
}

/** @param {any} record @param {string[]} names @returns {boolean} */
function hasKeys(record, names) {
  if (record?.constructor !== Object) return false;
  return Object.keys(record).length === names.length && names.every((name) => Object.hasOwn(record, name));
}

/**
 * The noun with its keys in their order, which is that of the letters.
 * @param {any} noun @param {string} field @returns {OwnNoun}
 */
export function checkNoun(noun, field) {
  if (!hasKeys(noun, ["word", "parts"])) throw new WorldError(field, "give an object with word and parts alone");
  checkWord(noun.word, `${field}.word`);
  if (!Array.isArray(noun.parts) || noun.parts.length < 1 || noun.parts.length > contract.own_world.noun_parts)
    throw new WorldError(`${field}.parts`, "a thing has 1 to {most} parts", { most: contract.own_world.noun_parts });
  const parts = noun.parts.map((/** @type {any} */ part, /** @type {number} */ index) =>
    checkPart(part, `${field}.parts[${index}]`),
  );
  const { body_area: minArea, steps } = contract.own_world,
    bodies = parts.filter((/** @type {OwnPart} */ part) => part.role === "body").map(doubleArea);
  if (Math.max(0, ...bodies) < 2 * minArea * steps * steps)
    throw new WorldError(field, "has no body to take the color; draw a larger one");
  if (isBodyHidden(parts))
    throw new WorldError(field, "shows nothing of its body, which other parts cover; move or remove them");
  return { parts, word: noun.word };
}

/** @param {any} part @param {string} field @returns {OwnPart} */
function checkPart(part, field) {
  const { roles, steps } = contract.own_world;
  if (!hasKeys(part, ["role", "points"])) throw new WorldError(field, "give an object with role and points alone");
  if (!roles.includes(part.role))
    throw new WorldError(`${field}.role`, "choose {choices}", { choices: roles.join(" or ") });
  if (!Array.isArray(part.points) || part.points.length < 3)
    throw new WorldError(`${field}.points`, "give a list of at least three points");
  const points = part.points.map((/** @type {any} */ point, /** @type {number} */ index) => {
    const where = `${field}.points[${index}]`;
    if (!Array.isArray(point) || point.length !== 2) throw new WorldError(where, "give two numbers, x and y");
    if (!point.every((number) => typeof number === "number" && number >= 0 && number <= 1))
      throw new WorldError(where, "give numbers from 0 to 1");
    return point.map((number) => Math.floor(number * steps + 0.5) / steps);
  });
  return { points, role: part.role };
}

/** @param {OwnPart} part @returns {number[][]} its corners in smallest steps */
function cornersOf({ points }) {
  const { steps } = contract.own_world;
  return points.map((point) => point.map((number) => Math.round(number * steps)));
}

/**
 * Twice the area that the corners of a part enclose, in squares of the smallest step: a whole number.
 * @param {OwnPart} part @returns {number}
 */
function doubleArea(part) {
  const corners = cornersOf(part);
  const sum = corners.reduce((total, [x, y], index) => {
    const [nextX, nextY] = corners[(index + 1) % corners.length];
    return total + x * nextY - nextX * y;
  }, 0);
  return Math.abs(sum);
}

/**
 * Whether bodies cover points of a grid, and later parts cover each of them.
 * @param {OwnPart[]} parts @returns {boolean}
 */
function isBodyHidden(parts) {
  const { body_grid: side, steps } = contract.own_world,
    units = parts.map((part) => cornersOf(part).map((corner) => corner.map((number) => number * 2 * side)));
  let isBody = false;
  for (let cell = 0; cell < side * side; cell++) {
    const x = steps * (2 * (cell % side) + 1),
      y = steps * (2 * Math.floor(cell / side) + 1),
      roles = parts.filter((_, index) => isInside(units[index], x, y)).map((part) => part.role);
    if (roles.at(-1) === "body") return false;
    isBody ||= roles.includes("body");
  }
  return isBody;
}

/**
 * By the even-odd rule, in units in which each product is exact here and in Python.
 * @param {number[][]} corners @param {number} x @param {number} y @returns {boolean}
 */
function isInside(corners, x, y) {
  let inside = false;
  corners.forEach(([x0, y0], index) => {
    const [x1, y1] = corners[(index + 1) % corners.length];
    if (y0 > y === y1 > y) return;
    const side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0);
    if (side > 0 === y1 > y0) inside = !inside;
  });
  return inside;
}

/** @type {Set<string>} words of captions, which no thing may have */ const captionWords = new Set();

/** Reserve what captions say beside nouns. @param {any} description of the built-in world */
export function reserveWords({ words, more_words: more, nouns }) {
  const isNoun = new Set(nouns.map(({ word }) => word));
  for (const word of [...words, ...more]) if (!isNoun.has(word)) captionWords.add(word);
}

/** @param {any} word @param {string} field; throws where captions cannot hold the word */
export function checkWord(word, field) {
  /** @param {string} reason */
  const refuse = (reason, most = contract.own_world.word_signs) => {
    throw new WorldError(field, reason, { most });
  };
  if (typeof word !== "string" || !word) refuse("give each thing a name");
  if ([...word].length > contract.own_world.word_signs) refuse("a name has at most {most} letters");
  if (!SIGNS.test(word) || INVISIBLE.test(word)) refuse("a name is one word of letters: no spaces, digits or signs");
  if (!LETTER_FIRST.test(word)) refuse("a name begins with a letter");
  if ((word.match(MARKS) ?? []).some((run) => [...run].length > contract.name.marks))
    refuse("a letter has at most {most} marks above and below it", contract.name.marks);
  if (word.normalize("NFC") !== word) refuse("a name is written in the composed form of Unicode, NFC");
  if (word !== word.toLowerCase()) refuse("a name is lowercase");
  if (captionWords.has(word)) refuse("is a word of the captions already; choose another name");
}
