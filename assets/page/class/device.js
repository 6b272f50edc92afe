// The training of a pupil's device: it begins when the pupil asks, tells the room how far it is, and stops where it
// binds. Then the server gets its model, in half precision, and scores it on the room's scenes; with the last news come
// the digests of its weights at each saved step, which a class compares where all train the same.
//
//   const device = new Device(page,
//     { tellRoom: (told) => ..., handIn: (weights) => ..., ask: (view) => ..., draw });
//   device.follow(view);                    // each view of the step: the deal, and what the room knows of this device
//   device.begin(); device.pause(); device.resume(); device.measureAgain(); device.trainAnyway(); device.keepRun();
//   device.state           // {canTrain, seconds, run, ownBinding, why, recorded, sample, isKept}; see train.js
//
// The same dials and seed compute the same bits, so a page that was loaded again goes on by beginning anew: its dot
// waits in the room until the training is further than before. One that cannot train shows the recorded curve of its
// dials.
//
// How a training ended is told until the room has it: once more where the teacher was at another step meanwhile, and by
// a page that was loaded again, if this browser has kept the run.
//
// On the class's own world a device begins by itself, as the teacher has pressed for all. Its run holds the drawings of
// others, so this browser keeps it only where the pupil asks for that.

import { halve } from "../../engine/train/save.js";
import { bindingStep } from "../../engine/train/evaluation.js";
import { contract } from "../contract.js";
import { LONG_TRAINING_S, specOf } from "../recipe.js";
import { Store } from "../store.js";
import { sentenceOf } from "../texts.js";
import { say } from "../words.js";

const EVERY_STEPS = 30,
  EVERY_MS = 20_000,
  LEAVING_MS = 3_000,
  ENDED = ["landed", "ended"];

/** Whether the page is about to be closed or loaded again. */
let isLeaving = false;
globalThis.addEventListener?.("beforeunload", () => {
  isLeaving = true;
  setTimeout(() => {
    isLeaving = false;
  }, LEAVING_MS); // who stays after all
});

/** What is known of a device before its deal. */
export const UNDEALT = {
  canTrain: null,
  seconds: null,
  run: null,
  ownBinding: null,
  why: "",
  recorded: null,
  sample: null,
  isKept: false,
};

/** A promise of the first scene of a deal with its caption, as samples of the dials have them. */
async function firstOf({ catalog, engine }, { preset, values: given, seed }) {
  const { DialPolicy } = await import("../dials/dials.js"),
    policy = new DialPolicy({ catalog, engine }),
    { values } = policy.fit(preset, { ...given, seed });
  return policy.firstCard(preset, values);
}

/** Where the training of these evaluations landed, [step, lower bound] each: null before enough in a row. */
export const landingOf = (points) => bindingStep(points, false, contract.binding);

/** The digests of all weights, from the start on, at the saved steps up to one. */
const digestsUntil = ({ engine }, until) =>
  (engine?.digests ?? []).filter(({ step }) => step <= until).map(({ digest }) => digest);

export class Device extends Store {
  /**
   * @param options {tellRoom(told), handIn(weights), ask(view), draw()}: the first three are promises; `ask` is of the
   *   recorded curve, or of the class's own world
   */
  constructor(page, { tellRoom, handIn, ask, draw }) {
    super();
    this.page = page;
    this.tellRoom = tellRoom;
    this.handIn = handIn;
    this.ask = ask;
    this.draw = draw;
    this.dealt = null;
    this.deal = null;
    this.spec = null;
    this.name = "";
    this.reportedStep = 0;
    this.reportedAt = 0;
    this.unwatch = null;
    this.ending = null; // how its training ended, until the room has it
    this.state = { ...UNDEALT };
  }

