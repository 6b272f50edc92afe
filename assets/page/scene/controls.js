/**
 * The controls below the canvas: values of the chosen object, its size, further objects, what a model sees, and tries.
 */

import { drawObject, svg } from "./drawing.js";
import { element } from "./html.js";
import { isSizeKind } from "./outside.js";
import {
  added, freshState, LEAST_OBJECTS, MOST_OBJECTS, overlapped, removed, SIZE, withObject, withOneValue, withPlacesSwapped, withValue,
  withValuesSwapped, writeState,
} from "./state.js";

/**
 * @typedef {import("../../engine/world.js").World} World
 * @typedef {import("./state.js").SceneState} SceneState
 * @typedef {import("./canvas.js").Store} Store
 * @typedef {import("./outside.js").AtlasFacts} AtlasFacts
 */

export class SceneControls {
  /**
   * @param {World} world @param {AtlasFacts} facts @param {import("./texts.js").Say} say @param {Store} store
   * @param {{address?: (text: string) => string, onProbe?: () => void}} options
   */
  constructor(world, facts, say, store, { address = addressOf, onProbe }) {
    this.world = world;
    this.facts = facts;
    this.say = say;
    this.store = store;
    this.address = address;
    this.onProbe = onProbe;
    this.kinds = world.kinds.map((kind, k) => (isSizeKind(world, k) ? null : this.kindRow(kind, k)));
    this.slider = element("input", { type: "range", id: "scene-size", min: 0, max: facts.sides.length - 1, "aria-label": say("size"),
      oninput: () => this.change((state) => withObject(state, state.chosen, { side: facts.sides[Number(this.slider.value)] })) });
    this.remove = this.button("remove", (state) => removed(state, state.chosen));
    this.addLabel = element("span", { class: "scene-label" });
    this.nouns = world.nouns.map((noun, number) => this.nounButton(noun.word, number));
    this.pixels = element("canvas", { width: facts.size, height: facts.size, class: "scene-pixels", role: "img", "aria-label": say("sees"), title: say("sees") });
    this.adding = element("div", { class: "scene-row" }, [this.addLabel, element("div", { class: "scene-nouns" }, this.nouns)]);
    this.node = element("div", { class: "scene-controls" }, [
      ...this.kindRows(),
      element("div", { class: "scene-row" }, [element("label", { class: "scene-label", for: "scene-size" }, [say("size")]), this.slider, this.remove,
        this.button("reset", () => freshState(world))]),
      this.adding,
      element("div", { class: "scene-row scene-ways" }, [this.pixels, element("span", { class: "scene-outside" }, [say("sees")]), this.shareButton(), this.pictureLink(),
        ...(onProbe ? [this.probeButton(onProbe)] : [])])]);
    this.tries = element("div", { class: "scene-tries" });
  }

  /** @param {(state: SceneState) => SceneState} step */
  change(step) {
    this.store.set(step(this.store.get()));
  }

  /** @param {string} key @param {(state: SceneState) => SceneState} step @param {Record<string, string>} [values] */
  button(key, step, values = {}) {
    return element("button", { type: "button", class: "scene-button", id: `scene-${key.replace(".", "-")}`, onclick: () => this.change(step) }, [this.say(key, values)]);
  }

  /** @param {import("../../engine/world.js").Kind} kind @param {number} k */
  kindRow(kind, k) {
    const buttons = kind.values.map((value, v) => {
      const fill = value.paints.fill, color = fill ? `background:rgb(${fill.join(" ")})` : null;
      return element("button", { type: "button", class: fill ? "scene-color" : "scene-value", style: color, "aria-label": value.word, title: value.word,
        "data-value": value.word, onclick: () => this.change((state) => withValue(state, state.chosen, k, v)) }, fill ? [] : [value.word]);
    });
    const isColor = kind.values.every((value) => value.paints.fill);
    const label = isColor ? [element("span", { class: "scene-label" }, [kindName(this.say, kind.name)])] : [];
    const node = element("div", { class: isColor ? "scene-row" : "scene-values", role: "group", "aria-label": kind.name }, [...label, ...buttons]);
    return { buttons, node, isColor };
  }

