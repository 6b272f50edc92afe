/**
 * Fool the good model: a phone holds the canvas of "Your own scene", the projector the smallest margins.
 *
 * A phone reports its best margin. The projector draws each scene and scores it again, and shows its own number: what a
 * phone reports may be anybody's writing.
 */

import { Engine, serverSource } from "../../engine/client.js";
import { Grammar } from "../../engine/grammar.js";
import { World } from "../../engine/world.js";
import { element } from "../scene/html.js";
import { questionOf } from "../scene/questions.js";
import { mountScene } from "../scene/scene.js";
import { readState } from "../scene/state.js";
import { signed } from "./texts.js";

/** @typedef {import("./page.js").Context} Context */

const MODEL = "things-bound";
const WORLD = "things";
const REPORT_AFTER_MS = 600;
const SIDE = 64;
/** Of a named object, as on the canvas. */
const LEAST_VISIBLE = 0.5;

/** @type {Map<string, Promise<{margin: number, pixels: Uint8Array} | null>>} by scene */
const scored = new Map();

/** @type {Engine | null} one for all screens of the page: a model is loaded once */
let engine = null;

/** @returns {Engine} */
function sharedEngine() {
  engine ??= new Engine(serverSource(new URL("explorer-assets/", document.baseURI)));
  return engine;
}

export class FoolScreen {
  /** @param {Context} context */
  constructor(context) {
    const { say, isTeacher } = context;
    this.context = context;
    this.said = element("p", { class: "class-margin", id: "class-margin" });
    this.list = element("ol", { class: "class-scenes", id: "class-scenes" });
    this.tried = element("p", { class: "class-quiet", id: "class-tried" });
    this.canvas = element("div", { id: "class-canvas" });
    const head = [element("h1", { class: "class-title" }, [say("fool.title")]), element("p", {}, [say("fool.ask")])];
    this.node = element("div", { class: "class-fool" }, isTeacher
      ? [...head, this.list, this.tried, element("p", { class: "class-quiet" }, [say("fool.rule"), " ", say("fool.checked")])]
      : [...head, this.said, this.canvas]);
    this.reporting = 0;
    this.fresh = "";
    this.isClosed = false;
    if (!isTeacher) void this.mount();
  }

  /** @param {any} view */
  show(view) {
    const { say, isTeacher } = this.context;
    if (isTeacher) {
      this.tried.textContent = say("fool.tried", { n: view.tried });
      void this.drawList(view.scenes);
      return;
    }
    const { margin } = view.me;
    this.said.dataset.state = margin !== null && margin < 0 ? "fooled" : "";
    this.said.textContent = margin === null ? say("fool.none") : say(margin < 0 ? "fool.mine_fooled" : "fool.mine", { margin: signed(margin) });
  }

  async mount() {
    const { connection, facts, tell } = this.context;
    try {
      const scene = await mountScene(this.canvas, null, sharedEngine(), { models: [MODEL], challenge: MODEL, language: facts.language, storage: this.storage(connection.room) });
      // What the canvas begins with is nobody's picture.
      this.fresh = scene.text;
    } catch (error) {
      tell(/** @type {Error} */ (error).message);
    }
  }

  /**
   * The records of the canvas, kept for this room; each new best goes to the class.
   * @param {string} room @returns {any}
   */
  storage(room) {
    const key = (/** @type {string} */ name) => `${name}:${room}`;
    return {
      getItem: (/** @type {string} */ name) => localStorage.getItem(key(name)),
      setItem: (/** @type {string} */ name, /** @type {string} */ text) => {
        this.report(JSON.parse(text).any);
        localStorage.setItem(key(name), text);
      },
    };
  }

  /** @param {{margin: number, scene: string} | undefined} best */
  report(best) {
    if (!best || best.scene === this.fresh) return;
    clearTimeout(this.reporting);
    this.reporting = window.setTimeout(() => {
      this.context.connection.act("fooled", { margin: best.margin, scene: best.scene }).catch((/** @type {Error} */ error) => this.context.tell(error.message));
    }, REPORT_AFTER_MS);
  }

  /** @param {any[]} scenes */
  async drawList(scenes) {
    const { say } = this.context, wanted = (this.wanted = JSON.stringify(scenes));
    const valid = await scoredAgain(scenes);
    if (this.wanted !== wanted || this.isClosed) return;
    this.list.replaceChildren(...valid.map(({ nickname, checked }) => element("li", { "data-state": checked.margin < 0 ? "fooled" : "" }, [
      pictureOf(checked.pixels), element("b", {}, [nickname]),
      element("span", {}, [checked.margin < 0 ? `${say("fool.fooled")} · ` : "", say("fool.margin", { margin: signed(checked.margin) })])])));
  }

  close() {
    this.isClosed = true;
  }
}

/**
 * Scenes that count, with this page's own score, the smallest margin first.
 * @param {any[]} scenes @returns {Promise<any[]>}
 */
export async function scoredAgain(scenes) {
  const found = await Promise.all(scenes.map(async (each) => ({ ...each, checked: await score(each.scene) })));
  return found.filter(({ checked }) => checked).sort((a, b) => a.checked.margin - b.checked.margin);
}

/** @param {string} text @returns {Promise<{margin: number, pixels: Uint8Array} | null>} null where the scene does not count */
function score(text) {
  const known = scored.get(text);
  if (known) return known;
  const scoring = scoreScene(text);
  scored.set(text, scoring);
  scoring.catch(() => scored.delete(text));
  return scoring.catch(() => null);
}

/** @param {string} text of a scene @returns {Promise<{margin: number, pixels: Uint8Array} | null>} */
async function scoreScene(text) {
  const running = sharedEngine(), { description } = await running.loadWorld(WORLD), world = new World(description);
  const state = readState(world, text);
  if (!state) return null;
  const question = questionOf(new Grammar(world), state);
  if (question.isSame || question.truth === null) return null;
  await running.loadModel(MODEL);
  const { objects } = state;
  const { pixels, visible } = await running.render({ world: WORLD, objects });
  if (visible.slice(0, 2).some((share) => share < LEAST_VISIBLE)) return null;
  const answer = (await running.score({ models: [MODEL], world: WORLD, objects, texts: question.texts }))[MODEL];
  const [a, b] = answer.cosines;
  return { margin: question.truth === "A" ? a - b : b - a, pixels };
}

/** @param {Uint8Array} pixels 3 x S x S @returns {HTMLCanvasElement} */
function pictureOf(pixels) {
  const canvas = document.createElement("canvas"), area = SIDE * SIDE, data = new ImageData(SIDE, SIDE);
  Object.assign(canvas, { width: SIDE, height: SIDE, className: "class-pixels" });
  for (let place = 0; place < area; place++) {
    for (let channel = 0; channel < 3; channel++) data.data[4 * place + channel] = pixels[channel * area + place];
    data.data[4 * place + 3] = 255;
  }
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(data, 0, 0);
  return canvas;
}
