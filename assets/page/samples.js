// Samples of the dialed data: three scenes with marked captions, what 24 captions tell, and the rates of one batch.
//
//   const samples = new Samples(engine, ask);
//   // {start, caption_levels: {levels, counts}, cards: [{image, alt, words, untold, trick, no_trick}]}
//   await samples.cards(values, 0, { data, isDrawn, request })
//   // {rates: ["12 % only repeat another caption."], pairs: 256}
//   await samples.batch(values, { data, isDrawn, request })
//
// They are the first scenes of the train stream. What the engine cannot draw, worlds of pictures and what rows of dials
// leave to the server, is asked for: `ask(view, values)`. The swapped caption is the trick question of the evaluation
// and no part of the data.

import { loadOnce } from "../engine/once.js";
import { worldFrom } from "../engine/world.js";
import { CANVAS_PIXELS, pictureOf, TRAINED_SIDE } from "./drawing.js";
import { general } from "./numbers.js";
import { say } from "./words.js";

/** Samples that are shown at once. */
export const NUM_CARDS = 3;
const NUM_CAPTIONS = 24,
  MAX_RATE_PAIRS = 512,
  SAMPLE_PIXELS = 128,
  CAPTION_LEVELS = 3,
  NUM_THINGS = 4,
  THING_PIXELS = 58,
  THUMB_PIXELS = 48;

export class Samples {
  constructor(engine, ask) {
    this.engine = engine;
    this.ask = ask;
    this.worlds = new Map();
  }

  /** The world that the engine draws, with the words of its values. */
  world(name) {
    return loadOnce(this.worlds, name, async () => {
      const { description, box } = await this.engine.loadWorld(name);
      return new CaptionMarker(await worldFrom(description), box);
    });
  }

  /** The things of a world that the engine draws: their words, and the first ones in colors; null for any other. */
  async things(name, isDrawn) {
    if (!isDrawn) return null;
    const { world, box } = await this.world(name);
    const drawn = world.nouns.slice(0, NUM_THINGS).map((_, noun) => {
      const values = world.kinds.map((kind, k) => (k ? 0 : noun % kind.values.length));
      return pictureOf(
        world,
        [{ noun, values, x: CANVAS_PIXELS / 2, y: CANVAS_PIXELS / 2, side: TRAINED_SIDE * (THING_PIXELS / box) }],
        box,
        THUMB_PIXELS,
      );
    });
    return { words: world.nouns.map(({ word }) => word), pictures: drawn };
  }

  async cards(values, start, { data, isDrawn, request }) {
    if (!isDrawn) return this.ask("samples", { ...request, start });
    const marker = await this.world(values.world);
    const drawn = await this.engine.draw({
      world: values.world,
      data,
      seed: values.seed,
      stream: "train",
      first: 0,
      count: NUM_CAPTIONS,
      pixels: false,
    });
    const levels = drawn.map(({ caption }) => marker.level(caption));
    const shown = Array.from({ length: NUM_CARDS }, (_, index) => drawn[(start + index) % NUM_CAPTIONS]);
    return {
      start: start % NUM_CAPTIONS,
      caption_levels: {
        levels,
        counts: Array.from({ length: CAPTION_LEVELS }, (_, level) => levels.filter((each) => each === level).length),
      },
      cards: shown.map((each) => marker.card(each)),
    };
  }

  async batch(values, { data, isDrawn, request }) {
    if (!isDrawn) return inSentences(values, await this.ask("facts", request));
    await this.world(values.world);
    const count = Math.min(MAX_RATE_PAIRS, values.batch_size);
    const drawn = await this.engine.pairs({
      world: values.world,
      data,
      seed: values.seed,
      stream: "train",
      first: 0,
      count,
      hardNegatives: values.hard_negatives,
      check: values.hard_negative_check,
    });
    return inSentences(values, { pairs: count, rates: { ...drawn.rates, swappable: drawn.swappable } });
  }
}

