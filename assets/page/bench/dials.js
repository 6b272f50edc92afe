// The policy of dials: what a move means, in words and numbers. No server is asked for what the page can work out.
//
//   const dials = new Dials({ catalog, engine, ask });     // `catalog` is the view of that name
//   await dials.state({ preset: "salient", values: { steps: 90 }, moved: "steps", seq: 4, start: 0 })
//   //   {seq, preset, is_preset, told, values, dials, why, samples, facts, plan}, or {seq, problem: {field, sentence}}
//   dials.read(new URLSearchParams(location.search))       // {preset, values, notes}
//   dials.written({ preset, values })                      // parts of an address, "" where nothing differs
//   benchOf(catalog)                                       // recipes and dials as data.js draws them
//   keyOf(run.spec) === state.plan.key                     // the run has these dials, whatever its seed
//
// `ask(view, values)` asks a server: for worlds that the engine cannot draw, and for starts whose speed only it knows.
// Without one, `ask` is null. Values come from a person or an address, so they may hold anything; what is wrong is said
// in one sentence. A bound dial moves to its nearest legal value, with a sentence beside it.

import { serverOnly } from "../../engine/server_only.js";
import { isOwnWorld } from "../../engine/world.js";
import { savedSteps } from "../../engine/train/steps.js";
import { Bracket, isComplete } from "./bracket.js";
import { NUMBERS, plainName, same, whyMoved, dialWords } from "./dial-words.js";
import { decimal, general, quoted, thousands, valueText } from "../numbers.js";
import { duration, listed, say, wrong } from "../words.js";
import { Refused } from "../refused.js";
import { broken, evaluate, fitted, messageOf } from "./rules.js";
import { Samples } from "./samples.js";

const MOST_SAID = 3,
  FREE = ["seed", "init"]; // no part of a recipe
