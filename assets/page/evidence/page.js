// The evidence: what came first and what is kept, a guess, the map of captions, the line with one's own data on it,
// nine changes, theories, and the findings.

import { Changes, factor, withInterval } from "./changes.js";
import { Below } from "./findings.js";
import { keep, recallText } from "../kept.js";
import { dialsAt, fit, KINDS } from "./law.js";
import { Loop, loopTitle } from "./loop.js";
import { diamond, LineFigure, saveLine } from "./line.js";
import { DialsColumn } from "./line-dials.js";
import { Fraction, Told, wish } from "./line-told.js";
import { drawDots } from "../repeat/dots.js";
import { Repeats } from "../repeat/repeats.js";
import { ColorMap } from "./map.js";
import { Doses, Order, orderTitle } from "./order.js";
import { Theories } from "./theories.js";
import { notHereText, PictureOf, Word } from "./fourth-cells.js";
import { Cells } from "../dials/cells.js";
import { DialPolicy } from "../dials/dials.js";
import { cellAt } from "../dials/measured.js";
import { WEB, valuesOf } from "../recipe.js";
import { loadStyles } from "../styles.js";
import { Heading, Sentences } from "../ui.js";
import { Latest, Store, Timers } from "../store.js";
import { html, render } from "../vendor/preact.js";
import { percent, say } from "../words.js";
import { clamp } from "../numbers.js";

const KEY = "clip-binding-explorer-evidence-guess",
  GUESSES = ["name", "tell", "same", "skip"],
  MARKED_MS = 2600,
  PATIENCE_MS = 250;
const PAPER = "https://arxiv.org/abs/2507.07985";

export const emptyEvidence = () => ({
  line: null,
  pace: null,
  pictures: null,
  fourth: null,
  dots: null,
  part: "",
  mapForm: "own",
  loopForm: "canonical",
  chosen: null,
  hovered: null,
  guess: null,
  isSaid: false,
  dials: null,
  recipe: null,
  base: "",
  tidy: "",
  sample: null,
  marked: null,
  measured: null,
  open: null,
  problem: "",
  about: "about",
  questions: "?tab=open",
  methods: null,
});

/** The document of methods, which a server has beside the page. */
const METHODS = "study/methods.html";

/** The view of the page: it starts at the dials of the Workbench. An older address of a claim opens the document. */
export async function open(element, page) {
  await Promise.all(["evidence", "fourth", "figures"].map(loadStyles));
  element.innerHTML =
    '<div id="evidence"><div class="ev-page"></div><div class="wb-col ev-col ev-every" hidden></div></div>';
  // Dots of all figures open in one box; trainings of other editions stand without one.
  const repeats = new Repeats(page, element.firstElementChild),
    every = element.querySelector(".ev-every"),
    evidence = new Evidence(element.querySelector(".ev-page"), page, repeats),
    { methods } = evidence.state;
  void evidence.dots
    .then((found) => {
      every.hidden = !found?.sweeps.length;
      drawDots(repeats, every);
    })
    .catch(() => undefined);
  let seen = page.dialed.get();
  const arrive = () => {
    evidence.change({ part: page.address.get("part") });
    evidence.loadAgain();
    if (page.dialed.get() !== seen && evidence.state.line) evidence.start((seen = page.dialed.get()));
    const claim = page.address.get("claim");
    if (claim && methods) globalThis.location.replace(`${methods}#${encodeURIComponent(claim)}`);
  };
  await evidence.isDrawn;
  arrive();
  return { arrive };
}

