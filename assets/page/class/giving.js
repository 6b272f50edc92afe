// The thing of a pupil: made in the same box as on the page of things, kept in this browser until the class is over,
// and given to the room.
//
//   const giving = await Giving.open(page, { seat: { code, key }, give: (thing) => ..., draw });
//   giving.edit("draw"); giving.thing; giving.picture; giving.box();
//   giving.offer(view.things.mine);       // after a reload: give what the room does not have

import { maxNounPoints, reserveWords } from "../own-document.js";
import { WORLD } from "../recipe.js";
import { colorsOf } from "../drawing.js";
import { loadStyles } from "../styles.js";
import { Editor } from "../things/editor.js";
import { cellsOf, partsOf } from "../things/outlines.js";
import { pictureOfThing } from "../things/picture.js";
import { Things } from "../things/store.js";
import { sceneWorld } from "../things/thing.js";
import { html } from "../vendor/preact.js";
import { keptOf } from "./seat.js";

const PIXELS = 256,
  THING = "clip-binding-class-thing";

export class Giving {
  static async open(page, { seat, give, draw }) {
    const [loadedWorld] = await Promise.all([page.engine.loadWorld(WORLD), loadStyles("things")]);
    reserveWords(loadedWorld.description);
    return new Giving(page, loadedWorld, { seat, give, draw });
  }

  constructor(page, loadedWorld, { seat, give, draw }) {
    this.loadedWorld = loadedWorld;
    this.give = give;
    this.isSent = false;
    this.colors = colorsOf(loadedWorld.description);
    this.store = new Things(page, loadedWorld, draw, {
      key: keptOf(THING, seat),
      start: [],
      onKeep: () => void this.send(),
    });
    this.store.making.resume();
  }

  get thing() {
    return this.store.things[0] ?? null;
  }

  get picture() {
    return pictureOfThing(sceneWorld(this.loadedWorld, [this.thing]), 0, 0, PIXELS);
  }

  edit(way) {
    this.store.making.open(0, way);
  }

  /** What a phone has made while the room could not be reached. */
  offer(mine) {
    if (this.thing && !mine) void this.send();
  }

  async send() {
    const { word, parts } = this.thing;
    this.isSent = false;
    this.isSent = await this.give({ word, parts: fitParts(parts) });
  }

  /** The box in which it is made, while it is open. */
  box() {
    const { colors } = this,
      { making } = this.store,
      { editor } = making;
    return editor && html`<div class="th-page class-box-page"><${Editor} ...${{ making, editor, colors }} /></div>`;
  }
}

/** Parts with as few points as the largest world takes of one thing. */
function fitParts(parts) {
  const points = parts.reduce((sum, part) => sum + part.points.length, 0);
  return points > maxNounPoints() ? partsOf(cellsOf(parts)) : parts;
}
