// The tiles of a person's things, and what a person can do with them; making.js has the thing that is being made.
//
//   const store = new Things(page, loadedWorld, draw);   // loadedWorld: engine.loadWorld("things")
//   store.state: {tiles, editor, note, undone}           // what view.js and editor.js draw
//
// Tiles stay in this browser, and two tabs of it have the same ones: each change is one of what is kept by then. From a
// file nothing is kept, and a full storage keeps nothing more; the page says so.

import { contract } from "../contract.js";
import { NewerWorldError, readWorld, WorldError } from "../own-document.js";
import { keep, recall, recallText } from "../kept.js";
import { readPicked } from "../picked-file.js";
import { isEqual, tidySpec, valuesOf } from "../recipe.js";
import { Refused } from "../refused.js";
import { copyText, saveFile } from "../save-file.js";
import { Store } from "../store.js";
import { say } from "../words.js";
import { ENDINGS } from "./endings.js";
import { documentIn, worldLink } from "./link.js";
import { checkThing, Making } from "./making.js";
import { builtIn, documentOf, endingOf, whyNot, worldOfThings } from "./thing.js";

const KEY = "clip-binding-explorer-things",
  START = ["submarine", "bus", "cat", "house", "star", "fish"];
const TOO_LONG = () => say("This world does not fit into a link of 8 kB. Save it, and pass the file on.");
/** Tiles that are shown at first; a seventh row of things comes when they are full. */
const SHOWN = 12,
  JSON_TYPE = "application/json";

export class Things extends Store {
  /**
   * @param options {key, start, endings, onKeep}: where tiles stay, the built-in ones at first, how worlds ended that
   *   were trained beforehand, what follows a kept thing
   */
  constructor(page, loadedWorld, draw, { key = KEY, start = START, endings = ENDINGS, onKeep = () => undefined } = {}) {
    super();
    this.page = page;
    this.loadedWorld = loadedWorld;
    this.draw = draw;
    this.key = key;
    this.start = start;
    this.endings = endings;
    this.onKeep = onKeep;
    this.isKept = globalThis.location?.protocol !== "file:"; // a storage may be full all the same
    this.text = null; // what this browser keeps, as this tab read or wrote it last
    this.making = new Making(this);
    const stored = this.recallTiles();
    this.state = {
      tiles: stored?.length ? stored : this.startTiles(),
      editor: null,
      note: "",
      link: "", // to this world, once it was asked for
      isCopied: false,
      offered: null, // a document that came with a link
      undone: null, // {before, after}: the tiles around what Undo takes back
      isKept: this.isKept,
    };
    globalThis.addEventListener?.("storage", () => this.takeKept());
  }

  startTiles() {
    const nouns = this.loadedWorld.description.nouns;
    return this.start.map((word) => builtIn(nouns.find((noun) => noun.word === word)));
  }

  /** The tiles that this browser keeps, null where there are none that are things. */
  recallTiles() {
    this.text = this.isKept ? recallText(this.key) : null;
    const stored = this.isKept ? recall(this.key) : null;
    if (!Array.isArray(stored) || stored.length > contract.own_world.max_nouns) return null;
    try {
      return stored.map((thing) => thing && keptForm(thing));
    } catch {
      return null;
    }
  }

  /** Take in what another tab has kept since; a thing that is made for a tile which it filled moves to a free one. */
  takeKept() {
    if (!this.isKept || recallText(this.key) === this.text) return;
    const { tiles: before, editor } = this.state,
      tiles = this.recallTiles()?.map((thing, slot) =>
        before[slot] && isEqual(thing, keptForm(before[slot])) ? before[slot] : thing,
      );
    if (!tiles) return;
    this.change({ tiles, link: "" });
    if (editor && tiles[editor.slot] && tiles[editor.slot] !== before[editor.slot] && this.slots.includes(null))
      this.making.change({ slot: this.slots.indexOf(null) });
  }

  /** Tiles with empty ones behind them. */
  get slots() {
    const { tiles } = this.state,
      filled = tiles.filter(Boolean).length;
    const count =
      tiles.length < SHOWN
        ? SHOWN
        : Math.min(contract.own_world.max_nouns, tiles.length + (filled === tiles.length ? 6 : 0));
    return Array.from({ length: count }, (_, slot) => tiles[slot] ?? null);
  }

  get things() {
    return this.state.tiles.filter(Boolean);
  }

