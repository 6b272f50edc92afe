// Look inside: a model on 48 pictures at each saved step, and on a thousand at its last one; what it shows is view.js.
//
// State of the address: run (a run or a shipped model), form, step, scene (from 1). Without a step the newest is
// followed.

import { isOwnWorld } from "../../engine/world.js";
import { askableOf, reachOf, walkSteps } from "./answers.js";
import { sourceOf } from "./source.js";
import { askThousand, NUM_MANY } from "./thousand.js";
import { ASKER, WORLD } from "../recipe.js";
import { colorsOf } from "../drawing.js";
import { loadStyles } from "../styles.js";
import { keepTyped, takeTyped } from "../kept.js";
import { Latest, SLOWER, Store, Timers } from "../store.js";
import { html, render } from "../vendor/preact.js";
import { isLive } from "../words.js";
import { stepIndex } from "./steps.js";
import { InsidePage } from "./view.js";
import { nearestIndex } from "../numbers.js";

const FORM = "canonical",
  POLL_MS = 1500,
  PATIENCE_MS = 400;
const SILENT = { text: "", cosine: null, unknown: [], isAsked: false, problem: "" };

/**
 * `inspected` is the answer of `inspect_steps` with steps as `walkSteps` makes them, and `isDrawn` if this page draws
 * scenes of its world; `at` null follows the newest step.
 */
export const emptyInside = () => ({
  models: [],
  modelName: "",
  inspected: null,
  reach: [1, 1],
  at: null,
  chosen: 0,
  form: FORM,
  typed: SILENT,
  figures: null,
  isOpen: false,
  problem: "",
  // {first, step, scenes, isDone, brush, filters, colors: [{word, fill}], chosen, isAll, isTable, problem}
  thousand: null,
});

const NO_FILTERS = { colors: null, ratio: null, first: null };

export async function open(element, page) {
  await Promise.all(["inside", "figures"].map(loadStyles));
  return new Inside(element, page);
}

export class Inside extends Store {
  constructor(element, page) {
    super();
    this.element = element;
    this.page = page;
    this.source = sourceOf(page);
    this.state = emptyInside();
    this.timers = new Timers();
    this.listings = new Latest(); // of models, which differ with the one that is asked
    this.running = null; // what ends the questions to a thousand scenes
    this.brought = takeTyped("inside").text; // the caption that was typed in the page of another language
    this.acts = this.makeActs();
    this.arrive();
  }

  leave() {
    this.timers.stop();
  }

  keepTyped() {
    keepTyped("inside", { text: this.state.typed.text });
  }

  draw() {
    render(html`<${InsidePage} state=${{ ...this.state }} acts=${this.acts} page=${this.page} />`, this.element);
  }

  /** The world of a model: what its spec changes, or that of its recipe. */
  worldOf({ preset, values }) {
    return values.world ?? this.page.catalog.presets.find(({ name }) => name === preset)?.spec.data.world ?? WORLD;
  }

  /** Whether the page is of this model in this form. */
  isOf(name, form) {
    return this.state.modelName === name && this.state.form === form;
  }

  /** Show what the address asks for. */
  arrive() {
    const { address } = this.page,
      name = address.get("run") || address.heldRun || ASKER,
      form = address.get("form") || FORM,
      isNewest = this.listings.begin();
    this.source.models(name).then(
      (models) => isNewest() && this.change({ models }),
      () => undefined,
    );
    if (!this.isOf(name, form) || !this.state.inspected) return this.load(name, form);
    this.show(this.readAddress());
    return this.follow();
  }

  /** The step and the scene of the address. */
  readAddress() {
    const { inspected } = this.state,
      { address } = this.page,
      step = address.get("step"),
      scene = Number(address.get("scene"));
    if (!inspected?.steps.length) return {};
    const at =
        step === "" || Number.isNaN(Number(step))
          ? null
          : nearestIndex(
              inspected.steps.map((each) => each.step),
              Number(step),
            ),
      order = askableOf(inspected.steps.at(-1));
    return {
      at: at === inspected.steps.length - 1 ? null : at,
      chosen:
        scene >= 1 && scene <= inspected.scenes.length
          ? scene - 1
          : order.includes(this.state.chosen)
            ? this.state.chosen
            : (order[0] ?? 0),
    };
  }

