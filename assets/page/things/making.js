// The thing that is being made in the box: its cells and parts, the tools, and what the box says of it.
//
//   const { making } = new Things(page, loadedWorld, draw);
//   making.open(6, "draw");              // things.state.editor: what editor.js draws, null while the box is closed
//   making.stroke(ring); making.undo(); making.setWord("bello");
//   making.reason                        // why it cannot be kept, null where it can
//   making.keep();                       // onto its tile
//
// The pad draws cells; a world has parts, their outlines. Each change makes the parts anew, and judges them.

import { PartsAtlas } from "../../engine/atlas_from_parts.js";
import { checkNoun, checkWord } from "../own-document.js";
import { draftOf, forget, keep, recall, TAB } from "../kept.js";
import { Latest } from "../store.js";
import { say } from "../words.js";
import { emptyCells, paintRing, pour, ROLES } from "./grid.js";
import { ALIKE, likenessOf, thinOf } from "./likeness.js";
import { cellsOf, partsOf } from "./outlines.js";
import { cutOut, USUAL_SLIDER } from "./photo.js";
import { iconThings, sceneWorld, whyNot } from "./thing.js";

const MAX_UNDO = 60,
  /** The name under which parts are checked that have none yet. */
  DRAFT = "draft";
/** The widths of the pen, in cells. */
export const WIDTHS = [6, 13, 26];

export class Making {
  constructor(things) {
    this.things = things;
    this.photos = new Latest(); // a file that is read late is of a box that was closed, or another one was chosen
  }

  get editor() {
    return this.things.state.editor;
  }

  /** @param {string} way draw, photo or icon */
  open(slot, way) {
    const thing = this.things.slots[slot];
    this.photos.begin();
    this.things.change({
      editor: {
        slot,
        way,
        word: thing?.word ?? "",
        from: thing?.from ?? "drawn",
        cells: thing ? cellsOf(thing.parts) : emptyCells(),
        parts: thing?.parts ?? [],
        world: null, // what draws the parts
        thin: null,
        alike: null,
        sketch: null, // what the previews show while a stroke is drawn
        past: [],
        future: [],
        strokes: 0,
        tool: "pen",
        hasFilled: false, // something, since the fill was chosen
        ink: "body",
        width: 1,
        said: "",
        isNameless: false,
        photo: null,
        picture: null,
        slider: USUAL_SLIDER,
        cutOutcome: null,
        icon: "",
      },
    });
    this.judge();
  }

  change(parts) {
    this.things.change({ editor: { ...this.editor, ...parts } });
  }

  setWay(way) {
    this.change({ way, said: "" });
  }

  /** The pen, the fill or the eraser; the pen pressed once more takes its next width. */
  setTool(tool) {
    const { editor } = this,
      isAgain = tool === "pen" && editor.tool === "pen";
    this.change({ tool, said: "", hasFilled: false, width: (editor.width + Number(isAgain)) % WIDTHS.length });
  }

  /** Who has just filled a body draws with the next ink, and would else fill the body again where an eye was meant. */
  setInk(ink) {
    const { tool, hasFilled } = this.editor;
    this.change({ ink, tool: tool === "fill" && !hasFilled ? "fill" : "pen", said: "" });
  }

  close() {
    this.photos.begin();
    forget(draftOf(this.things.key), TAB);
    this.things.change({ editor: null });
  }

  /** The thing under way stays in this tab, too: a phone may drop its page while it takes a photograph. */
  keepDraft() {
    const { slot, way, word, from, parts } = this.editor;
    const draft = { slot, way, word, from, parts };
    if (this.things.isKept) keep(draftOf(this.things.key), JSON.stringify(draft), TAB);
  }

  /** Open the box again with what was under way when the page was left. */
  resume() {
    const draft = this.things.isKept ? recall(draftOf(this.things.key), TAB) : null,
      slot = draft?.slot ?? draft?.place; // what a draft of an earlier page calls it
    if (!Object.hasOwn(this.things.slots, String(slot))) return;
    try {
      const { parts } = checkThing({ word: DRAFT, parts: draft.parts });
      this.open(slot, draft.way === "icon" ? "icon" : "draw");
      this.change({ parts, cells: cellsOf(parts), word: String(draft.word), from: String(draft.from) });
      this.judge();
    } catch {
      /* somebody else has written there, or it had no body yet */
    }
  }

  get drawing() {
    const { cells, strokes, from } = this.editor;
    return { cells, strokes, from };
  }

  /** What Undo brings back once the drawing is changed. */
  get remembered() {
    return { past: [...this.editor.past, this.drawing].slice(-MAX_UNDO), future: [] };
  }

  /** New cells, which Undo takes back. */
  draw(cells, more = {}) {
    this.change({
      ...this.remembered,
      cells,
      strokes: this.editor.strokes + 1,
      said: "",
      from: "drawn",
      parts: partsOf(cells),
      ...more,
    });
    this.judge();
  }

  /** @param {number[][]} ring the outline of a stroke, in cells */
  stroke(ring) {
    this.draw(this.paintedWith(ring));
  }

