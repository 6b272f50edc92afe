// Trainings that a reader opens and repeats, to the last bit: those of the study's fourth edition, and those of the
// open questions. It keeps one box beside the dot that was opened, and draws it itself.
//
//   const repeats = new Repeats(page, root);        // `root` is a positioned element around all figures
//   await repeats.load();                            // repeats.dots: the content of dots.json, null for none
//   repeats.setDots(dots);                           // or dots that come from elsewhere
//   repeats.show({ sweep: "loop", label: "down to 0.7", seed: 40 }, element);   // `element` is the dot
//
// A dot is {sweep: {name, judges, form}, cell: {label, pairs}, training: {seed, key, digest, pairs, bound, curves}} as
// in dots.json. One of a single training with the recipe of a tab has its `spec` too, from which the Workbench can
// start, and may have `said`, what is said of it in place of when it bound. Where `digest` is null there is nothing to
// compare with.
//
// A dot of a figure is any element with `data-training`, the key of its training. While it stands in `root` it wears
// its ring as `data-ring` ("same", "differs", "running"), and `data-open` where its box is open.

import { loadOnce } from "../../engine/once.js";
import { Samples } from "../samples.js";
import { contract } from "../contract.js";
import { valuesOf } from "../recipe.js";
import { Refused } from "../refused.js";
import { copyText } from "../save-file.js";
import { Latest, Store } from "../store.js";
import { loadStyles } from "../styles.js";
import { ARROWS } from "../ui.js";
import { html, render } from "../vendor/preact.js";
import { failureText, say } from "../words.js";
import { emptyBox, RepeatBox, TORCH } from "./box.js";
import { BoxPosition } from "./box-position.js";
import { chainOfOne } from "./chain.js";
import { textOf } from "./receipt.js";
import { deviceTime, repeatChain } from "./repetition.js";
import { Rings } from "./rings.js";

