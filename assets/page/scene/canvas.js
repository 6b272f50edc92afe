/**
 * The canvas: objects are dragged, recolored by a click, resized at a handle, and moved with the keyboard.
 *
 *     const canvas = new SceneCanvas(world, facts, say, { get: () => state, set: (next) => {} });
 *     canvas.draw(state)
 *
 * While something is dragged its place is smooth; models get the nearest pixel, and on release it snaps there.
 */

import { drawObject, svg } from "./drawing.js";
import { element } from "./html.js";
import { isSizeKind } from "./outside.js";
import { moved, removed, SIZE, withNextValue, withObject } from "./state.js";

/**
 * @typedef {import("../../engine/world.js").World} World
 * @typedef {import("./outside.js").AtlasFacts} AtlasFacts
 * @typedef {import("./state.js").SceneState} SceneState
 * @typedef {{get: () => SceneState, set: (next: SceneState) => void}} Store
 * @typedef {{kind: "move" | "resize", startX: number, startY: number, dx: number, dy: number, travelled: number}} Drag
 */

/** Pixels of the picture that a pointer may move and still click. */
const CLICK = 0.8;
const HANDLE = 1.6;
const STEP = 1;
const FAR = 4;
/** Pixels on a side of the picture for any other CLIP. */
const PICTURE = 448;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class SceneCanvas {
  /** @param {World} world @param {AtlasFacts} facts @param {import("./texts.js").Say} say @param {Store} store */
  constructor(world, facts, say, store) {
    this.say = say;
    /** @type {World} */ this.world = world;
    /** @type {AtlasFacts} */ this.facts = facts;
    /** @type {Store} */ this.store = store;
    /** @type {Drag | null} */ this.drag = null;
    this.id = `scene-${Math.random().toString(36).slice(2, 8)}`;
    this.node = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "scene-canvas", tabindex: 0, role: "application",
      "aria-label": say("canvas"), id: "scene-canvas" });
    /** For a screen reader: the chosen object, whenever another one is. */
    this.status = element("span", { class: "scene-status", "aria-live": "polite", id: "scene-status" });
    this.node.addEventListener("pointerdown", (event) => this.press(event));
    this.node.addEventListener("pointermove", (event) => this.move(event));
    this.node.addEventListener("pointerup", () => this.release());
    this.node.addEventListener("pointercancel", () => this.release());
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {SceneState} state */
  draw(state) {
    const { background } = this.world.grays;
    const objects = state.objects.map((object, place) => {
      const group = drawObject(this.world, object, this.facts.box, `${this.id}-${place}`);
      group.setAttribute("data-object", String(place));
      return group;
    });
    const back = svg("rect", { width: SIZE, height: SIZE, fill: `rgb(${background} ${background} ${background})` });
    this.node.replaceChildren(back, ...objects, ...this.frame(state));
    const chosen = this.say("chosen", { noun: this.world.nouns[state.objects[state.chosen].noun].word });
    if (this.status.textContent !== chosen) this.status.textContent = chosen;
  }

  /** @param {SceneState} state @returns {SVGElement[]} the frame of the chosen object, with a handle to resize it */
  frame(state) {
    const { x, y, side } = state.objects[state.chosen], half = (this.facts.box * side) / 2000;
    return [
      svg("rect", { x: x - half, y: y - half, width: 2 * half, height: 2 * half, rx: 2, class: "scene-frame" }),
      svg("circle", { cx: x + half, cy: y + half, r: HANDLE, class: "scene-handle", "data-handle": "" }),
    ];
  }

  /** @returns {Promise<string>} the scene without its frame as a PNG data URI, as sharp as a large CLIP sees */
  async picture() {
    const copy = /** @type {SVGElement} */ (this.node.cloneNode(true)), image = new Image();
    copy.querySelectorAll(".scene-frame, .scene-handle").forEach((node) => node.remove());
    copy.setAttribute("width", String(PICTURE));
    copy.setAttribute("height", String(PICTURE));
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    await image.decode();
    const canvas = element("canvas", { width: PICTURE, height: PICTURE });
    canvas.getContext("2d").drawImage(image, 0, 0, PICTURE, PICTURE);
    return canvas.toDataURL("image/png");
  }

  /** @param {PointerEvent} event @returns {[number, number]} in pixels of the picture */
  pointOf(event) {
    const frame = this.node.getBoundingClientRect();
    return [((event.clientX - frame.left) / frame.width) * SIZE, ((event.clientY - frame.top) / frame.height) * SIZE];
  }

  /** @param {PointerEvent} event */
  press(event) {
    const target = /** @type {Element} */ (event.target), handle = target.closest("[data-handle]");
    const hit = target.closest("[data-object]");
    if (!handle && !hit) return;
    const chosen = handle ? this.store.get().chosen : Number(/** @type {Element} */ (hit).getAttribute("data-object"));
    const state = { ...this.store.get(), chosen }, object = state.objects[chosen], [x, y] = this.pointOf(event);
    this.drag = { kind: handle ? "resize" : "move", startX: x, startY: y, dx: x - object.x, dy: y - object.y, travelled: 0 };
    this.node.setPointerCapture(event.pointerId);
    this.store.set(state);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.drag) return;
    const state = this.store.get(), object = state.objects[state.chosen], [x, y] = this.pointOf(event);
    this.drag.travelled = Math.max(this.drag.travelled, Math.hypot(x - this.drag.startX, y - this.drag.startY));
    if (this.drag.travelled < CLICK) return;
    if (this.drag.kind === "move") {
      this.store.set(moved(state, state.chosen, x - this.drag.dx, y - this.drag.dy));
    } else {
      const half = Math.max(x - object.x, y - object.y);
      this.store.set(withObject(state, state.chosen, { side: this.nearestSide((2000 * half) / this.facts.box) }));
    }
  }

  release() {
    const drag = this.drag, state = this.store.get(), { x, y } = state.objects[state.chosen];
    this.drag = null;
    if (!drag) return;
    if (drag.travelled < CLICK) {
      if (drag.kind === "move") this.store.set(withNextValue(this.world, state, state.chosen, state.named));
    } else {
      this.store.set(withObject(state, state.chosen, { x: Math.round(x), y: Math.round(y) }));
    }
  }

  /** @param {number} side @returns {number} */
  nearestSide(side) {
    return this.facts.sides.reduce((best, each) => (Math.abs(each - side) < Math.abs(best - side) ? each : best));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = this.afterKey(this.store.get(), event);
    if (!next) return;
    event.preventDefault();
    this.store.set(next);
  }

  /** @param {SceneState} state @param {KeyboardEvent} event @returns {SceneState | null} */
  afterKey(state, { key, shiftKey }) {
    const { chosen } = state, object = state.objects[chosen];
    if (Object.hasOwn(ARROWS, key)) {
      const [dx, dy] = ARROWS[key].map((step) => step * (shiftKey ? FAR : STEP));
      return moved(state, chosen, Math.round(object.x) + dx, Math.round(object.y) + dy);
    }
    if (key === " ") return { ...state, chosen: (chosen + 1) % state.objects.length };
    if (key === "+" || key === "=" || key === "-") return withObject(state, chosen, { side: this.sideAfter(object.side, key === "-" ? -1 : 1) });
    if (key === "Delete" || key === "Backspace") return removed(state, chosen);
    if (key.toLowerCase() === "c") return withNextValue(this.world, state, chosen, 0);
    const tilt = this.world.kinds.findIndex((kind, k) => !isSizeKind(this.world, k) && kind.values.some((value) => value.paints.angle));
    return key.toLowerCase() === "r" && tilt >= 0 ? withNextValue(this.world, state, chosen, tilt) : null;
  }

  /** @param {number} side @param {number} steps @returns {number} */
  sideAfter(side, steps) {
    const { sides } = this.facts, place = sides.indexOf(this.nearestSide(side)) + steps;
    return sides[Math.max(0, Math.min(sides.length - 1, place))];
  }
}
