// "Your own scene": a canvas, captions, and bars of several models that move while something is dragged.
//
//   const scene = await mountScene(element, null, engine, { models: ["things-web"], titles: catalog.shipped });
//   scene.text                                                                // the scene as an address holds it
//   element.addEventListener("scenechange", ({ detail }) => detail.text)
//
// Models are loaded by the engine, one after the other, so that the first answers soon.

import { NewestOnly } from "../../engine/client.js";
import { Grammar } from "../../engine/grammar.js";
import { worldFrom } from "../../engine/world.js";
import { html, render } from "../vendor/preact.js";
import { ASKER, BINDER, HARD_NEGATIVES, WORLD } from "../recipe.js";
import { copyText } from "../save-file.js";
import { say } from "../words.js";
import { Challenge, MIN_VISIBLE } from "./challenge.js";
import { pictureOf } from "../drawing.js";
import { isInQuarters, isSizeKind, outsideOf, sizeValueOf } from "./outside.js";
import { questionOf } from "./questions.js";
import { freshState, readState, writeState } from "./state.js";
import { positionOnBar, verdictOf } from "./verdicts.js";
import { Scene } from "./view.js";

const TRAIL = 60,
  PICTURE = 448; // pixels on a side of the picture for any other CLIP
const WIDEST = 830,
  WIDE = 630,
  NARROW = 330; // units across a bar
export const MODELS = [ASKER, HARD_NEGATIVES, BINDER];
/**
 * {models, fooledModel} of a scene with a run's model: those that a page holds, `held` where it is one file, and the
 * run's if it is none of these; whom a picture shall fool. A run on another world is asked alone, in its world.
 */
export function scenesModels(held, run, world = WORLD) {
  if (world !== WORLD) return { world, models: [run], fooledModel: "" }; // no other model knows these words
  const models = held ?? MODELS;
  return {
    models: run && !models.includes(run) ? [...models, run] : models,
    fooledModel: models.includes(BINDER) ? BINDER : run,
  };
}

/**
 * Draw a scene into an element.
 * @param {HTMLElement} root @param {string | null} text of `writeState`, null for the first scene
 * @param {{world?: string, models?: string[], titles?: Record<string, string>, fooledModel?: string, storage?: object |
 *   null, address?: (text: string) => string, onAsk?: (question: {image: string, texts: string[], middles: number[][] |
 *   null}) => void, signal?: AbortSignal}} [options]
 *   `titles` are those of models by name, any other is "Your run"; `address` makes the link that is copied, `onAsk`
 *   gets the picture as a PNG with its captions
 * @returns {Promise<OwnScene | null>} once the world is there; models follow. Null where `signal` came before it
 */
export async function mountScene(root, text, engine, options = {}) {
  const name = options.world ?? WORLD,
    loadedWorld = await engine.loadWorld(name),
    world = await worldFrom(loadedWorld.description);
  if (options.signal?.aborted) return null;
  const scene = new OwnScene(root, engine, { name, loadedWorld, world }, text, options);
  scene.loading = scene.loadModels();
  return scene;
}

class OwnScene {
  constructor(
    root,
    engine,
    { name: worldName, loadedWorld, world },
    text,
    { models = MODELS, titles = {}, fooledModel = BINDER, storage = localStorage, address, onAsk },
  ) {
    const titleOf = (name) => say(Object.hasOwn(titles, name) ? titles[name] : "Your run");
    root.scene = this; // of an element that gets another scene, this one draws nothing any more
    this.root = root;
    this.engine = engine;
    this.world = world;
    this.worldName = worldName;
    this.loadedWorld = loadedWorld;
    this.grammar = new Grammar(world);
    this.newest = new NewestOnly();
    this.loaded = new Map();
    this.loading = null;
    this.answers = 0;
    this.pixels = null;
    this.read = [];
    this.unseen = [];
    this.hidden = "";
    this.bars = new Map(
      models.map((name) => [name, { name, title: titleOf(name), waits: say("Waiting"), trail: [], outside: [] }]),
    );
    this.challenge = models.includes(fooledModel) ? new Challenge(storage, fooledModel) : null;
    this.width = matchMedia("(max-width: 1000px)").matches
      ? NARROW
      : matchMedia("(min-width: 1600px)").matches
        ? WIDEST
        : WIDE;
    // Beside four bars, or in a low window, the challenge is closed at first.
    this.isChallengeOpen =
      models.length <= MODELS.length && !matchMedia("(min-width: 701px) and (max-height: 860px)").matches;
    this.acts = {
      change: (step) => this.set(step(this.state)),
      share: async () => {
        const link = address(this.text);
        return (await copyText(link)) ? "" : link;
      },
      askReal:
        onAsk &&
        (async () =>
          onAsk({
            image: await pngOf(pictureOf(world, this.state.objects, loadedWorld.box, PICTURE)),
            texts: this.question.texts,
            middles: this.question.middles,
          })),
      show: (scene) => this.set(readState(world, scene) ?? this.state),
    };
    this.adopt((text && readState(world, text)) || freshState(world));
  }

  /** The scene as an address holds it. */
  get text() {
    return writeState(this.world, this.state);
  }