/** Things of one's own take the place of the built-in ones in any recipe. */
const isFree = (name, value) => FREE.includes(name) || (name === "world" && isOwnWorld(value));
const NUMBER = /^([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?\d+\/\d+)$/i;
const FLAGS = { true: true, false: false, yes: true, no: false, 1: true, 0: false };

export const valuesOf = ({ data, train }) => ({ ...data, ...train });
const count = (value) => (Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : 0);

/** Equal for runs that differ in their seed alone. */
export function keyOf({ data, train, recipe }) {
  const values = Object.entries({ ...data, ...train })
    .filter(([name]) => name !== "seed")
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([recipe, values]);
}

/** Recipes, drawings and dials as the first column shows them. */
export function benchOf(catalog) {
  const { dials, types, main, presets, kinds, architectures, nouns } = catalog;
  const choices = {
    world: Object.keys(kinds),
    model: architectures,
    attribute_kinds: kinds.things,
    untold_kinds: kinds.things,
    tidy_kinds: kinds.things,
  };
  const kindOf = (name) =>
    types[name] === "words"
      ? "names"
      : (dials[name].choices ?? choices[name])
        ? "choice"
        : types[name] === "flag"
          ? "flag"
          : main.includes(name)
            ? "range"
            : "number";
  const shown = (name) => {
    const { label, help, low, high, step } = dials[name],
      plain = plainName(dials[name]),
      isSame = plain.toLowerCase() === label.toLowerCase() && !main.includes(name);
    const listed = (choices[name] ?? dials[name].choices ?? []).map((each) => ({ name: each, label: each }));
    return {
      name,
      plain,
      term: isSame ? "" : label.toLowerCase(),
      help,
      kind: kindOf(name),
      low,
      high,
      step,
      choices: listed,
    };
  };
  const others = Object.keys(dials).filter(
    (name) => name !== "init" && !main.includes(name) && (choices[name]?.length ?? 2) > 1,
  );
  const recipes = presets.map(({ name, title, told, is_main, spec, drawing }) => ({
    name,
    title,
    told,
    is_main,
    objects: spec.data.objects_in_image,
    drawing,
  }));
  return { recipes, nouns, main: main.map(shown), others: others.map(shown) };
}

export class Dials {
  constructor({ catalog, engine, ask = null }) {
    Object.assign(this, { catalog, ask });
    this.samples = new Samples(engine, ask);
    this.bracket = new Bracket(catalog);
    this.recipes = Object.fromEntries(
      catalog.presets.map((each) => [each.name, { ...each, values: valuesOf(each.spec) }]),
    );
    this.asked = new Map(); // plans that the server made
  }

  /** What the first column and the head of the second show of a wish. */
  async state({ preset, values: given, moved = "", seq, start }) {
    try {
      const { values, why, hasSeed } = this.fitted(preset, given, moved),
        recipe = this.recipes[preset],
        first = count(start);
      const plan = await this.plan(recipe, values, why),
        changed = this.changed(recipe, values),
        drawing = this.drawingOf(preset, values);
      const [samples, facts, things] = await Promise.all([
        this.samples.cards(values, first, drawing),
        this.samples.batch(values, drawing),
        this.samples.things(values.world, this.catalog.drawn.includes(values.world)),
      ]);
      return {
        seq: count(seq),
        preset,
        is_preset: changed.length === 0,
        told: this.told(recipe, values, changed),
        values: { ...values, seed: hasSeed ? values.seed : null },
        why,
        samples,
        things,
        facts: { rows: [], ...facts },
        dials: Object.fromEntries(
          this.catalog.main.map((name) => [
            name,
            { text: dialWords(name, values), off: name === "saliency_bias" && isComplete(values) },
          ]),
        ),
        plan: { ...plan, is_new_seed: !hasSeed },
      };
    } catch (error) {
      if (error instanceof Refused)
        return { seq: count(seq), problem: { field: error.field, sentence: error.message } };
      throw error;
    }
  }

  // ---- Values

  /** The values of all dials, bounded by each other; refuses what no dial takes. */
  fitted(preset, given, moved = "") {
    if (!given || typeof given !== "object") throw new Refused("dials", "dials: give a recipe and values");
    const { values: usual } = this.recipe(preset),
      isGiven = ([name, value]) => Object.hasOwn(this.catalog.dials, name) && value !== null && value !== undefined;
    const typed = Object.fromEntries(
      Object.entries(given)
        .filter(isGiven)
        .map(([name, value]) => [name, this.typed(name, value)]),
    );
    const asked = { ...usual, ...typed },
      values = { ...asked };
    if (moved === "attribute_density") values.attribute_kinds = this.grown(values);
    const { values: kept, why } = fitted(this.catalog.dials, values, moved);
    for (const [name, value] of Object.entries(kept)) this.check(name, value);
    this.checkTogether(kept);
    return { values: kept, why: whyMoved(asked, kept, why), hasSeed: given.seed !== null && given.seed !== undefined };
  }

  recipe(name) {
    if (!Object.hasOwn(this.recipes, name ?? ""))
      throw refused("preset", name ?? "", say`choose ${Object.keys(this.recipes).join(", ")}`);
    return this.recipes[name];
  }

  /** As many kinds as the density needs, first those that the study varies. */
  grown({ world, attribute_kinds: kinds, attribute_density: density }) {
    const known = this.catalog.kinds[world] ?? [],
      missing = [...new Set([...this.recipes["web-like"].values.attribute_kinds, ...known])].filter(
        (kind) => known.includes(kind) && !kinds.includes(kind),
      );
    return [...kinds, ...missing.slice(0, Math.max(0, Math.ceil(density) - kinds.length))];
  }

  /** The value as the type of its dial. */
  typed(name, value) {
    const type = this.catalog.types[name];
    if (type === "flag") {
      const flag = typeof value === "boolean" ? value : FLAGS[String(value).trim().toLowerCase()];
      if (flag === undefined) throw refused(name, value, "give true or false");
      return flag;
    }
    if (type === "word") {
      if (typeof value !== "string" || !value.trim()) throw refused(name, value, "give a word");
      return value.trim();
    }
    if (type === "words") {
      const words = typeof value === "string" ? value.split(",") : value;
      if (!Array.isArray(words) || !words.every((word) => typeof word === "string"))
        throw refused(name, value, "give words joined by commas");
      return words.map((word) => word.trim()).filter(Boolean);
    }
    const number = numberOf(value);
    if (!Number.isFinite(number) || Math.abs(number) > 2 ** 53 || (type === "int" && !Number.isInteger(number)))
      throw refused(name, value, this.numberRule(name, type));
    return number;
  }

  /** What a dial of this type takes. */
  numberRule(name, type) {
    return type === "int"
      ? say`give a whole number from ${this.low(name)} to ${this.high(name)}`
      : say`give a number from ${this.low(name)} to ${this.high(name)}`;
  }

  low(name) {
    return general(this.catalog.dials[name].low, 16);
  }

  high(name) {
    return general(this.catalog.dials[name].high, 16);
  }

  check(name, value) {
    const { low, high } = this.catalog.dials[name],
      choices = this.choices(name);
    if (choices && !choices.includes(value)) throw refused(name, value, say`choose ${choices.join(" or ")}`);
    if (low !== null && high !== null && !(low <= value && value <= high))
      throw refused(name, value, say`must be from ${this.low(name)} to ${this.high(name)}`, this.catalog.types[name]);
  }

  /** The words that a dial takes: its own, or names of what there is. */
  choices(name) {
    const { dials, kinds, architectures } = this.catalog;
    return { world: Object.keys(kinds), model: architectures }[name] ?? dials[name].choices;
  }

  checkTogether(values) {
    const known = { ...values, kinds_of_world: this.catalog.kinds[values.world] },
      fault = broken(this.catalog.dials, known);
    if (!fault) return;
    const { name, rule } = fault,
      said = messageOf(rule, known, (_, value) => (typeof value === "number" ? general(value) : valueText(value)));
    throw refused(name, Array.isArray(values[name]) ? values[name].join(",") : values[name], said);
  }

  // ---- Words

  /** The dials that make another recipe. */
  changed(recipe, values) {
    return Object.keys(this.catalog.dials).filter(
      (name) => !isFree(name, values[name]) && !same(values[name], recipe.values[name]),
    );
  }

  told(recipe, values, changed) {
    if (!changed.length) return recipe.told;
    const said = changed
      .slice(0, MOST_SAID)
      .map((name) => say`${plainName(this.catalog.dials[name])}: ${dialWords(name, values)}`);
    const more = changed.length - said.length;
    if (more) said.push(say`${NUMBERS[Math.min(more, 5)]} more`);
    return say`Changed from ${recipe.title}. ${listed(said)}.`;
  }

  /** Details, "Dialed and measured": a row for each dial of the view `facts`. */
  rows(values, measured) {
    return Object.keys(this.catalog.dials)
      .filter((name) => name in measured)
      .map((name) => {
        const measure = measured[name],
          row = { dial: plainName(this.catalog.dials[name]), dialed: valueText(values[name]) };
        if (!measure) return { ...row, measured: "not shown by these captions" };
        const ends =
          measure.low === null || measure.high === null
            ? ""
            : ` (${decimal(measure.low, 2)} to ${decimal(measure.high, 2)})`;
        return { ...row, measured: `${valueText(measure.value)}${ends}, n = ${measure.n}` };
      });
  }

  // ---- The training that would begin

  async plan(recipe, values, why) {
    let forecast = await this.forecast(recipe.name, values);
    if (forecast.tunes?.length && !forecast.tunes.includes(values.tune)) {
      values.tune = forecast.tunes[0];
      why.tune = say`A pretrained model is tuned by ${forecast.tunes.join(" or ")}.`;
      forecast = await this.forecast(recipe.name, values);
    }
    const { seconds, basis, why_not, needs = "" } = forecast;
    return {
      time: seconds
        ? this.catalog.is_shared
          ? say`About ${duration((seconds[0] + seconds[1]) / 2)} on this server`
          : say`About ${duration((seconds[0] + seconds[1]) / 2)} on this computer`
        : "",
      basis,
      why_not,
      needs,
      mode: this.catalog.mode,
      budget: say`${thousands(values.steps)} steps, ${thousands(values.steps * values.batch_size)} pairs`,
      planned: [0, ...[...savedSteps(values.steps)].sort((one, other) => one - other)],
      study: this.bracket.of(values),
      fresh: values.init === "scratch" ? null : this.bracket.of({ ...values, init: "scratch" }),
      key: keyOf(this.specOf(recipe.name, values)),
    };
  }

  /**
   * {seconds, basis, why_not}: of fresh weights and shipped models from the catalog's speeds, of other starts from the
   * server.
   */
  async forecast(preset, values) {
    const nothing = (sentence) => ({ seconds: null, basis: "", why_not: sentence }),
      { init, model } = values,
      refusal = this.beyond(values);
    if (refusal) return nothing(refusal);
    if (init !== "scratch" && !Object.hasOwn(this.catalog.shipped, init)) {
      if (!this.ask) return nothing(wrong("init", quoted(init, "", 80), "choose scratch or a shipped model"));
      const key = JSON.stringify(values);
      if (!this.asked.has(key)) this.asked.set(key, this.ask("plan", this.drawingOf(preset, values).asked));
      return this.asked.get(key).catch((error) => {
        this.asked.delete(key);
        throw error;
      });
    }
    const speed = this.catalog.speeds[model];
    if (!speed) return { seconds: null, basis: "", why_not: null };
    const pairs = values.steps * values.batch_size,
      { slack } = speed;
    return {
      seconds: [
        (pairs / Math.max(...speed.rates) + speed.tail_s) / slack,
        (pairs / Math.min(...speed.rates) + speed.tail_s) * slack,
      ],
      basis: speed.basis,
      why_not: null,
    };
  }

  /** A sentence on the limit of this server that the dials pass, if any. */
  beyond(dialed) {
    const { limits, any_start, speeds, size_rules } = this.catalog,
      { model } = dialed;
    const values = { ...dialed, ...limits, any_start, pair_cost: speeds[model]?.cost ?? 1, model: model.slice(0, 40) },
      fault = size_rules.find(([, { test }]) => !evaluate(test, values));
    if (!fault) return null;
    const [name, rule] = fault;
    return wrong(
      name,
      quoted(values[name], "", 80),
      messageOf(rule, values, (_, value) => String(value)),
    );
  }

  specOf(preset, values) {
    const { data, train, recipe } = this.recipes[preset].spec,
      of = (part) => Object.fromEntries(Object.keys(part).map((name) => [name, values[name]]));
    return { preset, recipe, data: of(data), train: of(train) };
  }

  /**
   * How scenes of these values come: the dials of the data, and what a server is asked where the engine cannot draw
   * them.
   */
  drawingOf(preset, values) {
    const { data } = this.specOf(preset, values),
      { values: usual } = this.recipes[preset];
    const isOther = ([name, value]) => value !== null && !same(value, usual[name]), // no seed is a new one
      overrides = Object.fromEntries(Object.entries(values).filter(isOther));
    return {
      data,
      isDrawn: this.catalog.drawn.includes(values.world) && !serverOnly(data),
      asked: { preset, overrides },
    };
  }

  // ---- The address

  /** The dials of an address; a part that no dial takes is left out, with a sentence. */
  read(query) {
    const notes = [],
      names = Object.keys(this.recipes),
      asked = query.get("preset");
    const isBare =
      asked === null && !query.has("run") && !Object.keys(this.catalog.dials).some((name) => query.has(name));
    if (asked !== null && !names.includes(asked))
      notes.push(wrong("preset", asked.slice(0, 40), say`choose ${names.join(", ")}; ${names[0]} is shown`));
    const preset = isBare ? this.catalog.opens_with : names.includes(asked) ? asked : names[0],
      values = {};
    for (const [name, text] of query) {
      if (!Object.hasOwn(this.catalog.dials, name)) continue;
      try {
        this.fitted(preset, { ...values, [name]: text });
        values[name] = this.typed(name, text);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        notes.push(say`${error.message}; the recipe's value is kept`);
      }
    }
    return { preset, values, notes };
  }

  /** Parts of an address: what differs from the recipe, "" for the rest. */
  written({ preset, values }) {
    const usual = this.recipe(preset).values,
      differs = (name) => values[name] !== undefined && values[name] !== null && !same(values[name], usual[name]);
    return {
      preset,
      ...Object.fromEntries(
        Object.keys(this.catalog.dials).map((name) => [name, differs(name) ? addressText(values[name]) : ""]),
      ),
    };
  }
}

const addressText = (value) =>
  Array.isArray(value) ? value.join(",") : typeof value === "number" ? general(value, 10) : String(value);

const refused = (name, value, allowed, type = "") => new Refused(name, wrong(name, quoted(value, type), allowed));

function numberOf(value) {
  if (typeof value === "number") return value;
  const text = typeof value === "string" ? value.trim() : "";
  if (text.length > 40 || !NUMBER.test(text)) return NaN;
  const [part, whole = "1"] = text.split("/");
  return Number(part) / Number(whole);
}
