/**
 * A training as two parts that exchange messages: `lead` has the images, the loss and the records, `follow` the
 * captions.
 *
 *     const job = readJob({ world, atlas, kernels, config, evaluation, spec });
 *     lead(job, toFollower, leadersMail, control, report);
 *     follow(job, toLeader, followersMail);
 *
 * Both may run in one thread or in one each; the arithmetic, and so every bit, is the same.
 */

import { readAtlas } from "../atlas.js";
import { readConfig } from "../architecture.js";
import { Grammar } from "../grammar.js";
import { World } from "../world.js";
import { Batches } from "./batches.js";
import { Evaluation } from "./evaluation.js";
import { evaluatedSteps, savedSteps } from "./steps.js";
import { freshWeights } from "./fresh.js";
import { Kernels } from "./kernels.js";
import { chanceLoss } from "./loss.js";
import { refusalOf } from "./refusal.js";
import { digestOf, toSafetensors } from "./save.js";
import { ImageSide, tensorsOf, TextSide } from "./training.js";

/**
 * @typedef {(kind: string, value?: any, moved?: ArrayBufferLike[]) => void} Send
 * @typedef {{world: any, atlas: ArrayBuffer, kernels: ArrayBuffer, config: any, evaluation:
 *   import("./evaluation.js").Asked, spec: {data: any, train: any}, weights?: Record<string, Float32Array>}} Order
 *   world: its description; config: the content of open_clip_config.json; weights: to start from, in place of fresh
 *   ones
 * @typedef {ReturnType<typeof readJob>} Job
 */

/** Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023. */
const SIGLIP_LOGITS = { logit_scale: 2.302585092994046, logit_bias: -10 };

/** @param {Order} order */
export function readJob({ world: description, atlas, kernels, config, evaluation, spec, weights }) {
  const refusal = refusalOf(spec, config, description);
  if (refusal) throw new Error(refusal);
  const world = new World(description),
    grammar = new Grammar(world, spec.data.bare_word);
  const drawn = { world, grammar, atlas: readAtlas(world, new Uint8Array(atlas)) },
    module = new WebAssembly.Module(kernels);
  const { train } = spec,
    shape = readConfig(config),
    tensors = tensorsOf(shape, train);
  const logits = train.loss === "siglip" ? SIGLIP_LOGITS : { logit_scale: config.model_cfg.init_logit_scale };
  const fresh = () =>
    freshWeights(new Kernels(module), shape, tensors, { names: description, seed: train.seed, logits });
  return {
    drawn,
    spec,
    train,
    shape,
    tensors,
    module,
    weights: weights ?? fresh(),
    evaluation: new Evaluation(drawn, spec.data, evaluation),
    evaluated: evaluatedSteps(train.steps),
    saved: savedSteps(train.steps).add(0),
  };
}

/** Messages by kind, each awaited in the order in which they came. */
export class Mailbox {
  constructor() {
    /** @type {Map<string, any[]>} */ this.values = new Map();
    /** @type {Map<string, (value: any) => void>} */ this.waiting = new Map();
  }

  /** @param {string} kind @param {any} value */
  take(kind, value) {
    const waiting = this.waiting.get(kind);
    this.waiting.delete(kind);
    if (waiting) waiting(value);
    else this.values.set(kind, [...(this.values.get(kind) ?? []), value]);
  }

  /** @param {string} kind @returns {Promise<any>} */
  next(kind) {
    const [value, ...rest] = this.values.get(kind) ?? [],
      isThere = this.values.get(kind)?.length;
    this.values.set(kind, rest);
    return isThere
      ? Promise.resolve(value)
      : new Promise((resolve) => {
          this.waiting.set(kind, resolve);
        });
  }
}

/** What a page asks of a training: it is looked at between two steps. */
export class Control {
  constructor() {
    this.isPaused = false;
    this.isStopped = false;
    this.wantsWeights = false;
    this.wake = () => {};
  }

  /** @param {string} kind pause, go, stop or save */
  take(kind) {
    this.isPaused = kind === "pause" || (this.isPaused && kind !== "go");
    this.isStopped ||= kind === "stop";
    this.wantsWeights ||= kind === "save";
    this.wake();
  }

  /** Let waiting messages in. @returns {Promise<void>} */
  async look() {
    const { port1, port2 } = new MessageChannel();
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
    port1.close();
  }

