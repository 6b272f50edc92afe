/**
 * An order of a page, read: what every worker of a training knows of it.
 *
 *     const job = readJob({ world, atlas, kernels, config, evaluation, spec });
 *     const { weights, moments } = job.first();       // what it begins with, told once and then forgotten
 */

import { expectedTensors, readConfig } from "../architecture.js";
import { readAtlas } from "../atlas.js";
import { PartsAtlas } from "../atlas_from_parts.js";
import { Grammar } from "../grammar.js";
import { openWorld } from "../own_world.js";
import { Evaluation } from "./evaluation.js";
import { freshWeights } from "./fresh.js";
import { Kernels } from "./kernels.js";
import { Refusal, refusalOf, refuseValue } from "./refusal.js";
import { evaluatedSteps, savedSteps } from "./steps.js";

/**
 * @typedef {import("./parameters.js").Weights} Weights
 * @typedef {{step: number, weights: Weights, moments: import("./parameters.js").Moments}} State of a training behind a
 *   step: all that the steps after it depend on, beside the order
 * @typedef {{world: any, atlas: ArrayBuffer | null, kernels: ArrayBuffer | WebAssembly.Module, config: any,
 *   evaluation: import("./evaluation.js").EvaluationOrder | null, spec: {data: any, train: any}, weights?: Weights,
 *   state?: State}} Order world: its description; config: the content of open_clip_config.json; evaluation: null where
 *   nothing is to be evaluated; weights: to start from, in place of fresh ones; state: to go on from
 * @typedef {ReturnType<typeof readJob>} Job
 */

/** Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023. */
const SIGLIP_LOGITS = { logit_scale: 2.302585092994046, logit_bias: -10 };

/** @param {Order} order @throws {Refusal} where a tab does not train it */
export function readJob({ world: description, atlas, kernels, config, evaluation, spec, weights: given, state }) {
  const refusal = refusalOf(spec, config, description);
  if (refusal) throw new Refusal(refusal);
  const world = openWorld(description),
    grammar = new Grammar(world, spec.data),
    { vocab_size: vocabulary } = config.model_cfg.text_cfg;
  // An id without a row of the embedding would read what lies behind it.
  if (vocabulary !== grammar.words.length)
    throw refuseValue("vocab_size", vocabulary, "captions have {words} words", { words: grammar.words.length });
  const sprites = atlas ? readAtlas(world, new Uint8Array(atlas)) : new PartsAtlas(world),
    scenery = { world, grammar, atlas: sprites },
    module = kernels instanceof WebAssembly.Module ? kernels : new WebAssembly.Module(kernels);
  const { train } = spec,
    isSiglip = train.loss === "siglip",
    shape = readConfig(config),
    /** @type {import("./shards.js").Tensor[]} */
    tensors = [
      ...expectedTensors(shape),
      ...(isSiglip ? [/** @type {[string, number[]]} */ (["logit_bias", []])] : []),
    ];
  const logits = isSiglip ? SIGLIP_LOGITS : { logit_scale: config.model_cfg.init_logit_scale },
    fresh = { names: description, seed: train.seed, logits };
  /** @type {{weights?: Weights, moments?: import("./parameters.js").Moments}} */
  let held = { weights: state?.weights ?? given, moments: state?.moments };
  return {
    scenery,
    spec,
    train,
    shape,
    tensors,
    module,
    /** Behind which step it goes on. */ begun: state?.step ?? 0,
    first() {
      const { weights = freshWeights(new Kernels(module), shape, tensors, fresh), moments } = held;
      held = {};
      return { weights, moments };
    },
    evaluation: evaluation && new Evaluation(scenery, spec.data, evaluation),
    evaluated: evaluatedSteps(train.steps),
    saved: savedSteps(train.steps).add(0),
  };
}
