/**
 * "Your own scene": a canvas, captions, and bars of several models that move while something is dragged.
 *
 *     const scene = await mountScene(element, null, engine, { models: ["things-web", "things-bound"], language: "en" });
 *     scene.state              // plain JSON
 *     element.addEventListener("scenechange", ({ detail }) => detail.text)      // the state for an address
 *
 * The state is JSON or the text of `writeState`. Models are loaded by the engine, one after the other.
 */

import { NewestOnly } from "../../engine/client.js";
import { Grammar } from "../../engine/grammar.js";
import { World } from "../../engine/world.js";
import { ModelBar } from "./bars.js";
import { SceneCanvas } from "./canvas.js";
import { LEAST_VISIBLE } from "./challenge.js";
import { ChallengeCard } from "./challenge_card.js";
import { SceneControls } from "./controls.js";
import { element } from "./html.js";
import { isInQuarters, isSizeKind, outsideOf, sizeValueOf } from "./outside.js";
import { QuestionCards } from "./question_cards.js";
import { questionOf } from "./questions.js";
import { freshState, readState, writeState } from "./state.js";
import { sayIn } from "./texts.js";
import { verdictOf } from "./verdicts.js";

/**
 * @typedef {import("../../engine/client.js").Engine} Engine
 * @typedef {import("./state.js").SceneState} SceneState
 * @typedef {{models?: string[], titles?: Record<string, string>, challenge?: string | null, language?: string,
 *   world?: string, storage?: Storage | null, address?: (text: string) => string,
 *   onProbe?: (question: {image: string, texts: string[]}) => void}} Options `titles` by model, "" of `challenge` for
 *   none, `address` makes the link that is copied, `onProbe` gets the picture as a PNG with its captions
 */

export const MODELS = ["things-web", "things-hard-negatives", "things-bound"];
/** Models with a title of their own; any other is a run. */
const TITLED = [...MODELS, "things-one-value"];

/**
 * @param {HTMLElement} root @param {SceneState | string | null} state @param {Engine} engine @param {Options} [options]
 * @returns {Promise<OwnScene>} once the world is there; models follow
 */
export async function mountScene(root, state, engine, options = {}) {
  const facts = await engine.loadWorld(options.world ?? "things"), world = new World(facts.description);
  const start = typeof state === "string" ? readState(world, state) : state;
  const scene = new OwnScene(root, engine, world, facts, start ?? freshState(world), options);
  scene.loading = scene.loadModels();
  return scene;
}

export class OwnScene {
  /**
   * @param {HTMLElement} root @param {Engine} engine @param {World} world @param {any} facts @param {SceneState} state
   * @param {Options} options
   */
  constructor(root, engine, world, facts, state, options) {
    const { models = MODELS, titles = {}, challenge = "things-bound", language = "en", storage = localStorageOrNull() } = options;
    this.root = root;
    this.engine = engine;
    this.world = world;
    this.facts = facts;
    this.state = this.withSizeWords(state);
    this.say = sayIn(language);
    this.grammar = new Grammar(world);
    this.newest = new NewestOnly();
    /** @type {Map<string, any>} what the engine told of each loaded model */ this.loaded = new Map();
    /** @type {Promise<void>} */ this.loading = Promise.resolve();
    this.answers = 0;
    const title = (/** @type {string} */ name) => titles[name] ?? (TITLED.includes(name) ? this.say(`model.${name}`) : this.say("run"));
    this.bars = new Map(models.map((name) => [name, new ModelBar(this.say, { name, title: title(name) })]));
    const store = { get: () => this.state, set: (/** @type {SceneState} */ next) => this.set(next) };
    this.canvas = new SceneCanvas(world, facts, this.say, store);
    this.questions = new QuestionCards(world, this.say, store, () => questionOf(this.grammar, this.state).texts);
    const { onProbe, address } = options;
    this.controls = new SceneControls(world, facts, this.say, store, { address, onProbe: onProbe && (async () => onProbe({
      image: await this.canvas.picture(), texts: questionOf(this.grammar, this.state).texts })) });
    this.challenge = models.includes(challenge ?? "") ? new ChallengeCard(this.say, storage, /** @type {string} */ (challenge), title(/** @type {string} */ (challenge)),
      (text) => this.set(readState(world, text) ?? this.state)) : null;
    if (this.challenge) this.challenge.node.open = models.length <= MODELS.length; // four bars leave no room for it
    this.note = element("p", { class: "scene-note", "aria-live": "polite", id: "scene-note" });
    this.unseen = element("p", { class: "scene-outside", id: "scene-unseen" });
    this.build();
    this.draw();
  }

  /** @returns {string} the state as an address holds it */
  get text() {
    return writeState(this.world, this.state);
  }

  build() {
    const left = element("div", { class: "scene-left" }, [element("h2", {}, [this.say("title")]), this.canvas.node, this.canvas.status, this.controls.node]);
    const right = element("div", { class: "scene-right" }, [
      element("p", { class: "scene-help" }, [this.say("help")]), this.questions.node,
      element("div", { class: "scene-models" }, [...this.bars.values()].map((bar) => bar.node)),
      this.unseen, this.controls.tries, this.note, ...(this.challenge ? [this.challenge.node] : [])]);
    this.root.replaceChildren(element("div", { class: "scene-lab", translate: "no" }, [left, right]));
  }