/** The state of the page, drawn into `element`, and what a person can do. */
export class Evidence extends Store {
  /** @param page that of app.js @param {Repeats} repeats opens the box beside a dot */
  constructor(element, page, repeats) {
    super();
    const { address, backend, catalog } = page,
      isStatic = backend.kind === "static";
    this.element = element;
    this.page = page;
    this.repeats = repeats;
    this.isStatic = isStatic;
    this.policy = DialPolicy.of(page);
    this.cells = new Cells(catalog);
    this.state = {
      ...emptyEvidence(),
      guess: readGuess(),
      tidy: catalog.opens_with,
      about: address.link("about"),
      questions: address.link("open"),
      methods: isStatic ? null : METHODS,
      part: address.get("part"),
    };
    this.timers = new Timers();
    this.moves = new Latest(); // of the dials
    this.acts = this.makeActs();
    this.draw();
    this.dots = repeats.load();
    // Figures without their trainings keep axes and words.
    this.dots.then(
      (dots) => this.change({ dots }),
      () => undefined,
    );
    this.isDrawn = this.load();
  }

  /** What did not come is loaded again when the page is turned to. */
  loadAgain() {
    if (this.state.problem && !this.state.line) this.isDrawn = this.load();
  }

  async load() {
    const answer = await this.page.backend.view("line", {}).catch(() => null);
    if (!answer)
      return this.change({
        problem: say("The evidence cannot be loaded. Check the connection, then open this page again."),
      });
    const { line, pace, pictures, fourth } = answer;
    this.change({
      line,
      pace: this.isStatic ? null : pace, // how fast its reader's device trains, a page without a server cannot say
      pictures,
      fourth,
      problem: line ? "" : notHereText(),
    });
    if (line) this.start(this.page.dialed.get());
  }

  /** Start at the dials of the Workbench where the page has them, else at the first recipe. */
  start(dials) {
    const { recipes } = this.state.line,
      recipe = recipes.find(({ name }) => name === dials?.preset),
      own = recipe && dialsOf(recipe, dials.values);
    this.acts.chooseRecipe((own ? recipe : recipes[0]).name);
    if (own && isMoved(recipe, own)) this.acts.moveDial(own);
  }

  draw() {
    render(html`<${EvidencePage} state=${{ ...this.state }} acts=${this.acts} />`, this.element);
  }

  makeActs() {
    const { state, page, repeats } = this;
    return {
      change: (parts) => this.change(parts),
      guess: (guess) => {
        keep(KEY, guess);
        this.change({ guess, isSaid: guess !== "skip" });
        // The map has come above it.
        this.element.querySelector(".ev-first")?.scrollIntoView({ block: "start" });
        this.element.querySelector("#evidence-marker, .ev-first .ev-title")?.focus({ preventScroll: true });
      },
      chooseRecipe: (name) => {
        this.setDials(dialsOf(state.line.recipes.find((each) => each.name === name)), {
          recipe: name,
          base: name,
          marked: null,
        });
      },
      moveDial: (parts) => this.setDials(fit({ ...state.dials, ...parts }), { marked: null }),
      moveMarker: (kappa) =>
        this.setDials(dialsAt(clamp(kappa, state.line.law.kappa[0] / 2.4, state.line.law.kappa[1]), state.dials), {
          marked: null,
        }),
      markDots: (dial, value) => {
        this.setDials(fit({ ...state.dials, [dial]: value }), { marked: { dial, value } });
        this.timers.after("mark", MARKED_MS, () => this.change({ marked: null }));
      },
      showPart: (part) => {
        this.change({ part });
        page.address.write({ part }, { isStep: true });
        this.element.querySelector("h1")?.focus();
      },
      seeOrder: () =>
        page.toWorkbench(
          { preset: state.tidy, values: {} },
          { isTrained: true, place: "tab", next: { preset: WEB, values: {} } },
        ),
      openTraining: ({ sweep, label }, { seed }, dot) => repeats.show({ sweep, label, seed }, dot),
      train: () => page.toWorkbench(wish(state), { isTrained: true }),
      openTorchTraining: (training, dot) => void repeats.showOfTorch(training, dot).catch(() => undefined),
      openSpec: ({ preset, values }) => page.toWorkbench({ preset, values }),
      saveTable: () => saveLine(state.line),
    };
  }