  /** Show a stroke that is not at its end yet in the previews; the hints wait for its end. */
  sketch(ring) {
    this.change({ sketch: this.worldOf(partsOf(this.paintedWith(ring))) });
  }

  paintedWith(ring) {
    const { cells, tool, ink } = this.editor,
      painted = cells.slice();
    paintRing(painted, ring, tool === "rub" ? 0 : ROLES.indexOf(ink));
    return painted;
  }

  fill([x, y]) {
    const { cells, ink } = this.editor,
      next = cells.slice();
    if (pour(next, x, y, ROLES.indexOf(ink))) this.draw(next, { hasFilled: true });
    else
      this.change({ said: say("The line has a gap, so nothing was filled. Close it with the pen, and fill again.") });
  }

  undo() {
    this.moveThrough("past", "future");
  }

  redo() {
    this.moveThrough("future", "past");
  }

  moveThrough(from, to) {
    const { editor } = this,
      drawing = editor[from].at(-1);
    if (!drawing) return;
    this.change({
      ...drawing,
      parts: partsOf(drawing.cells),
      [from]: editor[from].slice(0, -1),
      [to]: [...editor[to], this.drawing],
      said: "",
    });
    this.judge();
  }

  startOver() {
    this.draw(emptyCells(), { strokes: 0 });
  }

  /** @param {Promise<{canvas: any, turns: number}>} reading a file, see shot.js */
  async openPhoto(reading) {
    const isWanted = this.photos.begin(),
      photo = await reading;
    if (isWanted()) this.change({ photo });
  }

  /** A square crop of a photograph: grays 0 .. 1. */
  setPhoto(picture) {
    this.change({ picture });
    this.cutPhoto(this.editor.slider);
  }

  cutPhoto(slider) {
    const { picture, from } = this.editor;
    if (!picture) return void this.change({ slider });
    const { cells, outcome } = cutOut(picture.levels, picture.side, slider),
      remembered = from === "photo" ? {} : this.remembered; // once, and not at each step of the slider
    this.change({ ...remembered, slider, cells, parts: partsOf(cells), from: "photo", cutOutcome: outcome });
    this.judge();
  }

  setIcon(word) {
    const thing = this.icons.find((each) => each.word === word);
    const { editor } = this,
      isNamed = editor.word && editor.word !== editor.icon;
    this.change({
      ...this.remembered,
      icon: word,
      word: isNamed ? editor.word : word,
      parts: thing.parts,
      cells: cellsOf(thing.parts),
      from: "icon",
    });
    this.judge();
  }

  get icons() {
    this.shownIcons ??= iconThings();
    return this.shownIcons;
  }

  /** The other things of this world. */
  get others() {
    return this.things.state.tiles.filter((thing, slot) => thing && slot !== this.editor.slot);
  }

  /** A world of these parts and the other things, which draws them; null where nothing is drawn. */
  worldOf(parts) {
    if (!parts.some(({ role }) => role !== "cut")) return null;
    return sceneWorld(this.things.loadedWorld, [{ word: this.editor.word || "?", parts }, ...this.others]);
  }

  /** The hints, and the world that draws the thing. */
  judge() {
    const { parts, cells } = this.editor,
      world = this.worldOf(parts);
    if (!world) return void this.change({ world, sketch: null, thin: null, alike: null });
    const atlas = new PartsAtlas(world);
    const likeness = this.others.map(({ word }, at) => ({
        word,
        noun: at + 1,
        share: likenessOf(atlas, world, 0, at + 1),
      })),
      most = likeness.reduce((best, each) => (each.share > (best?.share ?? 0) ? each : best), null);
    this.change({
      world,
      sketch: null,
      thin: thinOf(cells, world.nouns[0].factor),
      alike: most && most.share >= ALIKE ? most : null,
    });
    this.keepDraft();
  }

  /** Why the thing cannot be kept: {field: "word" | "picture", said}, null where it can. */
  get reason() {
    const { editor } = this;
    if (!editor.world) return { field: "picture", said: "" };
    try {
      checkThing({ word: DRAFT, parts: editor.parts });
    } catch (error) {
      return { field: "picture", said: whyNot(error) };
    }
    const word = editor.word.trim();
    if (!word) return { field: "word", said: editor.isNameless ? say("Give it a name, then keep it.") : "" };
    try {
      checkWord(word, "word");
    } catch (error) {
      return { field: "word", said: whyNot(error) };
    }
    if (this.others.some((each) => each.word === word))
      return { field: "word", said: say("This is already the name of another thing.") };
    return null;
  }

  /** A space at the end stays until the next letter: a keyboard writes it behind a whole word. */
  setWord(typed) {
    this.change({ word: typed.normalize("NFC").toLowerCase().trimStart(), isNameless: false });
    this.keepDraft();
  }

  /** Keep the thing, or say what it lacks. */
  keep() {
    this.things.takeKept();
    const { slot, word, parts, from } = this.editor;
    if (this.reason) return this.change({ isNameless: !word.trim() });
    this.close();
    this.things.put(slot, { word: word.trim(), parts, from });
    this.things.onKeep();
  }
}

/** A thing with a word and parts that a world takes; throws a `WorldError`. */
export const checkThing = ({ word, parts }) => checkNoun({ word, parts }, "thing");
