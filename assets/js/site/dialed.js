/**
 * What the first column of the Workbench shows for dials, made in the browser: words, bounds, samples, rates.
 *
 *     const dialed = new Dialed(data, engine, world, facts);
 *     await dialed.state({ preset: "salient", values: {}, moved: "", seq: 1, start: 0 })      // what dials.js draws
 *
 * The words are those of `explorer.pages.shared.dial_values` and `dialed`; the scenes are the server's.
 */

import { drawObject, svg } from "../scene/drawing.js";
import { SIZE } from "../scene/state.js";

const CAPTIONS = 24;
const CARDS = 3;
/** Pairs of a batch whose rates are told: every caption is compared with every picture. */
const PAIRS = 256;
const NUMBERS = ["no", "one", "two", "three", "four", "five"];
/** Dials that make no other recipe. */
const NOT_DATA = ["seed", "init"];

/** @param {number} value @returns {string} as Python's :g writes it */
const short = (value) => String(Number(value.toPrecision(6)));

export class Dialed {
  /** @param {any} data of the page @param {any} engine @param {any} world @param {any} facts of the atlas */
  constructor(data, engine, world, facts) {
    Object.assign(this, { data, engine, world, facts });
    this.colors = new Map(world.kinds.flatMap((kind) => kind.values.map((value) =>
      [value.word, { kind: kind.name, color: value.paints.fill ? `rgb(${value.paints.fill.join(" ")})` : null }])));
  }

  /** @param {{preset: string, values: any, moved: string, seq: number, start: number}} wish */
  async state({ preset, values, moved, seq, start }) {
    const recipe = this.data.presets[preset], asked = { ...recipe.values, ...given(values) };
    const { fitted, why } = this.fitted(asked, moved);
    const changed = Object.keys(recipe.values).filter((name) => !NOT_DATA.includes(name) && !same(fitted[name], recipe.values[name]));
    return {
      seq, preset, values: fitted, why,
      is_preset: changed.length === 0,
      told: changed.length ? this.changedWords(recipe, changed, fitted) : recipe.told,
      dials: Object.fromEntries(this.data.main.map((name) => [name, { text: valueWords(name, fitted), off: name === "saliency_bias" && isComplete(fitted) }])),
      samples: await this.samples(fitted, start),
      facts: await this.batch(fitted),
      plan: this.plan(preset, recipe, changed, fitted),
    };
  }

  /** @param {any} asked @param {string} moved the dial that a person moved @returns {{fitted: any, why: Record<string, string>}} */
  fitted(asked, moved) {
    const fitted = { ...asked, attribute_kinds: [...asked.attribute_kinds] }, objects = asked.objects_in_image;
    /** @type {Record<string, string>} */ const why = {};
    const missing = [...new Set([...this.data.kinds_in_turn, ...this.world.kinds.map((kind) => kind.name)])].filter((name) => !fitted.attribute_kinds.includes(name));
    const wanted = Math.ceil(fitted.attribute_density) - fitted.attribute_kinds.length;
    if (moved === "attribute_density" && wanted > 0 && missing.length) {
      fitted.attribute_kinds.push(...missing.slice(0, wanted));
      why.attribute_density = `Now may differ: ${fitted.attribute_kinds.join(", ")}.`;
    }
    if (fitted.caption_completeness < 1 / objects) {
      fitted.caption_completeness = 1 / objects;
      const least = { 2: "half", 3: "a third", 4: "a quarter" }[objects];
      why.caption_completeness = objects === 1 ? "With one object all of it: a caption names it." : `With ${objects} objects at least ${least}: a caption names one of them.`;
    }
    if (fitted.attribute_density > fitted.attribute_kinds.length) {
      fitted.attribute_density = fitted.attribute_kinds.length;
      why.attribute_density = `At most ${NUMBERS[fitted.attribute_kinds.length] ?? fitted.attribute_kinds.length}: one value of each kind.`;
    }
    return { fitted, why };
  }

  changedWords(recipe, changed, values) {
    const said = changed.slice(0, 3).map((name) => `${this.data.plain[name]}: ${valueWords(name, values)}`);
    const more = changed.length - said.length;
    return `Changed from ${recipe.title}. ${[...said, ...(more ? [`${NUMBERS[Math.min(more, 5)]} more`] : [])].join("; ")}.`;
  }

  /** The head of the second column: the recorded training of a recipe, and what the study measured. */
  plan(preset, recipe, changed, values) {
    const is = changed.length === 0 && this.data.recordings.includes(preset), titles = this.data.recordings.map((name) => this.data.presets[name].title);
    const [only] = changed, place = changed.length === 0 ? "" : changed.length === 1 && this.data.main.includes(only) ? `${only}=${short(values[only])}` : null;
    return {
      time: is ? "Recorded before: nothing trains in this copy" : "", basis: "", go: "Replay its training",
      why_not: is ? null : `Nothing trains in this copy. Recorded were: ${titles.join(", ")}.`,
      budget: `${values.steps.toLocaleString("en")} steps, ${(values.steps * values.batch_size).toLocaleString("en")} pairs`,
      planned: recipe.planned, key: changed.length ? "" : recipe.key, is_new_seed: false,
      study: place === null ? null : recipe.study[place] ?? null,
    };
  }

