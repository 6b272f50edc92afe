// The tiles of a person's things, and the thing that is being made; what a person can do with both.
//
//   const store = new Things(page, facts, paint);        // facts: engine.loadWorld("things")
//   store.state: {tiles, editor, note, undone}           // what view.js and editor.js draw
//
// Tiles stay in this browser. From a file nothing is kept, and the page says so.

import { PartsAtlas } from "../../engine/atlas_from_parts.js";
import { checkedNoun, checkWord, MAX_NOUNS, MIN_NOUNS, readWorld, WorldError } from "../../engine/own_world.js";
import { draftOf, forget, keep, recall } from "../kept.js";
import { tidySpec, valuesOf } from "../recipe.js";
import { copyText, saveFile } from "../save-file.js";
import { fillNames, say } from "../words.js";
import { FIGURES } from "./figures.js";
import { emptyCells, paintRing, pour, ROLES } from "./grid.js";
import { ALIKE, likenessOf, thinOf } from "./likeness.js";
import { documentIn, worldLink } from "./link.js";
import { cellsOf, partsOf } from "./outlines.js";
import { cutOut } from "./photo.js";
import { builtIn, documentOf, endingOf, iconThings, sceneWorld, worldOfThings } from "./thing.js";

const KEY = "clip-binding-explorer-things",
  START = ["submarine", "bus", "cat", "house", "star", "fish"];
const TOO_LONG = () => say("This world does not fit into a link of 8 kB. Save it, and pass the file on.");
/** Tiles that are shown at first; a seventh row of things comes when they are full. */
const SHOWN = 12,
  MOST_UNDO = 60,
  /** The name under which parts are checked that have none yet. */
  DRAFT = "draft",
  JSON_TYPE = "application/json";
export const WIDTHS = [6, 13, 26];

export class Things {
  /**
   * @param options {key, start, figures, onKeep}: where tiles stay, the built-in ones at first, how worlds ended that
   *   were trained beforehand, what follows a kept thing
   */
  constructor(page, facts, paint, { key = KEY, start = START, figures = FIGURES, onKeep = () => undefined } = {}) {
    Object.assign(this, { page, facts, paint, key, start, figures, onKeep });
    this.isKept = globalThis.location?.protocol !== "file:";
    this.state = {
      tiles: this.recallTiles() ?? this.startTiles(),
      editor: null,
      note: "",
      link: "", // to this world, once it was asked for
      isCopied: false,
      offered: null, // a document that came with a link
      undone: null,
      isKept: this.isKept,
    };
  }

  startTiles() {
    const nouns = this.facts.description.nouns;
    return this.start.map((word) => builtIn(nouns.find((noun) => noun.word === word)));
  }

  /** The tiles of an earlier visit, null where there are none that are things. */
  recallTiles() {
    const kept = this.isKept ? recall(this.key) : null;
    if (!Array.isArray(kept) || kept.length > MAX_NOUNS) return null;
    try {
      const things = kept.map((thing) => thing && { ...checkThing(thing), from: String(thing.from) });
      return things.length ? things : null;
    } catch {
      return null;
    }
  }

  change(parts) {
    Object.assign(this.state, parts);
    this.paint(this.state);
  }

  /** Tiles with empty ones behind them. */
  get places() {
    const { tiles } = this.state,
      filled = tiles.filter(Boolean).length;
    const count = tiles.length < SHOWN ? SHOWN : Math.min(MAX_NOUNS, tiles.length + (filled === tiles.length ? 6 : 0));
    return Array.from({ length: count }, (_, place) => tiles[place] ?? null);
  }

  get things() {
    return this.state.tiles.filter(Boolean);
  }

  /** What the tiles lack to be a world: "" for nothing. */
  get fault() {
    const missing = MIN_NOUNS - this.things.length;
    if (missing > 0) return missing === 1 ? say("One more thing is needed.") : say`${missing} more things are needed.`;
    try {
      worldOfThings(this.things);
      return "";
    } catch (error) {
      return whyNot(error);
    }
  }

  /** How worlds like this one ended that were trained beforehand; null where nobody knows. */
  get ending() {
    return this.fault ? null : endingOf(this.things, this.figures);
  }

  setTiles(tiles, undone = null) {
    while (tiles.length && !tiles.at(-1)) tiles.pop();
    if (this.isKept) keep(this.key, JSON.stringify(tiles));
    this.change({ tiles, undone, note: "", link: "" });
  }

  put(place, thing) {
    const tiles = [...this.state.tiles];
    while (tiles.length <= place) tiles.push(null);
    tiles[place] = thing;
    this.setTiles(tiles);
  }

