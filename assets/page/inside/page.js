// Look inside: a model on 48 pictures at each saved step. The pictures stand where their answers are; one pair is
// large.
//
// State of the address: run (a run or a shipped model), form, step, scene (from 1). Without a step the newest is
// followed.

import { isOwnWorld } from "../../engine/world.js";
import { Thousand } from "./brush.js";
import { Forms } from "./forms.js";
import { Histogram } from "./histogram.js";
import { Map2d, Reading } from "./map.js";
import { ForResearchers } from "./more.js";
import { askableOf, reachOf, walkSteps } from "./numbers.js";
import { thousands } from "../numbers.js";
import { Pair } from "./pair.js";
import { sourceOf } from "./source.js";
import { Steps } from "./steps.js";
import { askThousand, COUNT } from "./thousand.js";
import { ASKER, WORLD } from "../recipe.js";
import { colorsOf } from "../scene/drawing.js";
import { loadStyles } from "../styles.js";
import { Timers } from "../timers.js";
import { html, render } from "../vendor/preact.js";
import { bare, isLive, percent, say } from "../words.js";

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
  asked: "",
  inspected: null,
  reach: [1, 1],
  at: null,
  chosen: 0,
  form: FORM,
  typed: SILENT,
  figures: null,
  isOpen: false,
  problem: "",
  thousand: null, // {first, scenes, isDone, brush, kept, colors: [{word, fill}], chosen, isAll, isTable, problem}
});

const NOTHING_KEPT = { colors: null, ratio: null, first: null };

const stepIndex = ({ inspected, at }) =>
  at === null ? inspected.steps.length - 1 : Math.min(at, inspected.steps.length - 1);

export async function open(element, page) {
  await Promise.all(["inside", "figures"].map(loadStyles));
  return new Inside(element, page);
}

class Inside {
  constructor(element, page) {
    Object.assign(this, {
      element,
      page,
      source: sourceOf(page),
      state: emptyInside(),
      timers: new Timers(),
      isSeen: true,
    });
    this.acts = this.makeActs();
    page.address.watch(() => this.isSeen && this.arrive());
    this.arrive();
  }

  shown() {
    this.isSeen = true;
    this.arrive();
  }

  hidden() {
    this.isSeen = false;
    this.timers.stop();
  }

  change(parts) {
    Object.assign(this.state, parts);
    render(html`<${InsidePage} state=${{ ...this.state }} acts=${this.acts} page=${this.page} />`, this.element);
  }

  /** The world of a model: what its spec changes, or that of its recipe. */
  world({ preset, values }) {
    return values.world ?? this.page.catalog.presets.find(({ name }) => name === preset)?.spec.data.world ?? WORLD;
  }

  /** Show what the address asks for. */
  arrive() {
    const { address } = this.page,
      name = address.get("run") || address.heldRun || ASKER,
      form = address.get("form") || FORM;
    this.source.models(name).then(
      (models) => this.change({ models }),
      () => undefined,
    );
    if (name !== this.state.asked || form !== this.state.form || !this.state.inspected) return this.load(name, form);
    this.change(this.readAddress());
    return this.follow();
  }