export class Repeats extends Store {
  constructor(page, root) {
    super();
    this.page = page;
    this.dots = null;
    this.list = [];
    this.state = emptyBox();
    this.element = null;
    this.live = null;
    this.opens = new Latest(); // another box, or none, takes the place of one whose training is still loading
    this.rings = new Rings();
    /** What came of the repetitions of this page, by key. */ this.outcomes = new Map();
    this.chains = new Map();
    this.samples = new Samples(page.engine, (name, values) => page.backend.view(name, values));
    this.host = Object.assign(document.createElement("div"), { className: "rp-host" });
    this.root = root;
    root.append(this.host);
    this.boxPosition = new BoxPosition(root, this.host);
    new MutationObserver(() => {
      // The box of a dot that went with its figure would lie over another one; that of a running training has its stop.
      if (this.element && !this.element.isConnected && !this.live) this.close();
      this.mark();
    }).observe(root, { subtree: true, childList: true });
    this.host.addEventListener("keydown", (event) => this.pressKey(event));
    // Tab leaves the box, which hides nothing and so keeps no focus in it.
    globalThis.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.element && this.host.offsetParent && !event.defaultPrevented) this.close();
    });
    globalThis.addEventListener("resize", () => {
      this.boxPosition.forget();
      this.boxPosition.put(this.element);
    });
    globalThis.addEventListener("beforeunload", (event) => {
      if (this.live) event.preventDefault();
    });
    this.acts = {
      close: () => this.close(),
      move: (by) => this.move(by),
      train: (workers) => this.train(workers),
      pause: () => this.live.running.togglePause(),
      stop: () => this.live.running.stop(),
      copy: (kind, element) => this.copy(kind, element),
      openInWorkbench: () => {
        const { spec } = this.state.dot;
        page.toWorkbench({ preset: spec.preset, values: valuesOf(spec) });
      },
    };
  }

  async load() {
    const [{ dots }] = await Promise.all([this.page.backend.view("dots", {}), loadStyles("repeat")]);
    this.dots = dots;
    globalThis.explorerWords?.learn(dots?.sweeps.flatMap(({ cells }) => cells.map(({ title }) => title)) ?? []);
    this.setDots(
      (dots?.sweeps ?? []).flatMap((sweep) =>
        sweep.cells.flatMap((cell) => cell.trainings.map((training) => ({ sweep, cell, training }))),
      ),
    );
    return dots;
  }

  /** The dots in their order. The box of one that was opened before stays, and shows what is new of it. */
  setDots(list) {
    this.list = list;
    const open = list.find(({ training }) => this.isOpen(training.key));
    if (open) this.change({ dot: open });
    this.mark();
  }

  isOpen(key) {
    return this.state.dot?.training.key === key;
  }

  /**
   * @param {{sweep: string, label: string, seed: number}} which @returns {any} {sweep, cell, training}, or undefined
   */
  find({ sweep, label, seed }) {
    return this.list.find(
      (each) => each.sweep.name === sweep && each.cell.label === label && each.training.seed === seed,
    );
  }

  ringOf(key) {
    return this.live?.key === key ? "running" : this.rings.of(key);
  }

  /** Give every dot its ring, those too that a figure has just drawn. */
  mark() {
    for (const each of this.root.querySelectorAll("[data-training]")) {
      const key = each.dataset.training;
      each.toggleAttribute("data-open", this.isOpen(key));
      const ring = this.ringOf(key);
      if (ring) each.dataset.ring = ring;
      else delete each.dataset.ring;
    }
  }

  // ---- The box

  show(which, element) {
    const dot = this.find(which);
    if (!dot) return;
    this.element = element;
    this.openBox(dot);
  }

  openBox(dot) {
    this.opens.begin();
    this.state = { ...emptyBox(), dot };
    this.boxPosition.forget();
    this.draw();
    this.boxPosition.uncover(this.element);
    this.mark();
    this.focus();
    void this.prepare(dot);
  }

  focus() {
    this.host.querySelector("[role=dialog]")?.focus({ preventScroll: true });
  }

  /**
   * Open a training of torch, from the editions before: its bits cannot be repeated here, its curve can be compared.
   * @param {{key: string, label: string, seed: number, pairs: number, bound_at: number | null}} training of line.json
   */
  async showOfTorch({ key, label, seed, pairs, bound_at: time }, element) {
    const isNewest = this.opens.begin(),
      { trainings } = await this.chainsOf(TORCH),
      found = trainings[key];
    if (!found || !isNewest()) return;
    this.element = element;
    const dot = {
      sweep: { name: TORCH, judges: "time", form: "own" },
      cell: { label, pairs },
      training: { seed, key, pairs, digest: null, bound: { own: time }, curves: [found.curve] },
    };
    this.openBox(dot);
  }

  close() {
    const { element } = this;
    this.opens.begin();
    this.element = null;
    this.state = emptyBox();
    this.draw();
    this.mark();
    element?.focus();
  }

  /** Go on to another dot, around the ends of the list. */
  move(by) {
    const at = this.list.indexOf(this.state.dot);
    if (at < 0) return;
    const { sweep, cell, training } = this.list[(at + by + this.list.length) % this.list.length],
      wanted = `[data-training="${CSS.escape(training.key)}"]`,
      // Figures may show one training twice: the one that is nearest to the opened dot counts.
      figure = this.element?.closest("[data-dots], section"),
      element = figure?.querySelector(wanted) ?? this.root.querySelector(wanted);
    element?.scrollIntoView({ block: "nearest" });
    this.show({ sweep: sweep.name, label: cell.label, seed: training.seed }, element ?? this.element);
  }

  pressKey(event) {
    const by = ARROWS[event.key];
    if (event.key === "Escape") this.close();
    else if (by) this.move(by);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The picture, and how long it takes here. */
  async prepare(dot) {
    const isOpen = () => this.isOpen(dot.training.key);
    try {
      const { phases } = await this.chainOf(dot),
        { data, train } = phases.at(-1).spec;
      const { cards } = await this.samples.cards({ world: data.world, seed: train.seed }, 0, { data, isDrawn: true });
      if (isOpen()) this.change({ sample: cards[0] });
      const time = await deviceTime(this.page, phases);
      if (isOpen()) this.change(time);
    } catch (error) {
      if (isOpen()) this.change({ problem: error.message });
    }
  }

  /** The phases of a training, from the file of its sweep, which comes when one of its dots is first opened. */
  async chainOf({ sweep, cell, training, spec: own = null }) {
    if (own) return chainOfOne(this.page.engine, own, training.digest, sweep.form);
    const { phases, trainings, engine } = await this.chainsOf(sweep.name);
    if (sweep.name === TORCH) {
      const { spec, scenes } = trainings[training.key];
      return { form: "own", scenes, phases: [{ spec, digests: [] }] };
    }
    if (engine !== contract.engine_version)
      throw new Refused(
        "engine",
        say`It was trained by engine ${engine}, and this page has engine ${contract.engine_version}.`,
      );
    const found = trainings.find(({ label, seed }) => label === cell.label && seed === training.seed);
    return { form: found.form, scenes: found.scenes, phases: found.phases.map((key) => phases[key]) };
  }

  /** The file of a sweep. */
  chainsOf(name) {
    return loadOnce(this.chains, name, () => this.page.backend.view("chains", { sweep: name }));
  }

  /** @param {{isStep?: boolean}} [of] a step of a training leaves the box where it stands */
  draw({ isStep = false } = {}) {
    const { state, live } = this,
      { dot } = state,
      key = dot?.training.key;
    const shown = dot && {
      ...state,
      number: this.list.includes(dot) ? { at: this.list.indexOf(dot) + 1, of: this.list.length } : null,
      outcome: this.outcomes.get(key) ?? null,
      ring: this.rings.of(key),
      isKept: this.rings.isKept,
      running: live?.key === key ? live.running : null,
      isBusy: Boolean(this.page.tab?.trainings.isBusy) && live?.key !== key,
      open: dot.spec ? null : this.page.address.link("open"),
    };
    render(shown && html`<${RepeatBox} state=${shown} acts=${this.acts} />`, this.host);
    if (!isStep) this.boxPosition.put(this.element);
  }

  // ---- A repetition

  /** @param {number | null} workers null for as many as this tab uses */
  async train(workers = null) {
    const { dot } = this.state,
      { training } = dot;
    if (this.live || this.page.tab.trainings.isBusy) return;
    this.live = { key: training.key, running: null };
    this.outcomes.delete(training.key);
    const repeat = (chain) =>
      repeatChain(this.page, chain, training.digest, {
        workers,
        onBegin: (running) => {
          this.live.running = running;
          this.change({ problem: "", copied: "" });
          this.mark();
        },
        tell: () => this.isOpen(training.key) && this.draw({ isStep: true }),
      });
    const outcome = await this.chainOf(dot).then(repeat, (error) => ({ kind: "failed", problem: failureText(error) }));
    this.live = null;
    this.outcomes.set(training.key, outcome);
    if (outcome.kind === "same" || outcome.kind === "differs") this.rings.put(training.key, outcome.kind);
    this.draw();
    this.mark();
  }

  async copy(kind, element) {
    const { dot } = this.state,
      text = textOf(kind, dot, this.outcomes.get(dot.training.key));
    this.change({ copied: (await copyText(text, element)) ? kind : "" });
  }
}
