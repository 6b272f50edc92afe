/**
 * Trainings of the tab in Node: node train.mjs ENGINE, one question as JSON a line on stdin, one answer a line on
 * stdout.
 *
 *     {"ask": "gradients", "order": {...}, "out": path}       // of the first batch, as a safetensors file
 *     {"ask": "train", "order": {...}, "out": path, "parts": 2, "acts": {"record 4": ["stop"]}}
 *     {"ask": "train", "order": {...}, "half": path, "untilItLands": true}      // as on a phone of a class
 *
 * In an order, `world`, `atlas`, `kernels` and `weights` are paths.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const engine = process.argv[2];
const load = (name) => import(`${engine}/${name}`);
const { Control, follow, lead, Mailbox, readJob } = await load("train/run.js");
const { parseHeader, readTensor } = await load("safetensors.js");
const { halved, toSafetensors } = await load("train/save.js");
const { ImageSide, TextSide } = await load("train/training.js");
const { Batches } = await load("train/batches.js");
const { Kernels } = await load("train/kernels.js");
const { bindingStep } = await load("train/evaluation.js");
const { evaluatedSteps, savedSteps } = await load("train/steps.js");

const bytesOf = (path) => new Uint8Array(readFileSync(path));

function weightsOf(path) {
  const bytes = bytesOf(path),
    header = parseHeader(bytes, bytes.length);
  return Object.fromEntries([...header.tensors.keys()].map((name) => [name, readTensor(header, bytes, name)]));
}

const orderOf = ({ world, atlas, kernels, weights, ...rest }) => ({
  ...rest,
  world: JSON.parse(readFileSync(world, "utf8")),
  atlas: bytesOf(atlas).buffer,
  kernels: bytesOf(kernels),
  weights: weights && weightsOf(weights),
});

const answers = {
  fresh({ order, out }) {
    const { tensors, weights } = readJob(orderOf(order));
    writeFileSync(out, toSafetensors(tensors, weights));
    return {};
  },

  gradients({ order, out }) {
    const { drawn, spec, train, shape, tensors, module, weights } = readJob(orderOf(order));
    const image = new ImageSide(new Kernels(module), shape, train, drawn.world.grays.background);
    const text = new TextSide(new Kernels(module), shape, train),
      batch = new Batches(drawn, spec).draw(0);
    for (const side of [image, text]) side.parameters.set(weights);
    image.forward(batch.pixels);
    const { value, dtext } = image.takeLoss(text.forward(batch.captions), batch.ignore);
    image.backward();
    text.backward(dtext);
    const gradients = [image, text].map(({ parameters }) => parameters.copies(parameters.gradients));
    writeFileSync(out, toSafetensors(tensors, Object.assign({}, ...gradients)));
    return { loss: value, captions: batch.captions.length };
  },

  /** As a worker does it, or two of them: `parts` 2 hands over copies, later, as messages are. */
  async train({ order, out, half, parts = 1, acts = {}, untilItLands = false }) {
    const started = performance.now(),
      job = readJob(orderOf(order)),
      control = new Control();
    const [images, captions] = [new Mailbox(), new Mailbox()],
      told = [],
      lows = [];
    const sender = (mail) => (kind, value) =>
      parts === 1 ? mail.take(kind, value) : void setImmediate((copy) => mail.take(kind, copy), structuredClone(value));
    const report = (kind, value) => {
      told.push({ kind, ...value, file: undefined, inspected: undefined });
      (acts[`${kind} ${value.step}`] ?? []).forEach((act) => control.take(act));
      if (kind === "evaluation" && untilItLands && value.step) {
        lows.push([value.step, value.scores.own.binding_accuracy.low]);
        if (bindingStep(lows, false) !== null) control.take("stop");
      }
      if (kind === "weights" && value.status && out) writeFileSync(out, value.file);
      if (kind === "weights" && value.status && half) writeFileSync(half, halved(value.file));
    };
    const cpu = process.cpuUsage();
    const follows = follow(job, sender(images), captions).then(() => new Promise(() => {}));
    await Promise.race([lead(job, sender(captions), images, control, report), follows]);
    const { user, system } = process.cpuUsage(cpu);
    return { told, seconds: (performance.now() - started) / 1000, cpu_s: (user + system) / 1e6 };
  },

  steps: ({ steps }) => ({ evaluated: [...evaluatedSteps(steps)], saved: [...savedSteps(steps)] }),

  bound: ({ curves }) => curves.map(([curve, hasEnded]) => bindingStep(curve, hasEnded)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...question } = JSON.parse(line);
  let answer;
  try {
    answer = { answer: await answers[ask](question) };
  } catch (error) {
    answer = { error: error.message, stack: error.stack };
  }
  console.log(JSON.stringify(answer));
}