  /** Show another step, or another picture, of which the typed caption is asked again. */
  show(parts) {
    const { chosen } = this.state;
    this.change(parts);
    if (this.state.chosen !== chosen) this.typeAgain();
    this.loadFigures();
  }

  typeAgain() {
    const { text } = this.state.typed;
    this.change({ typed: { ...SILENT, text } });
    this.acts.type(text);
  }

  async load(name, form) {
    const isOther = name !== this.state.modelName;
    this.leaveThousand();
    this.change({
      modelName: name,
      form,
      problem: "",
      figures: null,
      typed: SILENT,
      ...(isOther ? { inspected: null, at: null } : {}),
    });
    try {
      const answer = await this.source.steps(name, form, 0);
      const world = this.worldOf(answer);
      if (isOwnWorld(world))
        await (await import("../own-worlds.js")).OwnWorlds.of(this.page).ofRun({ data: { world } }, name);
      if (!this.isOf(name, form)) return;
      this.receive({ ...answer, isDrawn: this.page.catalog.drawn.includes(world), steps: walkSteps(answer.steps) });
      this.change(this.readAddress());
      this.loadFigures();
      if (typeof this.brought === "string") this.acts.type(this.brought);
      this.brought = null;
    } catch (error) {
      if (this.isOf(name, form)) this.change({ inspected: null, problem: error.message });
    }
  }

  receive(inspected) {
    this.change({
      inspected,
      form: inspected.form,
      reach: inspected.steps.length ? reachOf(inspected.steps) : [1, 1],
      problem: "",
    });
    if (isLive(inspected)) this.pollRun(POLL_MS);
  }

  /** Ask a run for the steps that the page lacks; one that has ended may have been resumed elsewhere. */
  async follow() {
    this.timers.stop("run");
    const { inspected, modelName: name, form } = this.state;
    if (inspected?.kind !== "run") return;
    try {
      const isWanted = () => this.isOf(name, form) && this.state.inspected === inspected;
      let answer = await this.source.steps(name, form, inspected.steps.length);
      if (!isWanted()) return;
      const isFirst = !inspected.steps.length && answer.steps.length > 0,
        isNew = answer.steps.length > 0 || answer.status !== inspected.status,
        hasEnded = isNew && !isLive(answer);
      if (hasEnded) answer = await this.source.steps(name, form, 0); // its report has the numbers of the end
      if (!isWanted()) return;
      const raw = answer.first
        ? inspected.steps.map((each, index) => ({ ...each, scores: answer.first > index ? each.scores : {} }))
        : [];
      this.receive({
        ...answer,
        isDrawn: inspected.isDrawn,
        scenes: answer.scenes ?? inspected.scenes,
        width: answer.width ?? inspected.width,
        steps: walkSteps([...raw, ...answer.steps]),
      });
      if (isFirst) this.change(this.readAddress());
      if (hasEnded) this.showEnd(answer);
      else if (isNew && this.state.at === null) this.loadFigures();
    } catch {
      if (this.state.inspected === inspected) this.pollRun(SLOWER * POLL_MS);
    }
  }

  /** What the last weights of a run say of what is open, where they are other ones. */
  showEnd({ step }) {
    if (this.state.thousand?.step !== step) this.leaveThousand();
    this.typeAgain();
    this.loadFigures();
  }

  /** Ask a run under way again, while this view is the one that is shown. */
  pollRun(ms) {
    if (this.page.isShown("inside")) this.timers.poll("run", ms, () => this.follow());
  }

  /** Figures for researchers, where they are open. */
  loadFigures() {
    const { state } = this;
    if (!state.isOpen || !state.inspected?.steps.length) return;
    this.timers.after("figures", PATIENCE_MS, async () => {
      const step = state.inspected.steps[stepIndex(state)].step,
        key = figuresKey(state);
      const answer = await this.source
        .figures(state.modelName, state.form, step, state.chosen + 1)
        .catch((error) => ({ figures: {}, why: error.message }));
      if (key === figuresKey(state)) this.change({ figures: answer });
    });
  }