  get question() {
    return questionOf(this.grammar, this.state);
  }

  set(next) {
    this.adopt(next);
    this.root.dispatchEvent(new CustomEvent("scenechange", { detail: { text: this.text } }));
  }

  /** Adopt a state, in which a size word is what the side says: small things are small. */
  adopt(state) {
    const { world } = this,
      sized = ({ values, side }) =>
        values.map((value, k) => (isSizeKind(world, k) ? sizeValueOf(world, k, side) : value));
    this.state = { ...state, objects: state.objects.map((object) => ({ ...object, values: sized(object) })) };
    this.draw();
    this.ask();
  }

  draw() {
    if (this.root.scene !== this) return;
    const { challenge, bars, hidden } = this;
    const card = challenge && {
      title: bars.get(challenge.model).title,
      bests: { ...challenge.bests },
      hidden,
      isOpen: this.isChallengeOpen,
    };
    render(
      html`<${Scene} view=${{ ...this, bars: [...bars.values()], question: this.question, challengeCard: card }}
      acts=${this.acts} />`,
      this.root,
    );
  }

  changeBar(name, parts) {
    Object.assign(this.bars.get(name), parts);
    this.draw();
  }

  async loadModels() {
    for (const name of this.bars.keys()) {
      try {
        const card = await this.engine.loadModel(name, {
          onProgress: ({ received, bytes }) => this.changeBar(name, { waits: loadingWords(received, bytes) }),
        });
        // the others answer all the same
        if (card.imageSize !== this.loadedWorld.size)
          throw new Error(say`It takes pictures of ${card.imageSize} pixels, and this one has another size.`);
        this.loaded.set(name, card);
        this.changeBar(name, { accuracy: card.binding_accuracy });
        this.ask();
      } catch (error) {
        this.changeBar(name, { problem: error.message });
      }
    }
  }

  /** Ask every loaded model about the newest state; older questions that wait are dropped. */
  ask() {
    if (this.loaded.size) void this.newest.run(() => this.answer());
  }

  async answer() {
    const state = {
      ...this.state,
      objects: this.state.objects.map((o) => ({ ...o, x: Math.round(o.x), y: Math.round(o.y) })),
    };
    const question = questionOf(this.grammar, state),
      models = [...this.loaded.keys()],
      { objects } = state,
      { engine } = this;
    try {
      const [{ pixels, visible }, scores, read] = await Promise.all([
        engine.render({ world: this.worldName, objects }),
        engine.score({ models, world: this.worldName, objects, texts: question.texts }),
        state.typed ? engine.embed({ model: models[0], texts: question.texts }) : [],
      ]);
      const unlike = models.map((name) =>
          outsideOf(this.world, this.loadedWorld, state, this.loaded.get(name).trained_on),
        ),
        outside = unlike.map((each) => [...new Set(each.map(({ said }) => said))]);
      // Of all models, so not before all are loaded.
      const unseen =
        models.length > 1 && models.length === this.bars.size
          ? outside[0].filter((said) => outside.every((each) => each.includes(said)))
          : [];
      Object.assign(this, { pixels, read, unseen, answers: this.answers + 1 });
      models.forEach((name, index) => {
        const bar = this.bars.get(name),
          verdict = question.isSame || question.isEmpty ? null : verdictOf(scores[name], question.truth);
        Object.assign(bar, {
          problem: "",
          verdict,
          outside: outside[index].filter((said) => !unseen.includes(said)),
          trail: [...bar.trail, verdict ? positionOnBar(verdict.probability) : 0].slice(-TRAIL),
        });
        if (this.challenge?.model === name) this.offer(verdict, state, visible, unlike[index]);
      });
      this.draw();
    } catch (error) {
      models.forEach((name) => this.changeBar(name, { problem: error.message }));
    }
  }

  /** Give a scene to the challenge, in the classes that it is of; `unlike` is what of it the model has not met. */
  offer(verdict, state, visible, unlike) {
    const isAsked = verdict !== null && verdict.mark !== null && !state.typed,
      index = state.objects.slice(0, 2).findIndex((_, at) => visible[at] < MIN_VISIBLE);
    this.hidden = isAsked && index >= 0 ? this.world.nouns[state.objects[index].noun].word : "";
    if (!isAsked || index >= 0) return;
    const classes = ["any", ...(isInQuarters(unlike) ? ["quarters"] : []), ...(unlike.length ? [] : ["trained"])];
    this.challenge.offer(classes, {
      margin: verdict.margin,
      probability: verdict.probability,
      scene: writeState(this.world, state),
    });
  }
}

/** What a model that is fetched says: of a size that is shown in MB. */
export const loadingWords = (received, bytes) =>
  say`Loading ${(received / 1e6).toFixed(1)} of ${(bytes / 1e6).toFixed(1)} MB`;

/** A drawing as a PNG data URI. */
async function pngOf(uri) {
  const image = Object.assign(new Image(), { src: uri }),
    canvas = Object.assign(document.createElement("canvas"), { width: PICTURE, height: PICTURE });
  await image.decode();
  canvas.getContext("2d").drawImage(image, 0, 0, PICTURE, PICTURE);
  return canvas.toDataURL("image/png");
}
