/**
 * One of the workers that share a training. All run this; the first one leads: it tells the page, and says when to end.
 *
 *     const member = new Member(readJob(order), new Links(0, 1, post));
 *     await member.train(control, report);
 *
 * A step, with what each worker gives to every other one:
 *
 *     forward of own slices         -> "features": own rows of both towers, and the captions drawn for the next step
 *     loss, backward of own slices  -> "gradients": sums of own slices, of the parameters that the other moves
 *     sums of the own shard         -> "squares": of its gradients, truths of the next pictures, what the lead asks
 *     new values of the own shard   -> "weights": in the buffers that brought the gradients
 *
 * The weights that come out depend on the order alone, not on the number of workers.
 */

import { Batches, idsOfCaptionKey } from "./batches.js";
import { Features } from "./features.js";
import { Kernels } from "./kernels.js";
import { chanceLoss, Loss } from "./loss.js";
import { Optimizer } from "./optimizer.js";
import { Parameters } from "./parameters.js";
import { Parcels } from "./parcels.js";
import { refuseValue } from "./refusal.js";
import { digestOf, giveBack, toSafetensors } from "./save.js";
import { shardsOf } from "./shards.js";
import { assignSlices, slicesOfPictures, stackOf } from "./slices.js";
import { ImageTower, TextTower } from "./towers.js";

/**
 * @typedef {import("./job.js").Job} Job
 * @typedef {import("./batches.js").Batch} Batch
 * @typedef {import("./batches.js").Judged} Judged
 * @typedef {import("./features.js").Part} Part
 * @typedef {(kind: string, value?: any, moved?: ArrayBufferLike[]) => void} Report
 * @typedef {{isLast: boolean, isEvaluated: boolean, isSaved: boolean, isKept: boolean}} Wishes what the lead asks of
 *   all behind a step. isKept: its state goes to the page
 * @typedef {{pixels: Uint8Array, batch: Batch, ignore: Uint8Array | null, rates: Record<string, number>}} ReadyBatch
 *   a batch with all that its step needs; pixels: own ones
 */

/** Why a training ends whose loss is no number any more; `execute_run` of explorer/runs/worker.py says the same. */
const NO_NUMBER = "the loss is not a number at step {step}; give a lower one";

export class Member {
  /**
   * @param {Job} job @param {import("./links.js").Links} links
   * @param {(phase: string) => void} [mark] told behind each phase
   */
  constructor(job, links, mark = () => {}) {
    const { scenery, spec, train, shape, tensors, evaluation } = job,
      { embed } = shape,
      { rank, workers } = links,
      kernels = new Kernels(job.module);
    this.job = job;
    this.links = links;
    this.mark = mark;
    this.kernels = kernels;
    this.embed = embed;
    this.isLead = rank === 0;
    /** By worker. */ this.slices = assignSlices(workers);
    const stacks = this.slices.map(({ image, text }) => ({ image: stackOf(image), text: stackOf(text) })),
      { image, text } = stacks[rank],
      sums = 1 + Math.max(...image.sums, ...text.sums);
    this.parameters = new Parameters(kernels, shardsOf(tensors, train, workers), { rank, sums });
    this.parcels = new Parcels(this.parameters, stacks, rank);
    this.optimizer = new Optimizer(this.parameters, train);
    this.loss = new Loss(kernels, { kind: train.loss, embed });
    const imageTower = (/** @type {number} */ index) =>
        new ImageTower(kernels, shape, this.parameters.of(index), scenery.world.grays.background),
      textTower = (/** @type {number} */ index) => new TextTower(kernels, shape, this.parameters.of(index));
    /** One for each own slice, as it keeps what its backward needs; and those of evaluations. */
    this.towers = { image: image.sums.map(imageTower), text: text.sums.map(textTower) };
    this.encoders = { image: imageTower(0), text: textTower(0) };
    const slices = slicesOfPictures(train.batch_size),
      pictures = this.slices[rank].image.map((slice) => slices[slice]);
    /** Slices of the current batch; indices of captions. */
    this.own = { pictures, captions: /** @type {number[][]} */ ([]) };
    this.batches = new Batches(scenery, spec, [pictures[0][0], pictures[pictures.length - 1][1]]);
    this.features = evaluation && new Features(evaluation, { embed, rank, workers });
    const { weights, moments } = job.first();
    this.parameters.set(weights);
    if (moments) this.parameters.setMoments(moments);
    giveBack([...Object.values(weights), ...Object.values(moments ?? {}).flat()]);
    this.optimizer.skip(job.begun);
    /** The digest of the weights behind the last saved step. */
    this.saved = { step: -1, digest: "" };
    /** Bytes of the kernels of all workers. */ this.memory = kernels.memory.buffer.byteLength;
    /** Memory behind it is that of one step. */ this.floor = kernels.top;
  }

