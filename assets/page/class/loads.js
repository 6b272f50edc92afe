// What a page of a class loads beside the view of its room: questions, drawings, addresses, scenes that it scores
// itself, and the box in which a phone makes its thing.
//
//   const loads = new Loads(room);       // of page.js
//   loads.follow(view);                  // loads what this view of the room needs
//   loads.close();                       // the room was left: what comes now is not shown

import { once } from "../../engine/once.js";
import { WORLD } from "../recipe.js";
import { Latest, onceAFrame } from "../store.js";
import { Checker } from "./fool.js";

const RETRY_MS = 500;

export class Loads {
  constructor(room) {
    this.room = room;
    this.connection = room.connection;
    this.wantedQuestion = "";
    this.checking = "";
    this.isClosed = false;
    this.isMaking = false;
    this.pictures = new Latest(); // rows of the wall that were pressed
    this.checker = new Checker(room.page.engine);
    this.askAddresses = once(() => this.loadAddresses()); // each pupil who joins is a view that lacks them
  }

  close() {
    this.isClosed = true;
  }

  change(parts) {
    if (!this.isClosed) this.room.change(parts);
  }

  showError(error) {
    if (!this.isClosed) this.room.showError(error);
  }

  follow(view) {
    const { isTeacher, addresses } = this.room.state;
    if (view.question) void this.askQuestion(view.question, view.is_revealed);
    if (view.step === "join" && isTeacher && !addresses)
      void this.askAddresses().catch((error) => this.showError(error));
    const scenes = view.step === "learned" ? view.numbers.best : isTeacher ? view.scenes : null;
    if (scenes) void this.check(scenes);
    if (view.things && isTeacher) void this.draw(view.things.given);
  }

  /** Load a question, and once more when its answer is shown. */
  async askQuestion(name, isRevealed) {
    const wanted = `${name} ${isRevealed}`;
    if (this.wantedQuestion === wanted) return;
    this.wantedQuestion = wanted;
    for (let tries = 1; this.wantedQuestion === wanted && !this.isClosed; tries++) {
      try {
        const question = await this.connection.view("question", { name });
        if (this.wantedQuestion === wanted) this.change({ question });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * tries));
      }
    }
  }

  async loadAddresses() {
    const addresses = await this.connection.view("room_addresses", {
      at: location.href.split(/[?#]/)[0],
      lang: this.room.page.address.get("lang"),
    });
    this.change({ addresses });
  }

  /** Score the scenes of the class on this computer. */
  async check(scenes) {
    const wanted = (this.checking = JSON.stringify(scenes)),
      checked = await this.checker.check(scenes);
    if (this.checking === wanted) this.change({ checked });
  }

  /** Load the drawings that this page has not seen: a name tells one drawing for good. */
  async draw(given) {
    try {
      const { page, state } = this.room,
        loadedWorld = state.loadedWorld ?? (await page.engine.loadWorld(WORLD)),
        lacking = given.map(({ drawing }) => drawing).filter((name) => !state.drawings[name]),
        drawn = await Promise.all(lacking.map((name) => this.connection.view("drawing", { name }).catch(() => null)));
      const fresh = lacking.map((name, at) => [name, drawn[at]]).filter(([, noun]) => noun);
      this.change({ loadedWorld, drawings: { ...state.drawings, ...Object.fromEntries(fresh) } });
    } catch {
      /* the next view tries again */
    }
  }

  /** What the model of a phone makes of the pairs. */
  async showPictures(pupil) {
    const isWanted = this.pictures.begin();
    try {
      const { picturesOf, Pictures: Box } = await import("./pictures.js"), // no phone needs it
        { page, state } = this.room,
        { world } = state.view.wall,
        ask = (view, values) => this.connection.view(view, values),
        pictures = await picturesOf(page, { world, pupil }, ask);
      if (isWanted()) this.change({ pictures: { ...pictures, Box } });
    } catch (error) {
      if (isWanted()) this.showError(error);
    }
  }

  closePictures() {
    this.pictures.begin();
    this.change({ pictures: null });
  }

  /** The box in which this phone makes its thing. */
  async openGiving() {
    const { connection, room } = this,
      { page, state } = room;
    if (state.giving || this.isMaking) return;
    this.isMaking = true;
    // Not at once: the crop of a photograph is read in an effect, which drawing would run again without end.
    const draw = onceAFrame(() => this.change({}));
    try {
      const { Giving } = await import("./giving.js");
      const giving = await Giving.open(page, {
        seat: connection,
        give: (thing) => room.send("give_thing", thing, connection),
        draw,
      });
      if (this.isClosed) return;
      this.change({ giving });
      giving.offer(state.view?.things?.mine ?? null);
    } catch (error) {
      this.showError(error);
    } finally {
      this.isMaking = false;
    }
  }
}