  /** @returns {any} the dials that make the data */
  dataOf(values) {
    return Object.fromEntries(this.data.data_fields.map((name) => [name, values[name]]));
  }

  async samples(values, start) {
    const drawn = await this.engine.draw({ world: values.world, data: this.dataOf(values), seed: values.seed ?? 0, stream: "train", first: 0, count: CAPTIONS, pixels: false });
    const levels = drawn.map(({ caption }) => Math.min(2, this.marked(caption).parts.filter((part) => part.some((word) => word.kind)).length));
    const shown = Array.from({ length: CARDS }, (_, place) => drawn[(start + place) % CAPTIONS]);
    return {
      start: start % CAPTIONS,
      told: { levels, counts: [0, 1, 2].map((level) => levels.filter((each) => each === level).length) },
      cards: shown.map((each) => this.card(each)),
    };
  }

  card({ caption, swapped, no_swap: reason, objects }) {
    const own = this.marked(caption), words = caption.split(" ");
    const untold = objects.filter(({ noun }) => !words.includes(this.world.nouns[noun].word)).map(({ x, y, side }) => {
      const half = (this.facts.box * side) / 2000;
      return [(x - half) / SIZE, (y - half) / SIZE, (2 * half) / SIZE, (2 * half) / SIZE];
    });
    return { image: this.picture(objects), alt: caption, words: this.moved(own, swapped).flat(), untold, trick: swapped && this.moved(this.marked(swapped), caption).flat(), no_trick: reason };
  }

  /** @returns {string} the scene as an SVG, sharper than the pixels that a model sees */
  picture(objects) {
    const { background } = this.world.grays, fill = `rgb(${background} ${background} ${background})`;
    const scene = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, width: 128, height: 128 },
      [svg("rect", { width: SIZE, height: SIZE, fill }), ...objects.map((object, place) => drawObject(this.world, object, this.facts.box, `o${place}`))]);
    return `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(scene))}`;
  }

  /** @param {string} text @returns {{parts: any[][]}} words by the object that they speak of */
  marked(text) {
    const parts = [[]];
    for (const word of text.split(" ")) {
      const known = this.colors.get(word);
      if (word === "and") parts.push([]);
      parts[parts.length - 1].push({ text: word, kind: known?.kind ?? null, color: known?.color ?? null, moved: false });
    }
    return { parts };
  }

  /** @returns {any[][]} the parts, with the values that the other caption gives to another object marked */
  moved({ parts }, other) {
    if (!other) return parts;
    const others = this.marked(other).parts, valueOf = (part, kind) => part?.find((word) => word.kind === kind)?.text;
    return parts.map((part, place) => part.map((word) => ({ ...word, moved: Boolean(word.kind) && valueOf(others[place], word.kind) !== word.text })));
  }

  /** Rates of a batch, as the server says them. */
  async batch(values) {
    const count = Math.min(PAIRS, values.batch_size);
    const { rates } = await this.engine.pairs({ world: values.world, data: this.dataOf(values), seed: values.seed ?? 0, stream: "train", first: 0, count,
      hardNegatives: values.hard_negatives, check: values.hard_negative_check });
    const percent = (share) => `${Number((100 * share).toPrecision(3))} %`;
    const said = [`${percent(rates.duplicate_captions)} only repeat another caption.`, `${percent(rates.false_negatives)} of the pairs of an image with another image's caption are true too.`];
    if (values.hard_negatives) said.push(`${percent(rates.hard_negatives)} of its images get a swapped caption as a negative.`, `${percent(rates.hard_negatives_true)} of those are true of their own image.`);
    return { rows: [], rates: said, pairs: count };
  }
}

/** @param {any} values @returns {any} those that say something: an empty box means the recipe's */
function given(values) {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== undefined));
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** @param {any} values @returns {boolean} every object is named */
const isComplete = (values) => values.caption_completeness > 1 - 1e-9;

/** @param {number} share @returns {string} in percent, never rounded up to all or down to nothing */
function shareWords(share) {
  const texts = [0, 1, 2, 3].map((digits) => (100 * share).toFixed(digits));
  const isRounded = (/** @type {string} */ text) => share > 0 && share < 1 && [0, 100].includes(Number(text));
  return `${texts.find((text) => !isRounded(text)) ?? texts[3]} %`;
}

/** @param {string} name @param {any} values @returns {string} */
function valueWords(name, values) {
  const value = values[name];
  if (name === "attribute_density") return value === 0 ? "none" : { 0.25: "1 in 4", 0.5: "1 in 2", 0.75: "3 in 4" }[value] ?? (value === 1 ? "one each" : `${short(value)} each`);
  if (name === "caption_completeness") {
    if (isComplete(values)) return "all of it";
    const found = [[0.25, "a quarter"], [1 / 3, "a third"], [0.5, "half"], [2 / 3, "two thirds"], [0.75, "three quarters"]].find(([share]) => Math.abs(value - share) < 0.004);
    return found ? `${found[1]} of it` : shareWords(value);
  }
  if (name === "saliency_bias") return isComplete(values) ? "nothing left out" : value === 0 ? "any object" : value === 1 ? "always" : shareWords(value);
  return Array.isArray(value) ? value.join(", ") : typeof value === "number" ? short(value) : String(value);
}