  /** @returns {number} of the logits */
  get scale() {
    return this.kernels.run.exponential(this.parameters.number("logit_scale"));
  }

  /**
   * @param {import("./control.js").Control} control of the lead
   * @param {Report} report to the page. From the lead "evaluation" {step, scores, logit_scale, cosines, seconds,
   *   inspected, digest} from step 0 on, the last two null unless the step is saved; "record" after each step, as the
   *   server's metrics.jsonl has it; and "weights" {step, status, file, digest, memory} when they are asked for and,
   *   with a status, at the end. From each worker "state" {step, moments, weights} behind saved steps, weights from the
   *   lead
   */
  async train(control, report) {
    const { train, evaluated, saved, begun } = this.job;
    await this.begin(begun);
    if (begun === 0) await this.evaluate(0, saved.has(0), report);
    for (let step = begun; step < train.steps; step++) {
      if (this.isLead) await this.obey(control, step, report);
      this.mark("wait");
      const ask = () => {
        const isLast = step + 1 === train.steps || control.isStopped,
          isSaved = isLast || saved.has(step + 1),
          isKept = !isLast && (isSaved || control.wantsState);
        control.wantsState = false;
        return { isLast, isSaved, isKept, isEvaluated: isLast || evaluated.has(step + 1) };
      };
      const { isLast, isEvaluated, isSaved, isKept } = await this.step(step, ask, report);
      if (isEvaluated) await this.evaluate(step + 1, isSaved, report);
      if (isKept) this.tellState(step + 1, report);
      this.mark("evaluate");
      if (!isLast) continue;
      if (this.isLead) await this.tellWeights(step + 1, step + 1 < train.steps ? "stopped" : "finished", report);
      return;
    }
  }

  /**
   * Do what the page asked for.
   * @param {import("./control.js").Control} control @param {number} step @param {Report} report
   */
  async obey(control, step, report) {
    await control.look();
    while (!control.isStopped && (control.isPaused || control.wantsWeights)) {
      if (control.wantsWeights) {
        control.wantsWeights = false;
        await this.tellWeights(step, null, report);
      } else {
        await control.change();
      }
    }
  }

  // ---- A step

  /** Draw the first batch. @param {number} step from 0 */
  async begin(step) {
    const { links, batches } = this,
      own = batches.draw(step);
    links.give("told", () => [own.told, []]);
    const batch = batches.join(this.byWorker(own.told, await links.takeAll("told"))),
      judged = batches.judge(batch, own.scenes);
    links.give("judged", () => [judged, []]);
    this.current = this.readyBatch(
      batches.pixels(own.scenes),
      batch,
      this.byWorker(judged, await links.takeAll("judged")),
    );
    this.next = this.draw(step + 1);
    this.mark("begin");
  }

  /**
   * @param {any} own @param {any[]} others what came @returns {any[]} by worker, which is the order of their pictures
   */
  byWorker(own, others) {
    return others.map((each, worker) => (worker === this.links.rank ? own : each));
  }

  /** @param {number} step from 0 @returns {ReturnType<Batches["draw"]> | null} own pairs, null behind the last step */
  draw(step) {
    return step < this.job.train.steps ? this.batches.draw(step) : null;
  }

  /**
   * @param {Uint8Array} pixels own ones @param {Batch} batch @param {Judged[]} judged by worker @returns {ReadyBatch}
   */
  readyBatch(pixels, batch, judged) {
    return { pixels, batch, ignore: this.batches.ignore(batch, judged), rates: this.batches.rates(batch, judged) };
  }

