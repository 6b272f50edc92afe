// The policy of dials: what a move means, in words and numbers. No server is asked for what the page can work out.
// What a value may be stands in dial-types.js, and the training that would begin in plan.js.
//
//   const policy = new DialPolicy({ catalog, engine, ask });    // `catalog` is the view of that name
//   await policy.state({ preset: "salient", values: { steps: 90 }, moved: "steps", start: 0 })
//   //   {preset, is_preset, summary, values, dials, why, samples, facts, plan}, or {problem: {field, sentence}}
//   policy.read(new URLSearchParams(location.search))      // {preset, values, notes}
//   policy.addressOf({ preset, values })                   // parts of an address, "" where nothing differs
//
// `ask(view, values)` asks a server: for worlds that the engine cannot draw, and for starts whose speed only it knows.
// Without one, `ask` is null. Values come from a person or an address, so they may hold anything; what is wrong is said
// in one sentence. A bound dial moves to its nearest legal value, with a sentence beside it.

import { serverOnly } from "../../engine/server_only.js";
import { isAtRest } from "./cells.js";
import { checkTogether, checkValue, refuse, typedValue } from "./dial-types.js";
import { NUMBERS, plainName, whyMoved, dialWords } from "./dial-words.js";
import { decimal, general, valueText } from "../numbers.js";
import { joinTexts, say, refusalText } from "../words.js";
import { Refused } from "../refused.js";
import { WEB, changedDials, overridesOf, isEqual, specOf, valuesOf } from "../recipe.js";
import { Plans } from "./plan.js";
import { fitValues } from "./rules.js";
import { Samples } from "../samples.js";

const MAX_SAID = 3;

const startOf = (value) => (Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : 0);

export class DialPolicy {
  /** Those of a page, which ask its server where it has one. */
  static of({ catalog, engine, backend }) {
    const ask = backend.kind === "static" ? null : (name, values) => backend.view(name, values);
    return new DialPolicy({ catalog, engine, ask });
  }

  constructor({ catalog, engine, ask = null }) {
    this.catalog = catalog;
    this.ask = ask;
    this.samples = new Samples(engine, ask);
    this.recipes = Object.fromEntries(
      catalog.presets.map((each) => [each.name, { ...each, values: valuesOf(each.spec) }]),
    );
    this.plans = new Plans({ catalog, policy: this, ask });
  }

  /** What the first column and the head of the second show of a wish. */
  async state({ preset, values: given, moved = "", start }) {
    try {
      const { values, why, hasSeed } = this.fit(preset, given, moved),
        recipe = this.recipes[preset],
        first = startOf(start);
      const plan = await this.plans.make(recipe, values, why),
        changed = changedDials(this.catalog, recipe.values, values),
        drawing = this.drawingOf(preset, values);
      const [samples, facts, things] = await Promise.all([
        this.samples.cards(values, first, drawing),
        this.samples.batch(values, drawing),
        this.samples.things(values.world, this.catalog.drawn.includes(values.world)),
      ]);
      return {
        preset,
        is_preset: changed.length === 0,
        summary: this.describe(recipe, values, changed),
        values: { ...values, seed: hasSeed ? values.seed : null },
        why,
        samples,
        things,
        facts: { rows: [], ...facts },
        dials: Object.fromEntries(
          this.catalog.main.map((name) => [name, { text: dialWords(name, values), off: isAtRest(name, values) }]),
        ),
        plan: { ...plan, is_new_seed: !hasSeed },
      };
    } catch (error) {
      if (error instanceof Refused) return { problem: { field: error.field, sentence: error.message } };
      throw error;
    }
  }

  // ---- Values

  /** The values of all dials, bounded by each other; refuses what no dial takes. */
  fit(preset, given, moved = "") {
    if (!given || typeof given !== "object") throw new Refused("dials", "dials: give a recipe and values");
    const { values: usual } = this.recipe(preset),
      isGiven = ([name, value]) => Object.hasOwn(this.catalog.dials, name) && value !== null && value !== undefined;
    const typed = Object.fromEntries(
      Object.entries(given)
        .filter(isGiven)
        .map(([name, value]) => [name, typedValue(this.catalog, name, value)]),
    );
    const wanted = { ...usual, ...typed },
      values = { ...wanted };
    const grown = this.catalog.dials[moved]?.grows;
    if (grown) values[grown] = this.addKinds(values[grown], values[moved], values.world);
    const { values: fitting, why } = fitValues(this.catalog.dials, values, moved);
    for (const [name, value] of Object.entries(fitting)) checkValue(this.catalog, name, value);
    checkTogether(this.catalog, fitting);
    return {
      values: fitting,
      why: whyMoved(this.catalog.dials, wanted, fitting, why),
      hasSeed: given.seed !== null && given.seed !== undefined,
    };
  }