  emptyTile(place) {
    const { tiles } = this.state;
    this.setTiles(
      tiles.map((thing, at) => (at === place ? null : thing)),
      tiles,
    );
  }

  emptyAll() {
    this.setTiles([], this.state.tiles);
  }

  undoEmpty() {
    this.setTiles(this.state.undone);
  }

  // ---- Files, and the training

  save() {
    try {
      const { name, document } = worldOfThings(this.things) ?? { name: "things", document: documentOf(this.things) };
      saveFile(JSON.stringify(document), `${name}.json`, JSON_TYPE);
    } catch (error) {
      this.change({ note: whyNot(error) });
    }
  }

  /** Open a saved world, or fewer things than one has, which can be saved too. */
  async openFile(file) {
    try {
      const { document } = readWorld(new Uint8Array(await file.slice(0, 300_000).arrayBuffer()), 1);
      this.take(document, "file");
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      this.change({ note: say`This file is no world that the page can open: ${whereAndWhyNot(error)}` });
    }
  }

  /** Put the things of a document on the tiles; Undo brings the others back. */
  take({ nouns }, from) {
    this.change({ offered: null });
    this.setTiles(
      nouns.map(({ word, parts }) => ({ word, parts, from })),
      this.state.tiles,
    );
  }

  /** Open the world of a link; who has things of their own is asked first. */
  async openLink(hash) {
    try {
      const document = await documentIn(hash);
      if (document && this.things.some(({ from }) => from !== "built")) this.change({ offered: document });
      else if (document) this.take(document, "link");
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      this.change({ note: say`This link holds no world that the page can open: ${whereAndWhyNot(error)}` });
    }
  }

  /** Copy a link to this world and show it, or say why there is none. */
  async share() {
    const { document } = worldOfThings(this.things),
      link = await worldLink(document, location.href).catch(() => ""),
      isCopied = Boolean(link) && (await copyText(link));
    this.change({ link, isCopied, note: link ? "" : TOO_LONG() });
  }

  async train() {
    const { catalog } = this.page;
    let world;
    try {
      const { OwnWorlds } = await import("../own-worlds.js");
      world = OwnWorlds.of(this.page).keep(documentOf(this.things));
      await this.page.withTab();
    } catch (error) {
      console.warn(error);
      return this.change({
        note: say(
          "The files that this tab needs for training could not be loaded. Try again when the network is back.",
        ),
      });
    }
    this.page.toWorkbench(
      { preset: catalog.opens_with, values: { ...valuesOf(tidySpec(catalog)), seed: null, world } },
      { isTrained: true, place: "tab" }, // the button says so
    );
  }

  // ---- The thing that is being made

  /** @param {string} way draw, photo or icon */
  edit(place, way) {
    const thing = this.places[place];
    this.change({
      editor: {
        place,
        way,
        word: thing?.word ?? "",
        from: thing?.from ?? "drawn",
        cells: thing ? cellsOf(thing.parts) : emptyCells(),
        parts: thing?.parts ?? [],
        past: [],
        future: [],
        strokes: 0,
        tool: "pen",
        ink: "body",
        width: 1,
        said: "",
        isNameless: false,
        picture: null,
        slider: 46,
        icon: "",
      },
    });
    this.judge();
  }

  changeEditor(parts) {
    this.change({ editor: { ...this.state.editor, ...parts } });
  }

  setWay(way) {
    this.changeEditor({ way, said: "" });
  }

  /** The pen, the fill or the eraser; the pen pressed once more takes its next width. */
  setTool(tool) {
    const { editor } = this.state,
      isAgain = tool === "pen" && editor.tool === "pen";
    this.changeEditor({ tool, said: "", width: (editor.width + Number(isAgain)) % WIDTHS.length });
  }

  /** An ink is chosen to draw with: who has just filled a body would else fill it again where an eye was meant. */
  setInk(ink) {
    this.changeEditor({ ink, tool: "pen", said: "" });
  }

  close() {
    forget(draftOf(this.key));
    this.change({ editor: null });
  }

  /** The thing under way stays in this browser, too: a phone may drop its page while it takes a photograph. */
  keepDraft() {
    const { place, way, word, from, parts } = this.state.editor;
    if (this.isKept) keep(draftOf(this.key), JSON.stringify({ place, way, word, from, parts }));
  }