  /**
   * @param {number} step from 0 @param {() => Wishes} ask of the lead @param {Report} report @returns {Promise<Wishes>}
   */
  async step(step, ask, report) {
    const { links, mark, batches, optimizer, parcels, kernels, isLead, next } = this,
      began = performance.now(),
      current = /** @type {ReadyBatch} */ (this.current);
    const rows = this.forward(current);
    mark("forward");
    links.give("features", () => [{ ...rows, told: next?.told }, []]);
    mark("give features");
    // The next pictures are drawn while features are under way.
    const pixels = next && batches.pixels(next.scenes);
    mark("draw pictures");
    const others = await links.takeAll("features");
    mark("features came");
    const loss = this.computeLoss(current, this.byWorker(rows, others));
    mark("loss");
    this.backward(loss);
    // What others give is summed where the towers kept what their backward needs.
    kernels.release(this.floor);
    links.give("gradients", parcels.gradients());
    mark("give gradients");
    // The next captions are judged while gradients are under way.
    const batch = next && batches.join(this.byWorker(next, others).map((each) => each.told)),
      judged = batch && batches.judge(batch, next.scenes),
      afterNext = this.draw(step + 2);
    mark("draw captions");
    const came = await links.takeAll("gradients");
    mark("gradients came");
    parcels.sum(came);
    optimizer.set({ logit_scale: loss.dscale, logit_bias: loss.dbias });
    mark("sum");
    const sums = { squares: optimizer.squares(), judged, wishes: isLead ? ask() : null, memory: this.ownMemory };
    mark("squares");
    links.give("squares", () => [sums, []]);
    const all = this.byWorker(sums, await links.takeAll("squares"));
    mark("squares came");
    const norm = kernels.run.root(this.totalOf(all.map(({ squares }) => squares)));
    optimizer.move(step, norm);
    mark("optimizer");
    links.give("weights", parcels.weights(came));
    mark("give weights");
    const upcoming =
      batch &&
      this.readyBatch(
        /** @type {Uint8Array} */ (pixels),
        batch,
        all.map((each) => each.judged),
      );
    mark("judge captions");
    parcels.setWeights(await links.takeAll("weights"));
    mark("weights came");
    this.memory = all.reduce((sum, { memory }) => sum + memory, 0);
    if (isLead) this.tellRecord(step, { value: loss.value, norm, seconds: (performance.now() - began) / 1000 }, report);
    this.current = upcoming;
    this.next = afterNext;
    mark("record");
    return all[0].wishes;
  }

  /** @returns {number} bytes of its kernels */
  get ownMemory() {
    return this.kernels.memory.buffer.byteLength;
  }

  /** @param {ReadyBatch} ready @returns {Part} the features of own slices */
  forward({ pixels, batch }) {
    const { kernels: k, embed, towers, own } = this,
      sizes = own.pictures.map(([first, end]) => end - first),
      count = sizes.reduce((sum, size) => sum + size, 0);
    own.captions = this.slices[this.links.rank].text.map((slice) => batch.slices[slice]);
    const image = new Float32Array(count * embed),
      text = new Float32Array(own.captions.flat().length * embed);
    let at = 0;
    for (const [n, size] of sizes.entries()) {
      const [first, end] = [at, at + size].map((index) => (index * pixels.length) / count),
        rows = size && towers.image[n].forward(pixels.subarray(first, end), size);
      image.set(k.floats(rows, size * embed), at * embed);
      at += size;
    }
    at = 0;
    for (const [n, indices] of own.captions.entries()) {
      const rows = indices.length && towers.text[n].forward(indices.map((index) => idsOfCaptionKey(batch.keys[index])));
      text.set(k.floats(rows, indices.length * embed), at * embed);
      at += indices.length;
    }
    return { image, text };
  }

  /** The loss on all features. @param {ReadyBatch} ready @param {Part[]} parts by worker */
  computeLoss({ batch, ignore }, parts) {
    const { kernels: k, embed } = this,
      size = batch.size,
      captions = batch.keys.length,
      image = k.rows(size, embed),
      text = k.rows(captions, embed),
      images = k.floats(image, size * embed),
      texts = k.floats(text, captions * embed);
    let first = 0;
    parts.forEach((part, worker) => {
      images.set(part.image, first);
      first += part.image.length;
      const indices = this.slices[worker].text.flatMap((slice) => batch.slices[slice]);
      indices.forEach((index, at) => {
        texts.set(part.text.subarray(at * embed, (at + 1) * embed), index * embed);
      });
    });
    const logits = { scale: this.scale, bias: this.parameters.number("logit_bias") };
    return this.loss.compute({ image, size, text, captions, ignore }, logits, this.own);
  }

