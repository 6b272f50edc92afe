/**
 * The one grammar of captions, as `explorer.world.grammar`: from integers to words and token ids, and from text back.
 *
 *     grammar.text(caption)                               // "a red bus and a blue submarine"
 *     grammar.parse("a red bus and a blue submarine")     // the Caption that reads so; throws CaptionError otherwise
 *     new Grammar(world, "certain").text(caption)         // "a red bus and a certain submarine": the dial bare_word
 *
 *     caption = object ("and" object)*        object = ("a" | "an") value* noun
 */

/**
 * @typedef {import("./world.js").World} World
 * @typedef {import("./captions.js").Caption} Caption
 */

/** A text that the grammar does not read; the message says which word does not fit. */
export class CaptionError extends Error {}

const VOWELS = "aeiou",
  NO_BARE_WORD = "none";

export class Grammar {
  /** @param {World} world @param {string} [bareWord] what stands before a noun without values, none for nothing */
  constructor(world, bareWord) {
    this.world = world;
    /** @type {string[]} */ this.bare = bareWords(bareWord);
    /** @type {string[]} */ this.words = [...world.description.words, ...this.bare];
    /** @type {Map<string, number>} */ this.idOf = new Map(this.words.map((word, id) => [word, id]));
    /** @type {Map<string, [number, number]>} */ this.placeOf = new Map();
    world.kinds.forEach((kind, k) => kind.values.forEach((value, v) => this.placeOf.set(value.word, [k, v])));
    /** @type {Map<string, number>} */ this.nounOf = new Map(world.nouns.map((noun, i) => [noun.word, i]));
  }

  /** @param {Caption} caption @returns {string[]} its words */
  wordsOf(caption) {
    const { nouns, kinds } = this.world;
    return caption.nouns.flatMap((noun, index) => {
      if (noun < 0) return [];
      const named = caption.values[index].flatMap((value, k) => (value < 0 ? [] : [kinds[k].values[value].word]));
      const words = [...(named.length ? named : this.bare), nouns[noun].word];
      return [...(index ? ["and"] : []), articleOf(words[0]), ...words];
    });
  }

  /** @param {Caption} caption @returns {string} */
  text(caption) {
    return this.wordsOf(caption).join(" ");
  }

  /** @param {Caption} caption @returns {number[]} token ids with [BOS] and [EOS], 0 up to the context length */
  ids(caption) {
    const words = ["[BOS]", ...this.wordsOf(caption), "[EOS]"];
    const ids = words.map((word) => /** @type {number} */ (this.idOf.get(word)));
    return [...ids, ...new Array(this.world.description.context_length - ids.length).fill(0)];
  }

  /** @param {string} text @returns {Caption} */
  parse(text) {
    const parts = text
      .trim()
      .split(" and ")
      .map((part) => this.parseObject(part.split(/\s+/).filter(Boolean)));
    const most = this.world.description.most_objects,
      shown = JSON.stringify(text.slice(0, 40));
    if (parts.length > most) {
      throw new CaptionError(`caption=${shown}: names ${parts.length} objects, at most ${most} are read`);
    }
    const nouns = parts.map((part) => part.noun);
    const twice = nouns.find((noun, index) => nouns.indexOf(noun) < index);
    if (twice !== undefined) {
      throw new CaptionError(
        `caption=${shown}: names '${this.world.nouns[twice].word}' twice, each noun may occur once`,
      );
    }
    return { nouns, values: parts.map((part) => part.values) };
  }

  /** @param {string[]} words @returns {{noun: number, values: number[]}} */
  parseObject(words) {
    const shown = JSON.stringify(words.join(" ").slice(0, 40)),
      example = this.world.kinds[0].values[0].word;
    const noun = this.nounOf.get(words[words.length - 1]);
    if (words.length < 2 || !["a", "an"].includes(words[0]) || noun === undefined) {
      throw new CaptionError(`caption=${shown}: an object reads like 'a ${example} bus'`);
    }
    if (words[0] !== articleOf(words[1])) {
      throw new CaptionError(`caption=${shown}: '${words[0]}' does not go before '${words[1]}'`);
    }
    const values = this.world.kinds.map(() => -1);
    let last = -1;
    const told = words.slice(1, -1),
      isBare = told.length === 1 && told[0] === this.bare[0];
    for (const word of isBare ? [] : told) {
      const place = this.placeOf.get(word);
      if (place === undefined || place[0] <= last) {
        throw new CaptionError(`caption=${shown}: '${word}' is not a value that fits there`);
      }
      [last, values[place[0]]] = [place[0], place[1]];
    }
    return { noun, values };
  }
}

/** @param {string} [value] of the dial bare_word, which older specs lack @returns {string[]} the word, if any */
export function bareWords(value = NO_BARE_WORD) {
  return value === NO_BARE_WORD ? [] : [value];
}

/** @param {string} word @returns {string} */
function articleOf(word) {
  return VOWELS.includes(word[0]) ? "an" : "a";
}