  /** Open the box again with what was under way when the page was left. */
  resume() {
    const draft = this.isKept ? recall(draftOf(this.key)) : null;
    if (!Object.hasOwn(this.places, String(draft?.place))) return;
    try {
      const { parts } = checkThing({ word: DRAFT, parts: draft.parts });
      this.edit(draft.place, draft.way === "icon" ? "icon" : "draw");
      this.changeEditor({ parts, cells: cellsOf(parts), word: String(draft.word), from: String(draft.from) });
      this.judge();
    } catch {
      /* somebody else has written there, or it had no body yet */
    }
  }

  get drawing() {
    const { cells, strokes, from } = this.state.editor;
    return { cells, strokes, from };
  }

  /** What Undo brings back once the drawing is changed. */
  get remembered() {
    return { past: [...this.state.editor.past, this.drawing].slice(-MOST_UNDO), future: [] };
  }

  /** New cells, which Undo takes back. */
  draw(cells, more = {}) {
    this.changeEditor({
      ...this.remembered,
      cells,
      strokes: this.state.editor.strokes + 1,
      said: "",
      from: "drawn",
      parts: partsOf(cells),
      ...more,
    });
    this.judge();
  }

  /** @param {number[][]} ring the outline of a stroke, in cells */
  stroke(ring) {
    const { cells, tool, ink } = this.state.editor,
      next = cells.slice();
    paintRing(next, ring, tool === "rub" ? 0 : ROLES.indexOf(ink));
    this.draw(next);
  }

  fill([x, y]) {
    const { cells, ink } = this.state.editor,
      next = cells.slice();
    if (pour(next, x, y, ROLES.indexOf(ink))) this.draw(next);
    else this.changeEditor({ said: say("The line has a gap. Close it, or press Undo.") });
  }

  undo() {
    this.moveThrough("past", "future");
  }

  redo() {
    this.moveThrough("future", "past");
  }

  moveThrough(from, to) {
    const { editor } = this.state,
      drawing = editor[from].at(-1);
    if (!drawing) return;
    this.changeEditor({
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

  /** A square crop of a photograph: grays 0 .. 1. */
  takePhoto(picture) {
    this.changeEditor({ picture });
    this.cutPhoto(this.state.editor.slider);
  }

  cutPhoto(slider) {
    const { picture, from } = this.state.editor;
    if (!picture) return void this.changeEditor({ slider });
    const { cells, said } = cutOut(picture.levels, picture.side, slider),
      remembered = from === "photo" ? {} : this.remembered; // once, and not at each step of the slider
    this.changeEditor({ ...remembered, slider, cells, parts: partsOf(cells), from: "photo", cutSaid: said });
    this.judge();
  }

  takeIcon(word) {
    const thing = this.icons.find((each) => each.word === word);
    const { editor } = this.state,
      isNamed = editor.word && editor.word !== editor.icon;
    this.changeEditor({
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
    const { editor, tiles } = this.state;
    return tiles.filter((thing, place) => thing && place !== editor.place);
  }

  /** The hints, and a world of this thing and the others that draws it. */
  judge() {
    const { editor } = this.state,
      { parts, cells } = editor;
    if (!parts.some(({ role }) => role !== "cut"))
      return void this.changeEditor({ world: null, thin: null, alike: null });
    const world = sceneWorld(this.facts, [{ word: editor.word || "?", parts }, ...this.others]),
      atlas = new PartsAtlas(world);
    const likeness = this.others.map((other, at) => ({ word: other.word, share: likenessOf(atlas, world, 0, at + 1) })),
      most = likeness.reduce((best, each) => (each.share > (best?.share ?? 0) ? each : best), null);
    this.changeEditor({
      world,
      thin: thinOf(cells, world.nouns[0].factor),
      alike: most && most.share >= ALIKE ? most : null,
    });
    this.keepDraft();
  }

  /** Why the thing cannot be kept: {field: "word" | "picture", said}, null where it can. */
  get reason() {
    const { editor } = this.state;
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
    this.changeEditor({ word: typed.normalize("NFC").toLowerCase().trimStart(), isNameless: false });
    this.keepDraft();
  }

  /** Keep the thing, or say what it lacks. */
  keepThing() {
    const { place, word, parts, from } = this.state.editor;
    if (this.reason) return this.changeEditor({ isNameless: !word.trim() });
    this.close();
    this.put(place, { word: word.trim(), parts, from });
    this.onKeep();
  }
}

/** Why something is no thing or no world, in the language of the page. */
const whyNot = ({ reason, values }) => fillNames(reason, values);
const whereAndWhyNot = (error) => say`${error.field}: ${whyNot(error)}`;

/** A thing with a word and parts that a world takes; throws a `WorldError`. */
const checkThing = ({ word, parts }) => checkedNoun({ word, parts }, "thing");