  /** @returns {HTMLElement[]} a row for each kind of colors, one for all others together */
  kindRows() {
    const rows = this.kinds.flatMap((row) => (row ? [row] : []));
    return [...rows.filter((row) => row.isColor).map((row) => row.node),
      element("div", { class: "scene-row" }, rows.filter((row) => !row.isColor).map((row) => row.node))];
  }

  /** @param {string} word @param {number} number */
  nounButton(word, number) {
    const object = { noun: number, values: this.world.kinds.map(() => 0), x: 16, y: 16, side: 1000 };
    const picture = svg("svg", { viewBox: "0 0 32 32", "aria-hidden": "true" }, [drawObject(this.world, object, 28, `noun-${number}`)]);
    const label = this.say("add.noun", { noun: word });
    return element("button", { type: "button", class: "scene-noun", "aria-label": label, title: label, "data-noun": word,
      onclick: () => this.change((state) => added(this.world, state, number)) }, [picture]);
  }

  shareButton() {
    // Both words lie in one cell, so the button keeps its width.
    const word = (/** @type {string} */ key) => element("span", { "data-word": key }, [this.say(key)]);
    const button = element("button", { type: "button", class: "scene-button", id: "scene-share", "data-shown": "share", onclick: async () => {
      await navigator.clipboard.writeText(this.address(writeState(this.world, this.store.get())));
      button.dataset.shown = "shared";
      setTimeout(() => { button.dataset.shown = "share"; }, 1500);
    } }, [word("share"), word("shared")]);
    return button;
  }

  /** A link that saves the pixels that models see, for any other CLIP. */
  pictureLink() {
    const link = element("a", { class: "scene-button", id: "scene-picture", download: "scene.png", href: "#",
      onclick: () => { link.href = this.pixels.toDataURL("image/png"); } }, [this.say("picture")]);
    return link;
  }

  /** @param {() => void} onclick */
  probeButton(onclick) {
    return element("button", { type: "button", class: "scene-button", id: "scene-probe", title: this.say("probe.long"), onclick }, [this.say("probe")]);
  }

  /** @param {SceneState} state */
  show(state) {
    const object = state.objects[state.chosen], { sides } = this.facts;
    this.kinds.forEach((row, k) => row?.buttons.forEach((button, v) => button.setAttribute("aria-pressed", String(object.values[k] === v))));
    this.slider.value = String(sides.indexOf(sides.reduce((best, side) => (Math.abs(side - object.side) < Math.abs(best - object.side) ? side : best))));
    this.remove.disabled = state.objects.length <= LEAST_OBJECTS;
    this.adding.hidden = state.objects.length >= MOST_OBJECTS;
    this.addLabel.textContent = this.say(`add.${state.objects.length}`);
    this.nouns.forEach((button, noun) => { button.hidden = state.objects.some((each) => each.noun === noun); });
    this.showTries(state);
  }

  /** @param {SceneState} state */
  showTries(state) {
    const kind = this.world.kinds[state.named].name, noun = this.world.nouns[state.objects[1].noun].word, key = `${kind} ${noun}`;
    if (this.tries.dataset.key === key) return;
    this.tries.dataset.key = key;
    const isSize = isSizeKind(this.world, state.named);
    this.tries.replaceChildren(element("span", { class: "scene-label" }, [this.say("try")]),
      this.button("try.places", withPlacesSwapped), this.button("try.overlap", overlapped),
      this.button("try.tiny", (now) => withObject(now, 1, { side: this.facts.sides[0] }), { noun }),
      ...(isSize ? [] : [this.button("try.same", withOneValue, { kind }), this.button("try.values", withValuesSwapped, { kind })]));
  }

  /** @param {Uint8Array} pixels 3 x S x S */
  showPixels(pixels) {
    const area = SIZE * SIZE, image = new ImageData(SIZE, SIZE);
    for (let at = 0; at < area; at++) {
      image.data.set([pixels[at], pixels[area + at], pixels[2 * area + at], 255], 4 * at);
    }
    this.pixels.getContext("2d").putImageData(image, 0, 0);
  }
}

/** @param {import("./texts.js").Say} say @param {string} name @returns {string} of a kind, its own name where no word is known */
export function kindName(say, name) {
  const text = say(`kind.${name}`);
  return text === `kind.${name}` ? name : text;
}

/** @param {string} text @returns {string} this page's address with the scene in it */
function addressOf(text) {
  const address = new URL(location.href);
  address.searchParams.set("scene", text);
  return address.href;
}