  /** The step and the scene of the address. */
  readAddress() {
    const { inspected } = this.state,
      { address } = this.page,
      step = address.get("step"),
      scene = Number(address.get("scene"));
    if (!inspected?.steps.length) return {};
    const at = step === "" || Number.isNaN(Number(step)) ? null : nearest(inspected.steps, Number(step)),
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

  async load(name, form) {
    const isOther = name !== this.state.asked;
    this.leaveThousand();
    this.change({
      asked: name,
      form,
      problem: "",
      figures: null,
      typed: SILENT,
      ...(isOther ? { inspected: null, at: null } : {}),
    });
    try {
      const answer = await this.source.steps(name, form, 0);
      const world = this.world(answer);
      if (isOwnWorld(world))
        await (await import("../own-worlds.js")).OwnWorlds.of(this.page).ofRun({ data: { world } }, name);
      if (this.state.asked !== name || this.state.form !== form) return;
      this.take({ ...answer, isDrawn: this.page.catalog.drawn.includes(world), steps: walkSteps(answer.steps) });
      this.change(this.readAddress());
      this.figures();
    } catch (error) {
      if (this.state.asked === name) this.change({ inspected: null, problem: error.message });
    }
  }

  take(inspected) {
    this.change({
      inspected,
      form: inspected.form,
      reach: inspected.steps.length ? reachOf(inspected.steps) : [1, 1],
      problem: "",
    });
    if (isLive(inspected)) this.timers.poll("run", POLL_MS, () => this.follow());
  }

  /** Ask a run under way for the steps that the page lacks. */
  async follow() {
    this.timers.stop("run");
    const { inspected, asked: name, form } = this.state;
    if (!inspected || !isLive(inspected)) return;
    try {
      const answer = await this.source.steps(name, form, inspected.steps.length);
      if (this.state.asked !== name || this.state.form !== form || this.state.inspected !== inspected) return;
      const isFirst = !inspected.steps.length && answer.steps.length > 0,
        isNew = answer.steps.length > 0 || answer.status !== inspected.status;
      const raw = answer.first
        ? inspected.steps.map((each, index) => ({ ...each, scores: answer.first > index ? each.scores : {} }))
        : [];
      this.take({
        ...answer,
        isDrawn: inspected.isDrawn,
        scenes: answer.scenes ?? inspected.scenes,
        width: answer.width ?? inspected.width,
        steps: walkSteps([...raw, ...answer.steps]),
      });
      if (isFirst) this.change(this.readAddress());
      if (isNew && !isLive(answer))
        await this.load(name, form); // its report has the numbers of the end
      else if (isNew && this.state.at === null) this.figures();
    } catch {
      this.timers.poll("run", 8 * POLL_MS, () => this.follow());
    }
  }

  /** Figures for researchers, where they are open. */
  figures() {
    const { state } = this;
    if (!state.isOpen || !state.inspected?.steps.length) return;
    this.timers.after("figures", PATIENCE_MS, async () => {
      const step = state.inspected.steps[stepIndex(state)].step,
        key = [state.asked, state.form, step, state.chosen].join(" ");
      const answer = await this.source
        .figures(state.asked, state.form, step, state.chosen + 1)
        .catch((error) => ({ figures: {}, why: error.message }));
      if (key === [state.asked, state.form, state.inspected?.steps[stepIndex(state)]?.step, state.chosen].join(" "))
        this.change({ figures: answer });
    });
  }

  /** Ask the model a thousand scenes from `first` on; points appear as they are answered. */
  async askThousand(first, before = {}) {
    this.leaveThousand();
    const control = (this.running = new AbortController()),
      { signal } = control,
      name = this.state.asked;
    const said = (parts) => signal.aborted || this.change({ thousand: { ...this.state.thousand, ...parts } });
    this.change({
      thousand: {
        first,
        scenes: [],
        isDone: false,
        brush: { from: -Infinity, to: 0 },
        kept: NOTHING_KEPT,
        colors: [],
        chosen: null,
        isAll: false,
        isTable: false,
        problem: "",
        ...before,
      },
    });
    try {
      const world = this.world(this.state.inspected),
        { description } = await this.page.engine.loadWorld(world);
      said({ colors: colorsOf(description) });
      await askThousand(this.page, name, { world, first, signal, tell: (scenes) => said({ scenes }) });
      said({ isDone: true });
    } catch (error) {
      if (!signal.aborted) said({ problem: error.message });
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
      thousand: () => {
        this.askThousand(0);
        this.element.querySelector("#inside-fewer").focus({ preventScroll: true });
      },
      fewer: () => {
        this.leaveThousand();
        this.element.querySelector("#inside-more-pictures")?.focus({ preventScroll: true });
      },
      fresh: () => {
        const { first, brush, kept } = state.thousand;
        this.askThousand(first + COUNT, { brush, kept });
      },
      brush: (brush) => change({ brush, isAll: false }),
      keep: (facet, group) =>
        change({ kept: { ...state.thousand.kept, [facet]: state.thousand.kept[facet] === group ? null : group } }),
      keepAll: () => change({ kept: NOTHING_KEPT }),
      pick: (index) => change({ chosen: index }),
      showAll: () => change({ isAll: !state.thousand.isAll }),
      asTable: () => change({ isTable: !state.thousand.isTable }),
      model: (name) => {
        page.address.write({ run: name, step: "", scene: "", form: "" }, { isStep: true });
        this.load(name, FORM);
      },
      step: (index) => {
        const at = index === state.inspected.steps.length - 1 ? null : index;
        page.address.write({ step: at === null ? "" : String(state.inspected.steps[at].step) });
        this.change({ at });
        this.figures();
      },
      choose: (scene, { isFocused } = {}) => {
        page.address.write({ scene: String(scene + 1) });
        this.change({ chosen: scene, typed: { ...SILENT, text: state.typed.text } });
        if (isFocused) this.element.querySelector(".in-chosen")?.focus();
        this.acts.type(state.typed.text);
        this.figures();
      },
      form: (form) => {
        page.address.write({ form: form === FORM ? "" : form });
        this.load(state.asked, form);
      },
      type: (text) => {
        this.change({ typed: { ...state.typed, text, problem: "", ...(text.trim() ? {} : SILENT) } });
        this.timers.stop("typed");
        if (text.trim()) this.timers.after("typed", PATIENCE_MS, () => this.askTyped(text));
      },
      more: (isOpen) => {
        this.change({ isOpen });
        this.figures();
      },
      back: () => page.go("workbench", state.inspected?.kind === "run" ? { run: state.asked } : {}),
      data: () => page.toWorkbench(state.inspected),
    };
  }

  async askTyped(text) {
    const { state } = this,
      { chosen, asked } = state;
    this.change({ typed: { ...state.typed, isAsked: true } });
    const typed = await this.source.caption(asked, state.form, chosen, text, state.inspected.scenes[chosen]).then(
      ({ cosine, unknown }) => ({ ...SILENT, text, cosine, unknown }),
      (error) => ({ ...SILENT, text, problem: error.message }),
    );
    if (state.typed.text === text && state.chosen === chosen && state.asked === asked) this.change({ typed });
  }
}

function nearest(steps, wanted) {
  const far = steps.map(({ step }) => Math.abs(step - wanted));
  return far.indexOf(Math.min(...far));
}

// ---- What is seen

export function InsidePage({ state, acts, page }) {
  const { inspected, problem } = state;
  if (!inspected?.steps.length)
    return html`<div class="in-page"><${Head} ...${{ state, acts }} /><p class="in-card in-empty" role="status">
    ${problem || waitingWords(inspected)}</p></div>`;
  const step = inspected.steps[stepIndex(state)],
    isLast = stepIndex(state) === inspected.steps.length - 1;
  if (state.thousand)
    return html`<div class="in-page in-thousand"><${Head} ...${{ state, acts, step }} />
      <${Thousand} ...${{ state, acts }} /></div>`;
  return html`<div class="in-page"><${Head} ...${{ state, acts, step }} />
    <${Pair} ...${{ state, step, acts }} />
    <section class="in-card in-all" aria-labelledby="in-h2"><h2 id="in-h2">
      ${say`${step.right} of ${step.asked} pictures are nearer to their own caption`}</h2>
      <p class="in-how"><span>${say("How to read this: each picture stands where its answer is.")}</span> <span>
        ${
          inspected.steps.length > 1
            ? say("Drag the steps above: they walk from the middle to the right.")
            : say("A model that does not bind piles them up at the coin toss.")
        }</span></p>
      <${Histogram} step=${step} scenes=${inspected.scenes} chosen=${state.chosen} choose=${acts.choose} />
        <p class="in-how">${leftOutWords(inspected)} ${
          isLast &&
          inspected.has_model &&
          inspected.isDrawn &&
          !isLive(inspected) &&
          html`<button type="button" class="in-link" id="inside-more-pictures" onClick=${acts.thousand}>
          ${say("A thousand pictures")}</button>`
        }
        </p></section>
    <section class="in-card in-side" aria-labelledby="in-h3"><h2 id="in-h3">${say("Map of pictures and captions")}</h2>
      <${Reading} step=${step} width=${inspected.width} />
      <${Map2d} step=${step} scenes=${inspected.scenes} chosen=${state.chosen} choose=${acts.choose}
        reach=${state.reach} />
      <${Forms} inspected=${inspected} step=${step} isLast=${isLast && !isLive(inspected)} form=${state.form}
        choose=${acts.form} /></section>
    <${ForResearchers} ...${{ state, acts, page, step }} /></div>`;
}

function Head({ state, acts, step }) {
  const { inspected, models, asked } = state,
    choices = models.some((each) => each.name === asked)
      ? models
      : [{ name: asked, title: inspected?.title ?? asked, kind: "run" }, ...models];
  const option = (each) => html`<option key=${each.name} value=${each.name}>
    ${each.kind === "shipped" ? say`Shipped: ${each.title}` : say(each.title)}</option>`,
    shipped = choices.filter((each) => each.kind === "shipped"),
    runs = choices.filter((each) => each.kind === "run");
  return html`<section class="in-card in-head" aria-label=${say("Model and step")}><div class="in-who">
    <a href="?tab=workbench" onClick=${(event) => {
      event.preventDefault();
      acts.back();
    }}>← ${say("Workbench")}</a>
      <select id="inside-model" aria-label=${say("Run or shipped model")} value=${asked}
        onChange=${({ target }) => acts.model(target.value)}>
          ${
            runs.length > 0 &&
            html`<optgroup label=${say("Runs")}>${runs.map(option)}
        </optgroup>`
          }<optgroup label=${say("Models that come with it")}>${shipped.map(option)}</optgroup></select></div>
    ${
      step
        ? inspected.kind === "run"
          ? html`<${Steps} steps=${inspected.steps} planned=${isLive(inspected) ? inspected.planned : []}
        at=${stepIndex(state)}
      choose=${acts.step} />`
          : html`<p class="in-how in-made">
        <span>${
          !inspected.trained
            ? say("It has one step to look at.")
            : say`A finished model: ${thousands(inspected.trained)} steps on ${lowered(say(inspected.title))}. It has one step to look at.`
        }
      </span> ${
        inspected.preset &&
        html`<button type="button" class="in-link" onClick=${acts.data}>${say("What it was made of")}</button>`
      }
      </p>`
        : html`<span />`
    }
    ${step && html`<${BindingNumber} step=${step} />`}</section>`;
}

function BindingNumber({ step: { scores } }) {
  const { binding_accuracy: binding, recognition_accuracy: recognition } = scores.canonical ?? {};
  if (!binding || binding.value === null)
    return html`<p class="in-number"><span>${say("not measured at this step")}</span></p>`;
  return html`<div class="in-number"><b>${bare(binding.value)}<small>%</small></b>
    <p><strong>${say("of pictures find their own caption")}
    </strong>
      <span>
        ${say`${bare(binding.low)} to ${bare(binding.high)}, ${binding.n} scenes; it knows the words in ${recognition?.value === null || !recognition ? "–" : percent(recognition.value)}`}</span></p></div>`;
}

function waitingWords(inspected) {
  if (!inspected) return say("Loading what this model answers …");
  if (inspected.status === "queued")
    return inspected.place > 1
      ? say`This run waits in the queue, place ${inspected.place}. Its first step is saved as soon as it trains.`
      : say("This run is the next in the queue. Its first step is saved as soon as it trains.");
  if (isLive(inspected)) return say("This run has saved no step yet. The first comes in a few seconds.");
  return inspected.reason ? say`This run has saved no step: ${inspected.reason}.` : say("This run has saved no step.");
}

const lowered = (title) => title.charAt(0).toLowerCase() + title.slice(1);

/** Which pictures are not drawn, and why. */
function leftOutWords({ scenes }) {
  const reasons = scenes.map((each) => each.no_swap).filter(Boolean),
    kinds = [...new Set(reasons)];
  if (!reasons.length) return "";
  if (kinds.length === 1 && kinds[0] === "The objects named have the same values.")
    return say`${reasons.length} of the ${scenes.length} pictures show one color twice: nothing to swap, not drawn.`;
  return say`${reasons.length} of the ${scenes.length} captions have no swap that is false of the picture: not drawn.`;
}
