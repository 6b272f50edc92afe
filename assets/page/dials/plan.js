// The training that would begin: how long it takes, and what is saved.
//
//   const plans = new Plans({ catalog, policy, ask });
//   await plans.make(recipe, values, why)        // {seconds, time, basis, why_not, budget, planned, dials_key, ...}
//   await plans.forecast("web-like", values)     // {range_s: [least, most] or null, basis, why_not}
//   dialsKey(run.spec) === state.plan.dials_key  // the run has these dials, whatever its seed
//
// `ask("plan", ...)` asks a server for starts whose speed only it knows; null without one.

import { fromStart, savedSteps } from "../../engine/train/steps.js";
import { quote, thousands } from "../numbers.js";
import { protocolOf, specOf, valuesOf } from "../recipe.js";
import { duration, say, refusalText } from "../words.js";
import { evaluateExpression, messageOf } from "./rules.js";

/** Equal for runs that differ in their seed alone. */
export function dialsKey(spec) {
  const values = Object.entries(valuesOf(spec))
    .filter(([name]) => name !== "seed")
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([protocolOf(spec), values]);
}

export class Plans {
  constructor({ catalog, policy, ask }) {
    this.catalog = catalog;
    this.policy = policy;
    this.ask = ask;
  }

  /** The training of a recipe with these values; both `values` and `why` change where its start cannot be tuned so. */
  async make(recipe, values, why) {
    let forecast = await this.forecast(recipe.name, values);
    if (forecast.tunes?.length && !forecast.tunes.includes(values.tune)) {
      values.tune = forecast.tunes[0];
      why.tune = say`A pretrained model is tuned by ${forecast.tunes.join(" or ")}.`;
      forecast = await this.forecast(recipe.name, values);
    }
    const { range_s, basis, why_not, needs = "" } = forecast,
      seconds = range_s && (range_s[0] + range_s[1]) / 2;
    return {
      seconds,
      time: range_s
        ? this.catalog.is_shared
          ? say`About ${duration(seconds)} on this server`
          : say`About ${duration(seconds)} on this computer`
        : "",
      basis,
      why_not,
      needs,
      mode: this.catalog.mode,
      budget: say`${thousands(values.steps)} steps, ${thousands(values.steps * values.batch_size)} pairs`,
      planned: fromStart(savedSteps(values.steps)),
      dials_key: dialsKey(specOf(this.catalog, { preset: recipe.name, values })),
    };
  }

  /**
   * {range_s, basis, why_not}: of fresh weights and shipped models from the catalog's speeds, of other starts from the
   * server, whose answer calls the range `seconds`.
   */
  async forecast(preset, values) {
    const nothing = (sentence) => ({ range_s: null, basis: "", why_not: sentence }),
      { init, model } = values,
      refusal = this.beyond(values);
    if (refusal) return nothing(refusal);
    if (init !== "scratch" && !Object.hasOwn(this.catalog.shipped, init)) {
      if (!this.ask) return nothing(refusalText("init", quote(init, "", 80), "choose scratch or a shipped model"));
      // anew each time: its memory, the runs that were timed and the start itself change meanwhile
      const { seconds: range_s, ...rest } = await this.ask("plan", this.policy.drawingOf(preset, values).request);
      return { range_s, ...rest };
    }
    const speed = this.catalog.speeds[model];
    if (!speed) return { range_s: null, basis: "", why_not: null };
    const pairs = values.steps * values.batch_size,
      { slack } = speed;
    return {
      range_s: [
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
      broken = size_rules.find(([, { test }]) => !evaluateExpression(test, values));
    if (!broken) return null;
    const [name, rule] = broken;
    return refusalText(
      name,
      quote(values[name], "", 80),
      messageOf(rule, values, (_, value) => String(value)),
    );
  }
}

export const NO_WEBASSEMBLY =
  "This browser cannot train here. It refuses WebAssembly, the fast arithmetic that training needs; train this on the server.";