  setDials(dials, parts) {
    const isNewest = this.moves.begin(),
      moved = { recipe: null, ...parts, dials };
    this.change({ ...moved, measured: this.measuredNear(wish({ ...this.state, ...moved, measured: null })) });
    this.timers.after("sample", PATIENCE_MS, async () => {
      const sample = await this.sampleOf(wish(this.state)).catch(() => null);
      if (isNewest()) this.change({ sample });
    });
  }

  /** What the study measured nearest to a training. */
  measuredNear({ preset, values }) {
    const { spec } = this.page.catalog.presets.find(({ name }) => name === preset);
    return cellAt(this.cells, { ...valuesOf(spec), ...values });
  }

  /** The first sample that a training reads. */
  async sampleOf({ preset, values: { steps, ...moved } }) {
    const { values } = this.policy.fit(preset, moved);
    return this.policy.firstCard(preset, values);
  }
}

/** The five dials of a recipe, with the Workbench's values in their places; null where the page has no such dials. */
export function dialsOf({ objects, kinds, density, completeness, saliency }, values = {}) {
  const { objects_in_image: many = objects, attribute_kinds: names = KINDS.slice(0, kinds) } = values;
  if (many < 2 || !KINDS.slice(0, names.length).every((kind) => names.includes(kind))) return null;
  const {
    attribute_density: told = density,
    caption_completeness: share = completeness,
    saliency_bias: bias = saliency,
  } = values;
  return fit({ objects: many, kinds: names.length, density: told, completeness: share, saliency: bias });
}

const isMoved = (recipe, dials) => Object.entries(dialsOf(recipe)).some(([name, value]) => dials[name] !== value);

/** The guess that this browser made, null for none. It is kept as a word, not as JSON. */
const readGuess = () => GUESSES.find((each) => each === recallText(KEY)) ?? null;

// ---- What is seen

export function EvidencePage({ state, acts }) {
  const { line, guess, problem, fourth } = state;
  if (!line || !state.dials)
    return html`<section class="ev-first"><div class="ev-lead"><h1>${say("What makes a CLIP learn who has what?")}
    </h1><p role="status">${problem || say("Loading the trainings …")}</p></div></section>`;
  return html`${fourth && html`<${Top} state=${state} acts=${acts} />`}
    ${fourth && guess && html`<${ColorMap} state=${state} acts=${acts} />`}
    <section class="ev-first"><${Lead} state=${state} acts=${acts} level=${fourth ? "h2" : "h1"} /><div class="ev-two">
    ${guess ? html`<${LineColumn} state=${state} acts=${acts} />` : html`<${ChangesGuess} state=${state} acts=${acts} />`}
    <${Changes} line=${line} guess=${guess} /></div></section>
    ${fourth && guess && html`<${Theories} theories=${fourth.theories} number="3" />`}
    ${
      guess &&
      html`<${Below} line=${line} first=${fourth ? 4 : 3} open=${state.open} acts=${acts}
      methods=${state.methods} questions=${state.questions}
      links=${[[state.about, "About: the paper, limits, privacy, licenses"], [PAPER, "The paper"]]} />`
    }`;
}

/** Whether the finding of a figure was judged. */
const isJudged = ({ state }) => !["none", "begun"].includes(state);

/**
 * The figure that comes first: the one that was asked for, else the first that was judged, else the one with more rows.
 */
export function partOf({ part, fourth: { order, loop } }) {
  if (part === "order" || part === "loop") return part;
  if (isJudged(order)) return "order";
  return isJudged(loop) || order.state === "none" ? "loop" : "order";
}

