/**
 * The page of a class: two doors, a nickname, and then the screens of the step that the room is at.
 *
 *     class                  // start a class or type a code
 *     class?room=KRTM        // a nickname, then the phone's screens; with the teacher's key the projector's
 *     class?room=KRTM#key=…  // the teacher on another device; the key leaves the address at once
 */

import { element } from "../scene/html.js";
import { Connection, Refused, request } from "./connection.js";
import { FoolScreen } from "./fool.js";
import { JoinScreen } from "./join.js";
import { LearnedScreen } from "./learned.js";
import { QuestionScreen } from "./question.js";
import { forgetSeat, keepSeat, seatOf } from "./seat.js";
import { SteeringBar } from "./steering.js";
import { SumScreen } from "./sum.js";
import { sayFrom } from "./texts.js";
import { TrainScreen } from "./train.js";

/**
 * @typedef {{texts: Record<string, string>, language: string, stops: {step: string, part: number, revealed: boolean}[],
 *   minutes: Record<string, number>, pairs: number, recipes: Record<string, {title: string, told: string}>, letters: string}} Facts
 * @typedef {{facts: Facts, say: import("./texts.js").Say, isTeacher: boolean, connection: Connection,
 *   tell: (sentence: string) => void, clockOffset: () => number}} Context
 * @typedef {{node: HTMLElement, show: (view: any) => void, close?: () => void}} Screen
 */

const PAUSE_MS = { teacher: 60, pupil: 500 };
const byId = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
/** @type {Facts} */ const facts = JSON.parse(byId("class-facts").textContent);
const say = sayFrom(facts.texts);
const asked = new URLSearchParams(location.search), room = (asked.get("room") ?? "").toUpperCase().slice(0, 8);

/** @type {Record<string, new (context: Context) => Screen>} */
const SCREENS = { join: JoinScreen, train: TrainScreen, fool: FoolScreen, learned: LearnedScreen };

/** @param {string} sentence */
function tell(sentence) {
  byId("class-note").textContent = sentence;
}

/** @param {unknown} error */
function tellError(error) {
  tell(error instanceof Refused ? error.message : say("not_reached"));
}

/** @param {string} id @param {boolean} isBusy so that a second press does nothing */
function setBusy(id, isBusy) {
  for (const button of byId(id).querySelectorAll("button")) button.disabled = isBusy;
}

/** @param {string} code @returns {string} the address of a room in the language of this page */
function addressOf(code) {
  const query = new URLSearchParams({ room: code, ...(facts.language === "en" ? {} : { lang: facts.language }) });
  return `class?${query}`;
}

// ---- The doors

byId("class-enter").addEventListener("submit", async (/** @type {Event} */ event) => {
  event.preventDefault();
  const code = byId("class-code").value.trim().toUpperCase();
  setBusy("class-enter", true);
  if (await isThere(code)) location.assign(addressOf(code));
  setBusy("class-enter", false);
});

/** @param {string} code @returns {Promise<boolean>} true where a class has this code; else the sentence stands below the field */
async function isThere(code) {
  byId("class-code-note").textContent = "";
  try {
    await request("find", { room: code });
    return true;
  } catch (error) {
    refuseCode(code, error);
    return false;
  }
}

/** @param {string} code @param {unknown} error */
function refuseCode(code, error) {
  const kind = error instanceof Refused ? error.kind : "", known = { room: say("enter.unknown", { code }), over: say("enter.over", { code }) };
  byId("class-join").hidden = true;
  byId("class-start").hidden = false;
  byId("class-code").value = code;
  byId("class-code-note").textContent = known[/** @type {keyof typeof known} */ (kind)] ?? (error instanceof Refused ? error.message : say("not_reached"));
  byId("class-code").focus();
}

byId("class-open").addEventListener("click", async () => {
  setBusy("class-start", true);
  try {
    const { room: code, key } = await request("open", {});
    keepSeat(code, { key, role: "teacher" });
    location.assign(addressOf(code));
  } catch (error) {
    tellError(error);
    setBusy("class-start", false);
  }
});