  /** Take each deal once, and go on with a training that was under way before the page was loaded again. */
  async follow({ deal, wall, me }) {
    const dealt = JSON.stringify(deal),
      isOver = () => this.dealt !== dealt;
    if (!isOver()) return void (this.ending && this.tellEnding());
    this.drop();
    const before = wall.dots.find((dot) => dot.pupil === me.number);
    Object.assign(this, { dealt, deal, spec: specOf(this.page.catalog, deal) });
    try {
      await this.page.loadTab();
      this.tab = this.page.tab;
      await this.tab.trainings.whenStopped(); // that of an earlier deal
      if (isOver()) return;
      if (this.hasClassWorld) {
        await this.tab.runs.worlds.ready();
        this.tab.runs.worlds.keep(await this.ask("class_world"));
      }
      if (isOver()) return;
      void firstOf(this.page, deal).then(
        (sample) => isOver() || this.change({ sample }),
        () => undefined,
      ); // it trains without
      const canTrain = await this.measure(),
        recorded = canTrain || this.hasClassWorld ? null : await this.ask("recorded_deal");
      if (isOver()) return;
      this.change({ recorded });
      if (!ENDED.includes(before?.state) && (await this.findEnded())) return;
      if (isOver()) return;
      if (!canTrain && !before) void this.report("watching", 0, null);
      else if (canTrain && (before && before.state !== "watching" ? !ENDED.includes(before.state) : this.hasClassWorld))
        this.begin();
      else if (before?.state === "landed" && before.scored === null) void this.handInKept();
    } catch (error) {
      if (isOver()) return;
      this.dealt = null; // the next view tries again
      this.change({ why: sentenceOf(error, "") });
    }
  }

  /** Whether it trains on the class's own world. */
  get hasClassWorld() {
    return Boolean(this.deal?.values.world);
  }

  /** Leave a deal that is no longer this pupil's, and its training. */
  drop() {
    this.unwatch?.();
    this.unwatch = null;
    if (this.name) this.tab?.trainings.stop(this.name);
    this.name = "";
    this.reportedStep = 0;
    this.ending = null;
    if (this.dealt) this.change({ ...UNDEALT });
    this.dealt = null;
  }

  /** @returns a promise of whether a training is short enough here */
  async measure() {
    const { dealt } = this,
      seconds = await this.tab.orders.seconds(this.spec).catch(() => null),
      canTrain = seconds !== null && seconds <= LONG_TRAINING_S;
    if (this.dealt === dealt) this.change({ seconds, canTrain });
    return canTrain;
  }

  /** A device that was busy when it was measured may be fast enough now. */
  async measureAgain() {
    const { dealt } = this;
    this.tab.orders.forgetSpeed();
    if ((await this.measure()) && this.hasClassWorld && this.dealt === dealt) this.begin();
  }

  /** Train although it takes long: where all are slow, nobody would else have anything to watch. */
  trainAnyway() {
    this.change({ canTrain: true });
    this.begin();
  }

  begin() {
    try {
      const { runs, trainings } = this.tab;
      this.name = trainings.train(this.deal, null, { isKept: !this.hasClassWorld });
      this.unwatch = runs.watch(() => this.followRun());
      this.change({ why: "", run: runs.run(this.name) });
      void this.report("training", 0, null);
    } catch (error) {
      this.change({ why: error.message });
    }
  }

  pause() {
    if (!this.unwatch) return; // it has ended, which the room may not know yet
    this.tab.trainings.pause(this.name);
    void this.report("paused", this.state.run.pairs_seen, this.state.ownBinding?.value ?? null);
  }

  resume() {
    if (!this.unwatch) return;
    this.tab.trainings.resume(this.name);
    void this.report("training", this.state.run.pairs_seen, this.state.ownBinding?.value ?? null);
  }