  /** Ask the model a thousand scenes from `first` on; points appear as they are answered. */
  async askThousand(first, before = {}) {
    this.leaveThousand();
    const control = (this.running = new AbortController()),
      { signal } = control,
      name = this.state.modelName;
    const tell = (parts) => signal.aborted || this.change({ thousand: { ...this.state.thousand, ...parts } });
    this.change({
      thousand: {
        first,
        step: this.state.inspected.step,
        scenes: [],
        isDone: false,
        brush: { from: -Infinity, to: 0 },
        filters: NO_FILTERS,
        colors: [],
        chosen: null,
        isAll: false,
        isTable: false,
        problem: "",
        ...before,
      },
    });
    try {
      const world = this.worldOf(this.state.inspected),
        { description } = await this.page.engine.loadWorld(world);
      tell({ colors: colorsOf(description) });
      await askThousand(this.page, name, { world, first, signal, tell: (scenes) => tell({ scenes }) });
      tell({ isDone: true });
    } catch (error) {
      if (!signal.aborted) tell({ problem: error.message });
    }
  }

  leaveThousand() {
    this.running?.abort();
    if (this.state.thousand) this.change({ thousand: null });
  }

  makeActs() {
    const { state, page } = this,
      change = (parts) => this.change({ thousand: { ...state.thousand, ...parts } });
    return {
      // The button that was pressed goes; the one that takes its place has the focus.
      askThousand: () => {
        this.askThousand(0);
        this.element.querySelector("#inside-fewer").focus({ preventScroll: true });
      },
      showFew: () => {
        this.leaveThousand();
        this.element.querySelector("#inside-more-pictures")?.focus({ preventScroll: true });
      },
      askFresh: () => {
        const { first, brush, filters } = state.thousand;
        this.askThousand(first + NUM_MANY, { brush, filters });
      },
      brush: (brush) => change({ brush, isAll: false }),
      filter: (facet, group) => {
        const { filters } = state.thousand;
        change({ filters: { ...filters, [facet]: filters[facet] === group ? null : group } });
      },
      clearFilters: () => change({ filters: NO_FILTERS }),
      choosePicture: (index) => change({ chosen: index }),
      toggleAll: () => change({ isAll: !state.thousand.isAll }),
      toggleTable: () => change({ isTable: !state.thousand.isTable }),
      chooseModel: (name) => {
        page.address.write({ run: name, step: "", scene: "", form: "" }, { isStep: true });
        this.load(name, FORM);
      },
      chooseStep: (index) => {
        const at = index === state.inspected.steps.length - 1 ? null : index;
        page.address.write({ step: at === null ? "" : String(state.inspected.steps[at].step) });
        this.show({ at });
      },
      chooseScene: (scene, { isFocused } = {}) => {
        page.address.write({ scene: String(scene + 1) });
        this.show({ chosen: scene });
        if (isFocused) this.element.querySelector(".in-chosen")?.focus();
      },
      chooseForm: (form) => {
        page.address.write({ form: form === FORM ? "" : form });
        this.load(state.modelName, form);
      },
      type: (text) => {
        this.change({ typed: { ...state.typed, text, problem: "", ...(text.trim() ? {} : SILENT) } });
        this.timers.stop("typed");
        if (text.trim()) this.timers.after("typed", PATIENCE_MS, () => this.askTyped(text));
      },
      openFigures: (isOpen) => {
        this.change({ isOpen });
        this.loadFigures();
      },
      openInWorkbench: () => page.toWorkbench(state.inspected),
    };
  }

  async askTyped(text) {
    const { state } = this,
      { chosen, modelName } = state;
    this.change({ typed: { ...state.typed, isAsked: true } });
    const typed = await this.source.caption(modelName, state.form, chosen, text, state.inspected.scenes[chosen]).then(
      ({ cosine, unknown }) => ({ ...SILENT, text, cosine, unknown }),
      (error) => ({ ...SILENT, text, problem: error.message }),
    );
    if (state.typed.text === text && state.chosen === chosen && state.modelName === modelName) this.change({ typed });
  }
}

/** Of what the figures are. */
const figuresKey = (state) =>
  [state.modelName, state.form, state.inspected?.steps[stepIndex(state)]?.step, state.chosen].join(" ");