  /** Load the models one after the other, so that the first answers soon. */
  async loadModels() {
    for (const [name, bar] of this.bars) {
      try {
        const found = await this.engine.loadModel(name, { onProgress: ({ received, bytes }) => bar.showProgress(received, bytes) });
        this.loaded.set(name, found);
        bar.showAccuracy(found.binding_accuracy);
        this.ask();
      } catch (error) {
        bar.showError(/** @type {Error} */ (error).message);
      }
    }
  }

  /** @param {SceneState} next the new state; everything that shows it follows */
  set(next) {
    this.state = this.withSizeWords(next);
    this.draw();
    this.root.dispatchEvent(new CustomEvent("scenechange", { detail: { state: this.state, text: this.text } }));
  }

  /** @param {SceneState} state @returns {SceneState} in which a size word is what the side says: small things are small */
  withSizeWords(state) {
    const objects = state.objects.map((object) => ({ ...object, values: object.values.map((value, k) =>
      (isSizeKind(this.world, k) ? sizeValueOf(this.world, k, object.side) : value)) }));
    return { ...state, objects };
  }

  draw() {
    this.canvas.draw(this.state);
    const question = questionOf(this.grammar, this.state);
    this.questions.show(this.state, question);
    this.controls.show(this.state);
    this.note.textContent = this.noteOf(question);
    this.ask();
  }

  /** @param {import("./questions.js").Question} question @returns {string} */
  noteOf(question) {
    const { objects, named, typed } = this.state;
    if (typed) return this.say(question.isEmpty ? "typed.both" : "note.typed");
    if (question.isSame) return this.say("note.same", { kind: this.world.kinds[named].name });
    return objects.length > 2 ? this.say("note.unnamed", { noun: this.world.nouns[objects[2].noun].word }) : this.say("note.move");
  }

  /** Ask every loaded model about the newest state; older questions that wait are dropped. */
  ask() {
    if (this.loaded.size) void this.newest.run(() => this.answer());
  }

  async answer() {
    const state = { ...this.state, objects: this.state.objects.map((o) => ({ ...o, x: Math.round(o.x), y: Math.round(o.y) })) };
    const question = questionOf(this.grammar, state), models = [...this.loaded.keys()], { objects } = state, world = this.world.name;
    try {
      const [{ pixels, visible }, found, read] = await Promise.all([
        this.engine.render({ world, objects }),
        this.engine.score({ models, world, objects, texts: question.texts }),
        state.typed ? this.engine.embed({ model: models[0], texts: question.texts }) : []]);
      this.answers += 1;
      this.controls.showPixels(pixels);
      this.questions.showRead(read);
      const unlike = models.map((name) => outsideOf(this.world, this.facts, state, this.loaded.get(name).trained_on));
      const outside = unlike.map((sentences) => [...new Set(sentences.map(({ key, values }) => this.say(key, values)))]);
      // Of all models, so not before all are loaded.
      const common = models.length > 1 && models.length === this.bars.size ? outside[0].filter((text) => outside.every((texts) => texts.includes(text))) : [];
      models.forEach((name, place) => {
        const verdict = question.isSame || question.isEmpty ? null : verdictOf(found[name], question.truth);
        this.bars.get(name)?.show(verdict, this.joined("outside", outside[place].filter((text) => !common.includes(text))));
        if (this.challenge?.model === name) this.offer(verdict, state, visible, classesOf(unlike[place]));
      });
      this.unseen.textContent = this.joined("outside.all", common);
    } catch (error) {
      for (const name of models) this.bars.get(name)?.showError(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} key @param {string[]} what @returns {string} */
  joined(key, what) {
    return what.length ? this.say(key, { what: what.join(", ") }) : "";
  }

  /**
   * @param {import("./verdicts.js").Verdict | null} verdict @param {SceneState} state @param {number[]} visible
   * @param {import("./challenge.js").Class[]} classes
   */
  offer(verdict, state, visible, classes) {
    const hidden = state.objects.slice(0, 2).findIndex((_, place) => visible[place] < LEAST_VISIBLE);
    const noun = hidden < 0 ? "" : this.world.nouns[state.objects[hidden].noun].word;
    const counts = verdict && verdict.isRight !== null && !state.typed;
    this.challenge?.offer(counts ? verdict : null, writeState(this.world, state), { hidden: noun, classes });
  }
}

/**
 * The classes of the challenge that a scene is of.
 * @param {import("./outside.js").Sentence[]} unlike what of the scene the model has not met
 * @returns {import("./challenge.js").Class[]}
 */
function classesOf(unlike) {
  return ["any", ...(isInQuarters(unlike) ? /** @type {const} */ (["quarters"]) : []), ...(unlike.length ? [] : /** @type {const} */ (["trained"]))];
}

/** @returns {Storage | null} asking for it throws where a browser forbids it */
function localStorageOrNull() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