function inSentences(values, { pairs, rates }) {
  const part = (name) => `${general(100 * rates[name], 3)} %`;
  const sentences = [
    say`${part("swappable")} of its captions have a swap.`,
    say`${part("duplicate_captions")} only repeat another caption.`,
    say`${part("false_negatives")} of the pairs of an image with another image's caption are true too.`,
  ];
  if (values.hard_negatives)
    sentences.push(
      say`${part("hard_negatives")} of its images get a swapped caption as a negative.`,
      say`${part("hard_negatives_true")} of those are true of their own image.`,
    );
  return { rates: sentences, pairs };
}

/** What words of captions say, in one world. */
export class CaptionMarker {
  constructor(world, box) {
    this.world = world;
    this.box = box;
    this.valueByWord = new Map(
      world.kinds.flatMap((kind) =>
        kind.values.map(({ word, paints }) => [
          word,
          { kind: kind.name, color: paints.fill ? hex(paints.fill) : null },
        ]),
      ),
    );
  }

  /** Words by the object that they speak of. */
  parts(text) {
    const parts = [[]];
    for (const word of text.split(" ")) {
      if (word === "and") parts.push([]);
      parts.at(-1).push({ text: word, kind: null, color: null, ...this.valueByWord.get(word), moved: false });
    }
    return parts;
  }

  /** How many objects have a told attribute; two stands for more as well. */
  level(caption) {
    return Math.min(CAPTION_LEVELS - 1, this.parts(caption).filter((part) => part.some((word) => word.kind)).length);
  }

  /** The words of a caption; those that the other caption gives to another object are moved. */
  words(text, other) {
    const others = other ? this.parts(other) : [],
      valueOf = (part, kind) => part?.find((word) => word.kind === kind)?.text;
    return this.parts(text).flatMap((part, index) =>
      part.map((word) => ({
        ...word,
        moved: Boolean(other && word.kind) && valueOf(others[index], word.kind) !== word.text,
      })),
    );
  }

  card({ caption, swapped, no_swap: reason, objects }) {
    const named = caption.split(" ");
    const untold = objects
      .filter(({ noun }) => !named.includes(this.world.nouns[noun].word))
      .map(({ x, y, side }) => {
        const size = (this.box * side) / TRAINED_SIDE / CANVAS_PIXELS;
        return [x / CANVAS_PIXELS - size / 2, y / CANVAS_PIXELS - size / 2, size, size];
      });
    return {
      image: this.picture(objects),
      alt: caption,
      words: this.words(caption, swapped),
      untold,
      trick: swapped && this.words(swapped, caption),
      no_trick: reason,
    };
  }

  /** A scene that was asked, as the view `inspect_steps` has it. */
  inspectedScene(scene) {
    const { image, words, trick, no_trick: reason } = this.card(scene);
    return { picture: image, seen: image, pixels: scene.pixels, words, swapped: trick, no_swap: reason };
  }

  /** A scene as the view `scenes` has it; objects in their order, with what the caption names of them. */
  record({ caption, swapped, replaced, reordered, objects }, size) {
    const words = caption.split(" "),
      named = (noun) => words.indexOf(this.world.nouns[noun].word);
    const mentioned = objects
      .map((_, index) => index)
      .filter((index) => named(objects[index].noun) >= 0)
      .sort((one, other) => named(objects[one].noun) - named(objects[other].noun));
    const valuesOf = (values) =>
      Object.fromEntries(this.world.kinds.map((kind, index) => [kind.name, kind.values[values[index]].word]));
    return {
      image: this.picture(objects, size),
      caption,
      swapped_caption: swapped,
      replaced_caption: replaced,
      reordered_caption: reordered,
      mentioned,
      objects: objects.map(({ noun, values }) => ({ noun: this.world.nouns[noun].word, values: valuesOf(values) })),
    };
  }

  picture(objects, size = SAMPLE_PIXELS) {
    return pictureOf(this.world, objects, this.box, size);
  }
}

const hex = (levels) => `#${levels.map((level) => level.toString(16).padStart(2, "0")).join("")}`;