/** What is learned first, and what is kept: two figures, of which one is shown. */
export function Top({ state, acts }) {
  const { order, loop } = state.fourth;
  const head = (title, about) => html`<div class="ev-lead">
    <h1 class="ev-title" tabindex="-1">${title}</h1>${about && html`<p>${about}</p>`}</div>`;
  if (partOf(state) === "loop")
    return html`<section class="ev-top"><button type="button" class="ev-back" data-part="order"
      onClick=${() => acts.showPart("order")}>← ${isJudged(order) ? orderTitle(order) : say("What a model reads first")}</button>
      ${head(loopTitle(loop), "")}<${Loop} state=${state} acts=${acts} /></section>`;
  return html`<section class="ev-top">${head(
    orderTitle(order),
    html`<${Sentences}>
      ${say("The curves tell in how many pictures a small CLIP, asked about two things, finds the caption with the right colors.")}
      <span class="ev-wide">${say("All three count pairs on one scale.")}</span><//>`,
  )}<${Order} state=${state} acts=${acts} /></section>
    <${Doses} doses=${state.fourth.doses} slowDose=${state.fourth.slow_dose} dots=${state.dots} acts=${acts} />`;
}

function Lead({ state: { line, guess, isSaid }, acts, level: Title }) {
  if (!guess)
    return html`<div class="ev-lead"><${Title} class="ev-title" tabindex="-1">
    ${say("What makes a CLIP learn who has what?")}<//><p>
    ${say`A small CLIP was trained ${line.num_trainings} times, in ${line.data.length} conditions. Say what you expect before you see it.`}</p></div>`;
  return html`<div class="ev-lead"><${Title} class="ev-title" tabindex="-1">${line.headline}<//>
    ${
      isSaid
        ? html`<${ChangesReply} line=${line} guess=${guess} acts=${acts} />`
        : html`<p>
      ${say`${line.num_trainings} trainings of a small CLIP, each asked in captions like those it had read: pairs until it knows who has what.`}</p>`
    }</div>`;
}

function ChangesReply({ line, guess, acts }) {
  const own = Object.fromEntries(line.changes.map((each) => [each.name, each.own])),
    { completeness: things, density: attributes } = own;
  const said = {
    name: [
      say("You guessed: name every object."),
      say`Asked as it was taught, naming twice as many changed the time by ${withInterval(things)}, and telling twice as many attributes by ${factor(attributes)}.`,
    ],
    tell: [
      attributes.value < things.value
        ? say("You guessed it: tell each attribute.")
        : say("You guessed: tell each attribute."),
      say`Telling twice as many changed the time by ${withInterval(attributes)}, and naming twice as many objects by ${withInterval(things)}.`,
    ],
    same: [
      attributes.high < things.value ? say("Not the same.") : say("No difference is shown."),
      say`Telling twice as many attributes changed the time by ${factor(attributes)}, and naming twice as many objects by ${withInterval(things)}.`,
    ],
  }[guess];
  return html`<div class="ev-reply" role="status"><span><${Sentences}><b>${said[0]}</b>${said[1]}<//></span>
    <button type="button" aria-label=${say("Close")} onClick=${() => acts.change({ isSaid: false })}>✕</button></div>`;
}

const LEGEND = [
  ["ev-dot", "a training that binds"],
  ["ev-late", "not within its budget"],
  ["ev-later", "forecast before it ran"],
];
const SIGNS = {
  "ev-dot": html`<circle class="ev-dot" cx="9" cy="6" r="4.4" />`,
  "ev-late": html`<path class="ev-late" d="M4 11h10l-5-9z" />`,
  "ev-later": html`<path class="ev-later" d=${diamond(9, 6)} />`,
  "ev-law": html`<path class="ev-law" d="M0 6h18" />`,
};
const LineKey = ({ name, title, children }) =>
  html`<span title=${title}><svg viewBox="0 0 18 12" aria-hidden="true">${SIGNS[name]}</svg>
  ${children}</span>`;

const LineColumn = ({ state, acts }) => html`<section class="wb-col ev-col" aria-labelledby="ev-h1">
  <${Heading} id="ev-h1" number="1" title=${isRefuted(state.line) ? say("One number orders the trainings, but it is no law") : say("One number of the data orders the trainings")}>
    <${Tested} tested=${state.line.tested} /><//>
  <div class="ev-inner"><${DialsColumn} state=${state} acts=${acts} /><div class="ev-figure"><p class="ev-legend">
    ${LEGEND.filter(([name]) => name !== "ev-later" || state.line.later.length > 0).map(
      ([name, said]) => html`<${LineKey} name=${name}>${say(said)}<//>`,
    )}<${LineKey} name="ev-law" title=${explain(state.line.fit)}>
    ${say`the line, R² ${state.line.fit.times.toFixed(2)}`}<//></p>
    <${LineFigure} state=${state} acts=${acts} /><${Fraction} dials=${state.dials} />
      <${Told} state=${state} acts=${acts} /></div></div></section>`;

/** Whether data that came later fell outside what the line had forecast of them. */
const isRefuted = ({ tested }) => Boolean(tested) && tested.inside < tested.decided;

const explain = ({ times, accuracies }) =>
  say`Among trainings that bound, the line explains ${percent(times)} of the differences in log time. A curve over it explains ${percent(accuracies)} of the differences in final accuracy among all conditions.`;

const Tested = ({ tested }) =>
  html`<span class="ev-pill ev-open">
    ${
      tested
        ? say`${tested.inside} of ${tested.decided} later trainings came as forecast`
        : say("drawn after the trainings; new data will test it")
    }</span>`;

// ---- The guess: one picture, its caption, and two ways to tell more

const Counted = ({ label, on, fresh, all }) => html`<span class="ev-counted"><span>${label}</span><span>
  ${Array.from(
    { length: all },
    (_, at) => html`<i class=${`${at < on ? "ev-full" : ""}${at >= on - fresh && at < on ? " ev-new" : ""}`} />
  `,
  )}</span></span>`;

function ChangesGuess({ state: { line, pictures }, acts }) {
  const [green, yellow, red] = pictures.guess.map((each) => each.fill),
    word = (fill, text) => html`<${Word} fill=${fill}>${text}<//>`;
  return html`<section class="wb-col ev-col" id="evidence-guess" aria-labelledby="ev-h0">
    <${Heading} id="ev-h0" number="1" title=${say("Guess first")} />
    <div class="ev-question"><${PictureOf} objects=${pictures.guess}
      label=${say("A green submarine, a yellow bus, a red cat and a purple tree")} /><div><p class="ev-says"><small>
      ${say("Its caption, as brief as many on the web:")}</small><span class="ev-caption-line"
      translate=${false}>a submarine and a ${word(yellow, "yellow")} bus</span></p><p class="ev-ask">
      ${say("Two things are left out, and one color. Which repair makes a CLIP learn sooner who has what?")}</p></div>
        </div>
    <div class="ev-options"><button type="button" data-guess="name" onClick=${() => acts.guess("name")}>
      <strong>${say("Name every object")}
      </strong><span class="ev-caption" translate=${false}>
        a submarine, a ${word(yellow, "yellow")} bus, <u>a ${word(red, "red")} cat
      </u> and <u>a tree</u></span><${Counted} label=${say("objects named")} on=${4} fresh=${2} all=${4} />
      <${Counted} label=${say("named ones with their color")} on=${2} fresh=${1} all=${4} /></button>
      <button type="button" data-guess="tell" onClick=${() => acts.guess("tell")}>
        <strong>${say("Tell the color of each named one")}
        </strong><span class="ev-caption" translate=${false}>a <u>${word(green, "green")}
        </u> submarine and a ${word(yellow, "yellow")} bus</span>
          <${Counted} label=${say("objects named")} on=${2} fresh=${0} all=${4} />
        <${Counted} label=${say("named ones with their color")} on=${2} fresh=${1} all=${2} /></button></div>
    <p class="ev-others"><button type="button" class="ev-btn" data-guess="same" onClick=${() => acts.guess("same")}>
      ${say("No difference")}
      </button><button type="button" class="ev-btn" data-guess="skip" onClick=${() => acts.guess("skip")}>
        ${say("Just show me")}</button>
      <small>${say("You are asked once. Your guess stays in this browser.")}</small></p>
    <p class="ev-note">
      ${say`The answer comes from ${line.num_trainings} trainings on drawn pictures like this one. Each share was doubled, and the models were asked in captions like those they had read.`}</p></section>`;
}