  recipe(name) {
    if (!Object.hasOwn(this.recipes, name ?? ""))
      throw refuse("preset", name ?? "", say`choose ${Object.keys(this.recipes).join(", ")}`);
    return this.recipes[name];
  }

  /** Kinds with others of the world, so that there are so many: first those that the study varies. */
  addKinds(kinds, count, world) {
    const kindsOfWorld = this.catalog.kinds[world] ?? [],
      missing = [...new Set([...this.recipes[WEB].values.attribute_kinds, ...kindsOfWorld])].filter(
        (kind) => kindsOfWorld.includes(kind) && !kinds.includes(kind),
      );
    return [...kinds, ...missing.slice(0, Math.max(0, Math.ceil(count) - kinds.length))];
  }

  // ---- Words

  describe(recipe, values, changed) {
    if (!changed.length) return recipe.summary;
    const said = changed
      .slice(0, MAX_SAID)
      .map((name) => say`${plainName(this.catalog.dials[name])}: ${dialWords(name, values)}`);
    const more = changed.length - said.length;
    if (more) said.push(say`${NUMBERS[Math.min(more, 5)]} more`);
    return say`Changed from ${recipe.title}. ${joinTexts(said)}.`;
  }

  /** Details, "Dialed and measured": a row for each dial of the view `facts`. */
  rows(values, measured) {
    return Object.keys(this.catalog.dials)
      .filter((name) => name in measured)
      .map((name) => {
        const measure = measured[name],
          row = { dial: plainName(this.catalog.dials[name]), dialed: valueText(values[name]) };
        if (!measure) return { ...row, measured: "not shown by these captions" };
        const { low, high, n } = measure,
          value = valueText(measure.value),
          hasInterval = low !== null && high !== null,
          shown = hasInterval ? say`${value} (${decimal(low, 2)} to ${decimal(high, 2)})` : value;
        return { ...row, measured: say`${shown}, n = ${n}` };
      });
  }

  /**
   * How scenes of these values come: the dials of the data, and what a server is asked where the engine cannot draw
   * them.
   */
  drawingOf(preset, values) {
    const { data } = specOf(this.catalog, { preset, values });
    return {
      data,
      isDrawn: this.catalog.drawn.includes(values.world) && !serverOnly(data, this.catalog.dials),
      request: { preset, overrides: overridesOf(this.recipes[preset].values, values) },
    };
  }

  /** The first sample that a training of these values reads, see samples.js. */
  async firstCard(preset, values) {
    return (await this.samples.cards(values, 0, this.drawingOf(preset, values))).cards[0];
  }

  // ---- The address

  /** The dials of an address; a part that no dial takes is left out, with a sentence. */
  read(query) {
    const notes = [],
      { presets, opens_with: usual } = this.catalog,
      presetName = query.get("preset"),
      // by either name, as a command takes it
      found = presets.find((each) => [each.name, each.page_name].includes(presetName));
    if (presetName !== null && !found) {
      const names = presets.map((each) => each.page_name),
        { page_name: shown } = presets[0];
      notes.push(refusalText("preset", presetName.slice(0, 40), say`choose ${names.join(", ")}; ${shown} is shown`));
    }
    const isBare = !this.isIn(query) && !query.has("run"),
      preset = isBare ? usual : (found ?? presets[0]).name,
      values = {};
    for (const [name, text] of query) {
      if (!Object.hasOwn(this.catalog.dials, name)) continue;
      try {
        this.fit(preset, { ...values, [name]: text });
        values[name] = typedValue(this.catalog, name, text);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        notes.push(say`${error.message}; the recipe's value is kept`);
      }
    }
    return { preset, values, notes };
  }

  /** Whether an address names data: a recipe or a dial. */
  isIn(query) {
    return ["preset", ...Object.keys(this.catalog.dials)].some((name) => query.has(name));
  }

  /** Parts of an address: what differs from the recipe, "" for the rest. */
  addressOf({ preset, values }) {
    const usual = this.recipe(preset).values,
      differs = (name) => values[name] !== undefined && values[name] !== null && !isEqual(values[name], usual[name]);
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