  /** After each step, evaluation and press. */
  followRun() {
    const { runs } = this.tab,
      run = runs.run(this.name);
    if (!run || !this.unwatch) return;
    const ownBinding = runs.ownCurve(this.name).at(-1) ?? null,
      ending = this.endingOf(this.name);
    this.change({ run, ownBinding });
    if (ending) {
      this.stop();
      this.ending = ending;
      return void this.tellEnding();
    }
    if (run.status !== "running") {
      if (isLeaving) return; // its files no longer come: the page that is loaded next begins again
      this.change({ run: null, canTrain: false, why: run.reason ? say`It failed: ${run.reason}.` : "" });
      this.stop();
      return void this.report("watching", 0, null);
    }
    if (
      run.step >= this.reportedStep + EVERY_STEPS ||
      (!run.in_tab.isPaused && Date.now() >= this.reportedAt + EVERY_MS)
    )
      void this.report("training", run.pairs_seen, ownBinding?.value ?? null);
  }

  /** How the training of a run ended, null where it may go on. */
  endingOf(name) {
    const { runs } = this.tab,
      run = runs.run(name),
      points = runs.ownCurve(name),
      landed = landingOf(points.map(({ step, low }) => [step, low]));
    if (landed !== null) {
      const first = points.findIndex(({ step }) => step === landed),
        { step: until } = points[first + contract.binding.in_a_row - 1];
      return {
        training: "landed",
        pairs: landed * this.spec.train.batch_size,
        accuracy: points[first].value,
        digests: digestsUntil(run, until),
      };
    }
    if (run.status !== "finished") return null;
    return {
      training: "ended",
      pairs: run.pairs_seen,
      accuracy: points.at(-1)?.value ?? null,
      digests: digestsUntil(run, run.step),
    };
  }

  /** Tell how the training ended, then hand in the model of one that landed; a later view retries what is refused. */
  async tellEnding() {
    const { dealt, name, ending } = this;
    if (ending.isBeingTold) return;
    ending.isBeingTold = true;
    const isTold = await this.report(ending.training, ending.pairs, ending.accuracy, ending.digests);
    ending.isBeingTold = false;
    if (!isTold || this.ending !== ending) return;
    this.ending = null;
    if (ending.training !== "landed") return;
    await this.tab.trainings.whenEnded(name);
    await this.give(name, dealt);
  }

  /** After a reload: whether this browser has kept the training until its end, of which the room does not know. */
  async findEnded() {
    const { dealt } = this;
    await this.tab.runs.ready;
    if (this.dealt !== dealt) return false;
    const { runs } = this.tab,
      name = runs.nameOf(this.spec),
      ending = name && this.endingOf(name);
    if (!ending) return false;
    Object.assign(this, { name, ending });
    this.change({ run: runs.run(name), ownBinding: runs.ownCurve(name).at(-1) ?? null });
    void this.tellEnding();
    return true;
  }

  /** After a reload: the model may be in the storage of this browser. Else the dot stays hollow. */
  async handInKept() {
    const { dealt } = this;
    await this.tab.runs.ready;
    if (this.dealt !== dealt) return;
    const name = this.tab.runs.nameOf(this.spec);
    if (name) await this.give(name, dealt);
    else if (this.hasClassWorld) this.begin(); // what was not kept is trained once more, to the same bits
  }

  /** Keep the run of the class's own world in this browser. */
  async keepRun() {
    const { runs } = this.tab;
    await runs.keepRun(this.name);
    this.change({ isKept: Boolean(runs.run(this.name)?.in_tab.isKept) });
  }

  /** Hand in the model of a run, as long as the device has this deal. */
  async give(name, dealt) {
    try {
      const weights = await this.tab.runs.model(name);
      if (weights && this.dealt === dealt) await this.handIn(halve(weights));
    } catch (error) {
      if (this.dealt === dealt) this.change({ why: sentenceOf(error, "") });
    }
  }

  stop() {
    this.unwatch();
    this.unwatch = null;
    this.tab.trainings.stop(this.name);
  }

  /** @returns a promise of whether the room has it */
  report(training, pairs, accuracy, digests = []) {
    this.reportedStep = pairs / this.spec.train.batch_size;
    this.reportedAt = Date.now();
    return this.tellRoom({ training, pairs, accuracy, digests, world: this.deal.values.world ?? "" });
  }
}