  /**
   * The gradients of own slices, added as far as they are neighbors. @param {{dimage: number[], dtext: number[]}} loss
   */
  backward({ dimage, dtext }) {
    const { kernels: k, parcels, towers, mark } = this;
    const back = (
      /** @type {import("./shards.js").TowerName} */ name,
      /** @type {(ImageTower | TextTower)[]} */ ofSlices,
      /** @type {number[]} */ gradients,
    ) =>
      ofSlices.forEach((tower, n) => {
        const top = k.top;
        if (gradients[n]) tower.backward(gradients[n]);
        else parcels.clear(name, n);
        k.release(top);
        mark("backward");
        parcels.addSlices(name, n);
        mark("add slices");
      });
    back("image", towers.image, dimage);
    back("text", towers.text, dtext);
  }

  /**
   * @param {Float64Array[]} squares of all tensors, by worker @returns {number} their sum, in the order of the model
   */
  totalOf(squares) {
    const { shards } = this.parameters,
      byName = new Map(
        shards.flatMap(({ tensors }, worker) => tensors.map(({ name }, at) => [name, squares[worker][at]])),
      );
    return this.job.tensors.reduce((sum, [name]) => sum + /** @type {number} */ (byName.get(name)), 0);
  }

  // ---- What is told

  /** @param {number} step @param {{value: number, norm: number, seconds: number}} loss @param {Report} report */
  tellRecord(step, { value, norm, seconds }, report) {
    const { train } = this.job,
      { batch, ignore, rates } = /** @type {ReadyBatch} */ (this.current);
    if (!Number.isFinite(value) || !Number.isFinite(norm))
      throw refuseValue("learning_rate", train.learning_rate, NO_NUMBER, { step: step + 1 });
    report("record", {
      step: step + 1,
      loss: value,
      chance_loss: chanceLoss(train.loss, batch.size, batch.keys.length, ignore),
      learning_rate: this.optimizer.rateAt(step),
      logit_scale: this.scale,
      gradient_norm: norm,
      seconds,
      rates,
    });
  }

  /** @param {number} step @param {boolean} isSaved @param {Report} report */
  async evaluate(step, isSaved, report) {
    const { features, links, kernels, isLead, job } = this;
    if (!features || !job.evaluation) return;
    const began = performance.now(),
      // The browser computes it beside the features.
      digest = isLead && isSaved ? this.digest(step) : null,
      own = features.encode(kernels, this.encoders);
    this.mark("encode");
    links.give("encoded", (other) => (other ? [null, []] : [own, [own.image.buffer, own.text.buffer]]));
    const others = await links.takeAll("encoded");
    if (!isLead) return;
    const { image, text } = features.join(this.byWorker(own, others)),
      answers = job.evaluation.score(image, text),
      inspected = isSaved ? job.evaluation.inspect(image, text) : null,
      seconds = (performance.now() - began) / 1000;
    report("evaluation", { step, ...answers, logit_scale: this.scale, seconds, inspected, digest: await digest });
  }

  /** @param {number} step @returns {Promise<string>} the digest of all weights, which are those behind this step */
  async digest(step) {
    if (this.saved.step !== step) {
      this.saved = { step, digest: await digestOf(this.parameters.views()) };
    }
    return this.saved.digest;
  }

  /** @param {number} step @param {Report} report */
  tellState(step, report) {
    const moments = this.parameters.moments(),
      views = Object.entries(this.isLead ? this.parameters.views() : {}),
      weights = Object.fromEntries(views.map(([name, view]) => [name, view.slice()])),
      arrays = [...Object.values(moments).flat(), ...Object.values(weights)];
    report(
      "state",
      { step, moments, weights },
      arrays.map(({ buffer }) => buffer),
    );
  }

  /** Every worker has all weights. @param {number} step @param {string | null} status @param {Report} report */
  async tellWeights(step, status, report) {
    const file = toSafetensors(this.job.tensors, this.parameters.views()),
      digest = await this.digest(step);
    report("weights", { step, status, file, digest, memory: this.memory }, [file.buffer]);
  }
}