byId("class-join").addEventListener("submit", async (/** @type {Event} */ event) => {
  event.preventDefault();
  setBusy("class-join", true);
  tell("");
  try {
    const { token } = await request("join", { room, nickname: byId("class-nickname").value });
    keepSeat(room, { key: token, role: "pupil" });
    enter();
  } catch (error) {
    if (error instanceof Refused && error.kind === "room") refuseCode(room, error);
    else tellError(error);
  }
  setBusy("class-join", false);
});

// ---- The room

class Stage {
  /** @param {{key: string, role: string}} seat */
  constructor(seat) {
    this.isTeacher = seat.role === "teacher";
    this.offset = 0;
    this.connection = new Connection(room, seat.key, {
      onView: (view, now) => this.show(view, now), onTrouble: (isLost) => { byId("class-lost").hidden = !isLost; },
      onEnd: (refusal) => this.end(refusal), pauseMs: this.isTeacher ? PAUSE_MS.teacher : PAUSE_MS.pupil });
    /** @type {Context} */
    this.context = { facts, say, isTeacher: this.isTeacher, connection: this.connection, tell, clockOffset: () => this.offset };
    this.bar = this.isTeacher ? new SteeringBar(this.context, byId("class-bar")) : null;
    /** @type {Screen | null} */ this.screen = null;
    this.shown = "";
    document.documentElement.classList.add(this.isTeacher ? "class-projector" : "class-phone");
    void this.connection.start();
  }

  /** @param {any} view @param {number} now seconds of the server's clock */
  show(view, now) {
    this.offset = now - Date.now() / 1000;
    if (view.role !== (this.isTeacher ? "teacher" : "pupil")) return;
    const name = view.question || `${view.step}.${view.part}`;
    if (name !== this.shown) {
      this.screen?.close?.();
      this.screen = new (view.question ? QuestionScreen : view.step === "vote" ? SumScreen : SCREENS[view.step])(this.context);
      byId("class-screen").replaceChildren(this.screen.node);
      byId("class-screen").dataset.step = view.step;
      this.shown = name;
      window.scrollTo(0, 0);
    }
    this.screen?.show(view);
    this.bar?.show(view);
    byId("class-screen").dataset.stop = String(view.stop);
  }

  /** @param {Refused} refusal */
  end(refusal) {
    this.screen?.close?.();
    byId("class-bar").hidden = true;
    if (refusal.kind === "key") {
      forgetSeat(room);
      ask();
      return;
    }
    if (refusal.kind === "over") forgetSeat(room);
    else tell(refusal.message);
    byId("class-screen").replaceChildren(element("div", { class: "class-card class-door" },
      [element("p", { id: "class-over" }, [refusal.kind === "over" ? say("gone") : ""]), element("a", { href: "class" }, [say("title")])]));
  }
}

function ask() {
  byId("class-start").hidden = true;
  byId("class-screen").hidden = true;
  byId("class-join").hidden = false;
  byId("class-joined-room").textContent = say("enter.room", { room });
  byId("class-nickname").focus();
  void isThere(room);
}

function enter() {
  const seat = seatOf(room);
  if (!seat) {
    ask();
    return;
  }
  byId("class-start").hidden = byId("class-join").hidden = true;
  byId("class-screen").hidden = false;
  Object.assign(window, { classStage: new Stage(seat) });
}

const given = /^#key=([0-9a-f]{32})$/.exec(location.hash);
if (room && given) {
  history.replaceState(null, "", location.pathname + location.search);
  keepSeat(room, { key: given[1], role: "teacher" });
}
for (const link of document.querySelectorAll(".languages a")) {
  const address = new URL(/** @type {HTMLAnchorElement} */ (link).href);
  if (room) address.searchParams.set("room", room);
  /** @type {HTMLAnchorElement} */ (link).href = address.href;
}
if (room) enter();
