/**
 * Trainings of the tab in Node: node train.mjs ENGINE, one question as JSON a line on stdin, one answer a line on
 * stdout.
 *
 *     {"ask": "gradients", "order": {...}, "out": path}       // of the first batch, as a safetensors file
 *     {"ask": "sprites", "order": {...}}                      // pictures of all sprites, and of those that are chosen
 *     {"ask": "train", "order": {...}, "out": path, "workers": 2, "acts": {"record 4": ["stop"]}}
 *     {"ask": "train", "order": {...}, "half": path, "untilItLands": true}      // as on a phone of a class
 *     {"ask": "train", "order": {...}, "workers": 8, "phases": path}            // times of each, see timed_worker.mjs
 *
 * An act is asked of the training when the step of that kind has been told, or, without a step, each of that kind;
 * "kill 1" ends the worker 1 without a word, "use 2" goes on with two. In an order, files are paths, see `readOrder`.
 */

import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { threadMs } from "../benchmarks/thread_clock.mjs";

const engine = process.argv[2];
const load = (name) => import(`${engine}/${name}`);
const { TabTraining } = await load("train/client.js");
const { Batches } = await load("train/batches.js");
const { bindingStep } = await load("train/evaluation.js");
const { readJob } = await load("train/job.js");
const { Links } = await load("train/links.js");
const { Member } = await load("train/member.js");
const { createNodeWorker, lineOf, readOrder } = await load("train/node.mjs");
const { digestOf, halve, toSafetensors } = await load("train/save.js");
const { assignSlices, slicesOfCaptions, slicesOfPictures, stackOf } = await load("train/slices.js");
const { trainedAtlas } = await load("train/sprites.js");
const { evaluatedSteps, savedSteps } = await load("train/steps.js");
const optimizer = await load("train/optimizer.js");

const TIMED_WORKER = new URL("../benchmarks/timed_worker.mjs", import.meta.url);

const answers = {
  fresh({ order, out }) {
    const job = readJob(readOrder(order));
    writeFileSync(out, toSafetensors(job.tensors, job.first().weights));
    return {};
  },

  async gradients({ order, out }) {
    const job = readJob(readOrder({ ...order, evaluation: null })),
      member = new Member(job, new Links(0, 1, () => {})),
      { parameters, parcels, optimizer } = member;
    await member.begin(0);
    const loss = member.computeLoss(member.current, [member.forward(member.current)]);
    member.backward(loss);
    parcels.sum([undefined]);
    optimizer.set({ logit_scale: loss.dscale, logit_bias: loss.dbias });
    writeFileSync(out, toSafetensors(job.tensors, parameters.views(parameters.gradients)));
    return { loss: loss.value, captions: member.current.batch.keys.length };
  },

  sprites({ order }) {
    const all = readOrder(order),
      few = { ...all, atlas: trainedAtlas(all) };
    const picturesOf = ({ scenery, spec, evaluation }) => {
      const batches = new Batches(scenery, spec, [0, spec.train.batch_size]);
      return [batches.pixels(batches.draw(0).scenes), evaluation.pixels(0, evaluation.scenes.length)];
    };
    const [drawn, expected] = [few, all].map((each) => picturesOf(readJob(each)).map((pixels) => Buffer.from(pixels)));
    const bytes = [few, all].map(({ atlas }) => atlas.byteLength);
    return { bytes, isSame: expected.map((pixels, which) => pixels.equals(drawn[which])) };
  },

  async train({ order, out, half, phases, workers = 1, acts = {}, untilItLands = false, tickMs }) {
    const started = performance.now(),
      cpu = process.cpuUsage(),
      page = [threadMs()],
      told = [],
      lows = [];
    let peak = 0; // bytes of this process
    const act = (name) => {
      const [kind, count] = name.split(" ");
      if (kind === "kill") training.team[count].terminate();
      else if (kind === "use") training.useWorkers(Number(count));
      else training.ask(kind);
    };
    const tell = (kind, value) => {
      told.push({ ...JSON.parse(lineOf(kind, value)), workers: training.workers });
      if (kind === "record") page.push(threadMs());
      peak = Math.max(peak, process.memoryUsage().rss);
      for (const name of [...(acts[`${kind} ${value.step}`] ?? []), ...(acts[kind] ?? [])]) act(name);
      if (kind === "evaluation" && untilItLands && value.step) {
        lows.push([value.step, value.scores.own.binding_accuracy.low]);
        if (bindingStep(lows, false, order.evaluation.binding) !== null) training.ask("stop");
      }
    };
    const createWorker = () => (phases ? createNodeWorker({ engine, out: phases }, TIMED_WORKER) : createNodeWorker()),
      training = new TabTraining(createWorker, { workers, order: readOrder(order), tell, tickMs }),
      { file } = await training.ended,
      { user, system } = process.cpuUsage(cpu);
    if (out) writeFileSync(out, file);
    if (half) writeFileSync(half, halve(file));
    const seconds = (performance.now() - started) / 1000;
    // What this thread, which stands for the page, did in each step but the first.
    const page_s = page.slice(2).map((ms, step) => (ms - page[step + 1]) / 1000);
    const peak_mb = peak / 1e6;
    return { told, seconds, page_s, peak_mb, cpu_s: (user + system) / 1e6 };
  },

  /** SHA-256 of the weights {"w": numbers}, as on a page without `crypto.subtle`. */
  async digest({ numbers }) {
    const { subtle } = crypto,
      put = (value) => Object.defineProperty(crypto, "subtle", { value, configurable: true });
    put(undefined);
    const digest = await digestOf({ w: Float32Array.from(numbers) });
    put(subtle);
    return digest;
  },

  cut: ({ pictures, keys }) => ({
    pictures: slicesOfPictures(pictures),
    captions: slicesOfCaptions(keys),
    placed: [1, 2, 3, 4, 5, 6, 7, 8].map((workers) => assignSlices(workers)),
    stacks: [1, 2, 3, 4, 5, 6, 7, 8].map((workers) =>
      assignSlices(workers).map(({ image, text }) => [stackOf(image), stackOf(text)]),
    ),
  }),

  /** What the optimizer is made of, but for what stands in kernels.c. */
  constants: () => ({
    newton_schulz: optimizer.NEWTON_SCHULZ,
    iterations: optimizer.NEWTON_SCHULZ_STEPS,
    gram_iterations: optimizer.GRAM_STEPS,
    muon_ratio: optimizer.MUON_RATIO,
    weight_decay: optimizer.WEIGHT_DECAY,
    betas: optimizer.BETAS,
    warmup: [optimizer.WARMUP_SHARE, optimizer.MAX_WARMUP_STEPS],
    final_share: optimizer.FINAL_SHARE,
    max_logit_scale: optimizer.MAX_LOGIT_SCALE,
    max_gradient_norm: optimizer.MAX_GRADIENT_NORM,
  }),

  steps: ({ steps }) => ({ evaluated: [...evaluatedSteps(steps)], saved: [...savedSteps(steps)] }),

  bound: ({ curves, rule }) => curves.map(([curve, hasEnded]) => bindingStep(curve, hasEnded, rule)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...question } = JSON.parse(line);
  let answer;
  try {
    answer = { answer: await answers[ask](question) };
  } catch (error) {
    answer = { error: error.message, keyed: error.sentence, stack: error.stack };
  }
  console.log(JSON.stringify(answer));
}