  /** @returns {Promise<void>} once something else is asked for */
  change() {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

/** The captions of a training. @param {Job} job @param {Send} send @param {Mailbox} mail */
export async function follow({ drawn, spec, train, shape, module, weights, evaluation }, send, mail) {
  const text = new TextSide(new Kernels(module), shape, train),
    batches = new Batches(drawn, spec);
  text.parameters.set(weights);
  const encode = () => {
    const features = text.encode(evaluation.captions);
    send("encoded", features, [features.buffer]);
  };
  const drawBatch = (/** @type {number} */ step) => {
    const { captions, ...rest } = batches.draw(step);
    send("batch", rest, [rest.pixels.buffer]);
    return captions;
  };
  answerCopies(text, send, mail);
  encode();
  let captions = drawBatch(0);
  for (let step = 0; step < train.steps; step++) {
    const features = text.forward(captions);
    send("features", features, [features.buffer]);
    // The next pictures are drawn while the images are encoded.
    if (step + 1 < train.steps) captions = drawBatch(step + 1);
    text.backward(await mail.next("dtext"));
    send("squares", text.squares());
    const { squares, isEvaluated } = await mail.next("descend");
    text.descend(step, squares);
    if (isEvaluated) encode();
  }
}

/**
 * Send copies of the weights whenever they are asked for.
 * @param {TextSide} text @param {Send} send @param {Mailbox} mail
 */
async function answerCopies(text, send, mail) {
  for (;;) {
    await mail.next("copy");
    const memory = text.kernels.memory.buffer.byteLength;
    send("copies", { weights: text.parameters.copies(text.parameters.weights), memory });
  }
}

/**
 * The images of a training, and what is told of it: "evaluation" {step, scores, logit_scale, cosines, seconds,
 * inspected} from step 0 on, the last null unless the step is saved; "record" after each step, as the server's
 * metrics.jsonl has it, and "weights" {step, status, file, digest, memory} when they are asked for and, with a status,
 * at the end.
 * @param {Job} job @param {Send} send @param {Mailbox} mail @param {Control} control @param {Send} report
 */
export async function lead(job, send, mail, control, report) {
  const { drawn, train, shape, tensors, module, evaluation, evaluated, saved } = job;
  const image = new ImageSide(new Kernels(module), shape, train, drawn.world.grays.background);
  image.parameters.set(job.weights);
  const evaluate = async (/** @type {number} */ step, isSaved = saved.has(step)) => {
    const began = performance.now(),
      seen = image.encode(evaluation.pixels, train.batch_size),
      said = await mail.next("encoded");
    const answers = evaluation.score(seen, said),
      inspected = isSaved ? evaluation.inspected(seen, said) : null;
    const seconds = (performance.now() - began) / 1000;
    report("evaluation", { step, ...answers, logit_scale: image.loss.scale, seconds, inspected });
  };
  const tellWeights = async (/** @type {number} */ step, /** @type {string | null} */ status) => {
    send("copy");
    const others = await mail.next("copies"),
      memory = others.memory + image.kernels.memory.buffer.byteLength;
    const weights = { ...image.parameters.copies(image.parameters.weights), ...others.weights };
    const file = toSafetensors(tensors, weights),
      digest = await digestOf(weights);
    report("weights", { step, status, file, digest, memory }, [file.buffer]);
  };
  await evaluate(0);
  for (let step = 0; step < train.steps; step++) {
    await control.look();
    while (!control.isStopped && (control.isPaused || control.wantsWeights)) {
      if (control.wantsWeights) {
        control.wantsWeights = false;
        await tellWeights(step, null);
      } else {
        await control.change();
      }
    }
    const began = performance.now(),
      { pixels, ignore, rates } = await mail.next("batch");
    image.forward(pixels);
    const features = await mail.next("features"),
      { value, dtext } = image.takeLoss(features, ignore);
    const captions = features.length / shape.embed;
    send("dtext", dtext, [dtext.buffer]);
    image.backward();
    const squares = image.squares() + (await mail.next("squares"));
    const isLast = step + 1 === train.steps || control.isStopped,
      isEvaluated = isLast || evaluated.has(step + 1);
    send("descend", { squares, isEvaluated });
    image.descend(step, squares);
    const gradientNorm = image.kernels.run.root(squares);
    if (!Number.isFinite(value) || !Number.isFinite(gradientNorm)) {
      const rate = `learning_rate=${train.learning_rate}`;
      throw new Error(`${rate}: the loss is not a number at step ${step + 1}; give a lower one`);
    }
    report("record", {
      step: step + 1,
      loss: value,
      chance_loss: chanceLoss(train.loss, train.batch_size, captions, ignore),
      learning_rate: image.optimizer.rateAt(step),
      logit_scale: image.loss.scale,
      gradient_norm: gradientNorm,
      seconds: (performance.now() - began) / 1000,
      rates,
    });
    if (isEvaluated) await evaluate(step + 1, isLast || saved.has(step + 1));
    if (isLast) return tellWeights(step + 1, step + 1 < train.steps ? "stopped" : "finished");
  }
}
