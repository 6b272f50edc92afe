// Fool the good model: a phone holds the canvas of "Your own scene", the projector the smallest margins.
//
// A phone reports its best margin. The projector draws each scene and scores it again, and shows its own number: what a
// phone reports may be anybody's writing.

import { Grammar } from "../../engine/grammar.js";
import { loadOnce } from "../../engine/once.js";
import { World } from "../../engine/world.js";
import { keep, recallText } from "../kept.js";
import { Pixels } from "../pixels.js";
import { BINDER, WORLD } from "../recipe.js";
import { MIN_VISIBLE } from "../scene/challenge.js";
import { CANVAS_PIXELS } from "../drawing.js";
import { questionOf } from "../scene/questions.js";
import { readState } from "../scene/state.js";
import { signedText } from "../texts.js";
import { Sentences } from "../ui.js";
import { html, useEffect, useRef } from "../vendor/preact.js";
import { keptOf } from "./seat.js";

const REPORT_AFTER_MS = 600,
  ROUNDED = 1e-6;

export function Fool({ state, acts, tell }) {
  const { view, isTeacher, checked } = state,
    head = html`<h1 class="class-title">${tell("fool.title")}</h1>
    <p>${tell("fool.ask")}</p>`;
  if (isTeacher) {
    return html`<div class="class-fool">${head}<ol class="class-scenes" id="class-scenes">
      ${checked.map((each) => html`<${HandedScene} key=${each.pupil} ...${each} tell=${tell} />`)}</ol>
      <p class="class-quiet" id="class-tried">${tell("fool.tried", { n: view.tried })}</p><p class="class-quiet">
        <${Sentences}>${tell("fool.rule")}${tell("fool.checked")}<//></p></div>`;
  }
  const { margin } = view.me,
    isFooled = margin !== null && margin < 0;
  return html`<div class="class-fool">${head}
    <p class="class-margin" id="class-margin" data-state=${isFooled ? "fooled" : ""}>
    ${margin === null ? tell("fool.none") : tell(isFooled ? "fool.mine_fooled" : "fool.mine", { margin: signedText(margin) })}
      </p>
    <${SceneCanvas} acts=${acts} /></div>`;
}

const HandedScene = ({
  nickname,
  again: { margin, pixels },
  tell,
}) => html`<li data-state=${margin < 0 ? "fooled" : ""}>
  <${Pixels} pixels=${pixels} side=${CANVAS_PIXELS} class="class-pixels" /><b translate=${false}>${nickname}</b><span>
  ${margin < 0 && `${tell("fool.fooled")} · `}${tell("fool.margin", { margin: signedText(margin) })}</span></li>`;

/** The canvas of one's own scene, which draws itself. */
function SceneCanvas({ acts }) {
  const canvas = useRef(null);
  useEffect(() => {
    acts.mountCanvas(canvas.current);
  }, []);
  return html`<div id="class-canvas" ref=${canvas} />`;
}

/**
 * Where the canvas keeps the best scene of a seat, {code, key}. `report(margin, scene)` is called with each new one,
 * also where the browser keeps nothing more.
 */
export function storageOf(seat, report) {
  let timer = 0;
  return {
    fresh: null, // the scene with which the canvas begins, which is nobody's picture
    getItem: (name) => recallText(keptOf(name, seat)),
    setItem(name, text) {
      const best = JSON.parse(text).any;
      keep(keptOf(name, seat), text);
      if (!best || best.scene === this.fresh) return;
      clearTimeout(timer);
      timer = setTimeout(() => report(best.margin, best.scene), REPORT_AFTER_MS);
    },
  };
}

/** The best scene that is kept; null where nobody drew it, or the room has its margin, rounded, or a smaller one. */
export const lackedBy = (margin, { any: best }, fresh) =>
  best && best.scene !== fresh && (margin === null || best.margin < margin - ROUNDED) ? best : null;

/**
 * Put the canvas into an element. `report` is called as by `storageOf`, and with what is kept if the room, whose
 * `marginOf` this seat is, has not got it: the page was loaded again, or the class had gone to another step.
 */
export async function mountCanvas(element, engine, { seat, titles, marginOf, report }) {
  const { mountScene } = await import("../scene/scene.js"),
    storage = storageOf(seat, report);
  const scene = await mountScene(element, null, engine, { models: [BINDER], titles, fooledModel: BINDER, storage });
  storage.fresh = scene.text;
  const lacked = element.isConnected && lackedBy(marginOf(), scene.challenge.bests, scene.text);
  if (lacked) report(lacked.margin, lacked.scene);
}

export class Checker {
  /** @param engine of the page, which loads the model once */
  constructor(engine) {
    this.engine = engine;
    this.scored = new Map(); // by scene: a promise of {margin, pixels}, null where the scene does not count
  }

  /** Those of the scenes that count, each with `again`, this page's own score; the smallest margin first. */
  async check(scenes) {
    const rescored = await Promise.all(scenes.map(async (each) => ({ ...each, again: await this.score(each.scene) })));
    return rescored.filter(({ again }) => again).sort((one, other) => one.again.margin - other.again.margin);
  }

  score(text) {
    return loadOnce(this.scored, text, () => this.scoreScene(text)).catch(() => null);
  }

  async scoreScene(text) {
    const { engine } = this,
      { description } = await engine.loadWorld(WORLD),
      world = new World(description),
      state = readState(world, text);
    if (!state) return null;
    const question = questionOf(new Grammar(world), state),
      { objects } = state;
    if (question.isSame || question.truth === null) return null;
    await engine.loadModel(BINDER);
    const { pixels, visible } = await engine.render({ world: WORLD, objects });
    if (visible.slice(0, 2).some((share) => share < MIN_VISIBLE)) return null;
    const [a, b] = (await engine.score({ models: [BINDER], world: WORLD, objects, texts: question.texts }))[BINDER]
      .cosines;
    return { margin: question.truth === "A" ? a - b : b - a, pixels };
  }
}