  /** What the tiles lack to be a world: "" for nothing. */
  get lack() {
    const missing = contract.own_world.min_nouns - this.things.length;
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
    return this.lack ? null : endingOf(this.things, this.endings);
  }

  /** @param {any[] | null} before the tiles to which Undo goes back; null where it is not offered */
  setTiles(tiles, before = null, note = "") {
    while (tiles.length && !tiles.at(-1)) tiles.pop();
    const text = JSON.stringify(tiles);
    if (this.isKept) {
      keep(this.key, text);
      this.text = recallText(this.key); // what was before, where the storage is full
    }
    this.change({
      tiles,
      undone: before && { before, after: tiles },
      note,
      link: "",
      isKept: this.isKept && this.text === text,
    });
  }

  put(slot, thing) {
    const tiles = [...this.state.tiles];
    while (tiles.length <= slot) tiles.push(null);
    tiles[slot] = thing;
    this.setTiles(tiles);
  }

  emptyTile(slot) {
    const shown = this.state.tiles[slot];
    this.takeKept();
    const { tiles } = this.state;
    if (tiles[slot] !== shown) return; // it is another thing by now
    this.setTiles(
      tiles.map((thing, at) => (at === slot ? null : thing)),
      tiles,
      say`${new String(shown.word)} is removed.`,
    );
  }

  emptyAll() {
    this.takeKept();
    this.setTiles([], this.state.tiles, say("All tiles are empty."));
  }

  undoEmpty() {
    this.takeKept();
    const { tiles, undone } = this.state;
    if (undone) this.setTiles(tilesBefore(tiles, undone), null, say("The things are back."));
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
      // A part of a file that is gone reads as if it were empty, so only one that is too large is cut.
      const most = contract.own_world.file_bytes,
        part = file.size > most ? file.slice(0, most + 1) : file,
        { document } = readWorld(await readPicked(part), 1);
      return this.putThings(document, "file");
    } catch (error) {
      if (error instanceof Refused) return this.change({ note: error.message });
      if (!(error instanceof WorldError)) throw error;
      return this.change({
        note: newerOr(error, say`This file is no world that the page can open: ${whereAndWhyNot(error)}`),
      });
    }
  }

  /** Put the things of a document on the tiles; Undo brings the others back. */
  putThings({ nouns }, from) {
    this.takeKept();
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
      else if (document) this.putThings(document, "link");
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      this.change({
        note: newerOr(error, say`This link holds no world that the page can open: ${whereAndWhyNot(error)}`),
      });
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
    let OwnWorlds;
    try {
      ({ OwnWorlds } = await import("../own-worlds.js"));
      await this.page.loadTab();
    } catch (error) {
      console.warn(error);
      return this.change({
        note: say(
          "The files that this tab needs for training could not be loaded. Try again when the network is back.",
        ),
      });
    }
    if (!this.page.isShown("things")) return undefined; // its person has gone on meanwhile
    const { catalog } = this.page,
      world = OwnWorlds.of(this.page).keep(documentOf(this.things));
    this.page.toWorkbench(
      { preset: catalog.opens_with, values: { ...valuesOf(tidySpec(catalog)), seed: null, world } },
      { isTrained: true, place: "tab" }, // the button says so
    );
  }
}

const keptForm = (thing) => ({ ...checkThing(thing), from: String(thing.from) });
const isSame = (one, other) => isEqual(one && keptForm(one), other && keptForm(other));

/** The tiles as they were; what another tab has put onto one of them since stays, and its thing goes to a free one. */
function tilesBefore(tiles, { before, after }) {
  const { max_nouns: most } = contract.own_world,
    undone = Array.from({ length: most }, (_, slot) => tiles[slot] ?? null),
    changed = undone.flatMap((_, slot) => {
      const [was, made] = [before[slot] ?? null, after[slot] ?? null];
      return isSame(was, made) || isSame(was, undone[slot]) ? [] : [{ slot, was, made }];
    });
  const isOurs = ({ slot, made }) => isSame(undone[slot], made),
    homeless = changed.filter((each) => !isOurs(each) && each.was);
  for (const { slot, was } of changed.filter(isOurs)) undone[slot] = was;
  for (const { was } of homeless) if (undone.includes(null)) undone[undone.indexOf(null)] = was;
  return undone;
}
const newerOr = (error, said) =>
  error instanceof NewerWorldError ? say("This world was saved by a newer page. Reload this one.") : said;
const whereAndWhyNot = (error) => say`${error.field}: ${whyNot(error)}`;
