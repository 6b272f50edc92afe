// The page of a class: two doors, a nickname, and then the screens of the step that the room is at.
//
//   class                  // start a class or type a code
//   class?room=KRTM        // a nickname, then the phone's screens; with the teacher's key the projector's
//   class?room=KRTM#key=…  // the teacher on another device; the key leaves the address at once
//   class?room=KRTM#join=… // by the QR code: wrong codes from this address lock nobody out who has scanned it
//   class?plan=1           // the plan for paper

import { KEY_PATTERN } from "../kept.js";
import { Latest, Store } from "../store.js";
import { loadStyles } from "../styles.js";
import { tellFrom, sentenceOf, textsOf } from "../texts.js";
import { useFocusKept } from "../ui.js";
import { html, render } from "../vendor/preact.js";
import { classActs, pressKey } from "./acts.js";
import { ClassBar } from "./bar.js";
import { Connection } from "./connection.js";
import { Device, UNDEALT } from "./device.js";
import { Doors, Join, Over } from "./doors.js";
import { Fool } from "./fool.js";
import { JoinScreen } from "./join.js";
import { Learned } from "./learned.js";
import { Loads } from "./loads.js";
import { Plan } from "./plan.js";
import { ClassQuestion, heardOf } from "./question.js";
import { forgetSeat, keepSeat, ownClass, seatOf, setAside } from "./seat.js";
import { Sum } from "./sum.js";
import { OurThings } from "./things.js";
import { Train } from "./train.js";

const PAUSE_MS = { teacher: 60, pupil: 500 };
/** What the screens without a question are called where one hears of them: by their key, else by their step. */
const HEARD = { vote: "vote.sum", things: "own.give", fool: "fool.title", learned: "learned.title" };
const SCREENS = { join: JoinScreen, vote: Sum, things: OurThings, train: Train, fool: Fool, learned: Learned };

export async function open(element, page) {
  const [texts, lesson] = await Promise.all([
    textsOf(page, "classroom"),
    page.backend.view("classroom", {}),
    loadStyles("class"),
    loadStyles("scene"),
  ]);
  const room = new ClassPage(element, page, texts, lesson);
  room.read();
  return { arrive: () => room.read(), leave: () => room.leave() };
}

export function classState(texts, lesson, { presets, opens_with: tidy }, links) {
  const titles = Object.fromEntries(lesson.recipes.map((name) => [name, presets.find((each) => each.name === name)]));
  return {
    texts,
    lesson,
    titles,
    tidy,
    links,
    at: "doors",
    code: "",
    ownCode: "",
    isTeacher: false,
    isNarrow: false, // a phone, on which a teacher may steer
    deviceLink: "",
    refused: {},
    isBusy: false,
    note: "",
    isLost: false,
    over: "",
    ...UNSEEN,
  };
}

/** What is known of a room before its first view. */
const UNSEEN = {
  view: null,
  question: null,
  addresses: null,
  checked: [],
  offset: 0,
  device: UNDEALT,
  drawings: {}, // by name: {word, parts}
  loadedWorld: null, // of the built-in world, by which drawings are drawn
  giving: null, // on a phone, the thing that it makes
  pictures: null, // on the projector, what the model of a phone makes of the pairs
};

/** Everything below the header. */
export function ClassView({ state, acts }) {
  const tell = tellFrom(state.texts),
    { at, view, isTeacher, note, isLost } = state,
    given = { state, acts, tell },
    room = useFocusKept("#class-screen");
  if (at === "plan") return html`<${Plan} ...${given} />`;
  const Screen = view && (view.question ? ClassQuestion : SCREENS[view.step]);
  return html`<div class="class" tabindex="-1" ref=${room}>
    ${isLost && html`<p id="class-lost" class="class-lost" role="status">${tell("lost")}</p>`}
    ${view?.is_rehearsal && html`<p class="class-rehearsal" id="class-rehearsal">${tell("rehearsal")}</p>`}
    ${at === "doors" && html`<${Doors} ...${given} />`}${at === "join" && html`<${Join} ...${given} />`}${
      at === "over" && html`<${Over} ...${given} />`
    }
    ${
      at === "room" &&
      view &&
      html`${
        !isTeacher &&
        html`<p class="class-me"><b translate=${false}>${view.me.nickname}</b><span translate=${false}>
      ${tell("enter.room", { room: view.room })}</span><em>${tell(`step.${view.step}`)}</em></p>`
      }
      <p class="wb-unseen" role="status" id="class-heard">
        ${!isTeacher && (view.question ? heardOf(state, tell) : tell(HEARD[view.step] ?? `step.${view.step}`))}</p>
      <section id="class-screen" tabindex="-1" data-step=${view.step} data-stop=${view.stop}>
        <${Screen} key=${view.question || `${view.step}.${view.part}`} ...${given} /></section>`
    }
    <p id="class-note" class="class-note" role="alert">${note}</p>
    ${at === "room" && view && isTeacher && html`<${ClassBar} ...${given} />`}</div>`;
}

/** The page of one browser: what the address asks for, the seat in its room, and what it shows. */
export class ClassPage extends Store {
  constructor(element, page, texts, lesson) {
    super();
    const { address, backend, catalog } = page,
      links = {
        class: address.link("class"),
        plan: address.link("class", { plan: "1" }),
        lesson: address.link("lesson"),
        share: address.link("bench", { share: "class" }),
      };
    this.element = element;
    this.page = page;
    this.backend = backend;
    this.tell = tellFrom(texts);
    this.shown = "";
    this.invitation = undefined; // the key of the QR code by which the page was opened
    this.linked = null; // the seat of a link, which takes the place of another one once the server knows it
    this.connection = null; // these three are of one seat
    this.device = null;
    this.loads = null;
    this.visits = new Latest(); // of rooms and doors: what comes of one that was left is not shown
    this.wanted = null; // the stop to which a press of the teacher leads, until it is shown
    this.state = classState(texts, lesson, catalog, links);
    this.acts = classActs(this);
    const narrow = matchMedia("(max-width: 700px)");
    this.state.isNarrow = narrow.matches;
    narrow.addEventListener("change", () => this.change({ isNarrow: narrow.matches }));
    document.addEventListener("keydown", (event) => pressKey(this, event));
  }

  draw() {
    render(html`<${ClassView} state=${{ ...this.state }} acts=${this.acts} />`, this.element);
  }

  showError(error) {
    this.change({ note: sentenceOf(error, this.tell("not_reached")) });
  }

  /** Do what the address asks. */
  read() {
    const { address } = this.page,
      code = address.get("room").toUpperCase().slice(0, this.state.lesson.length),
      [, what, key] = /^#(key|join)=(.*)$/.exec(location.hash) ?? [];
    this.invitation = what === "join" && KEY_PATTERN.test(key) ? key : undefined;
    this.linked = null;
    if (code && what === "key" && KEY_PATTERN.test(key)) {
      history.replaceState(history.state, "", location.pathname + location.search);
      if (seatOf(code)) this.linked = { key, role: "teacher" };
      else keepSeat(code, { key, role: "teacher" });
    }
    if (this.connection && code === this.state.code) return this.dress();
    this.leave();
    this.change({
      ...UNSEEN,
      code,
      ownCode: ownClass(),
      refused: {},
      isBusy: false,
      note: "",
      at: address.get("plan") ? "plan" : code ? "join" : "doors",
    });
    if (this.state.at === "join") this.enter();
  }

  /** Take one's seat, or ask for a nickname. */
  enter() {
    const { code } = this.state,
      seat = this.linked ?? seatOf(code);
    if (!seat) return this.ask(code);
    const isTeacher = seat.role === "teacher";
    const connection = new Connection(this.backend, code, seat.key, {
      onView: (view, now) => this.show(view, now),
      onTrouble: (isLost) => this.change({ isLost }),
      onEnd: (why) => this.end(why),
      pauseMs: PAUSE_MS[isTeacher ? "teacher" : "pupil"],
    });
    const device = new Device(this.page, {
      tellRoom: (told) => this.send("tell_training", told, connection),
      handIn: (weights) => connection.handIn(weights),
      ask: (view) => connection.view(view, {}),
      draw: () => this.device === device && this.change({ device: { ...device.state } }),
    });
    Object.assign(this, { connection, device });
    this.loads = new Loads(this);
    this.change({ at: "room", isTeacher, deviceLink: `${location.href.split("#")[0]}#key=${seat.key}` });
    this.dress();
    connection.start();
  }

  /** The page of a projector has no header, nor has that of a phone. */
  dress() {
    const { classList } = document.documentElement,
      isOn = Boolean(this.connection);
    classList.toggle("class-projector", isOn && this.state.isTeacher);
    classList.toggle("class-phone", isOn && !this.state.isTeacher);
  }

  leave() {
    this.visits.begin();
    this.connection?.close();
    this.loads?.close();
    this.device?.drop();
    this.connection = this.device = this.loads = null;
    this.dress();
  }

  /** Ask for a nickname where the code is right; else for a code. */
  async ask(code) {
    const isHere = this.visits.current();
    this.change({ at: "join", isBusy: true });
    const sentence = await this.whyNot(code);
    if (!isHere()) return;
    this.change({ isBusy: false, ...(sentence ? { at: "doors", refused: { code, sentence } } : {}) });
    document.getElementById(sentence ? "class-code" : "class-nickname")?.focus();
  }

  /** A sentence on why nobody can enter a room, empty where somebody can. */
  async whyNot(code) {
    try {
      const {
        view: { role },
      } = await this.backend.view("room", { code, key: this.invitation });
      return role === "over" || role === "unknown" ? this.tell(`enter.${role}`, { code }) : "";
    } catch (error) {
      return sentenceOf(error, this.tell("not_reached"));
    }
  }

  /** Show a view of the room, and load what it needs. */
  show(view, now) {
    const name = view.question || `${view.step}.${view.part}`,
      isOther = name !== this.shown;
    if (view.role !== (this.state.isTeacher ? "teacher" : "pupil")) return;
    if (this.linked) keepSeat(this.state.code, this.linked);
    this.linked = null;
    this.shown = name;
    if (view.stop === this.wanted) this.wanted = null;
    this.change({ view, offset: now - Date.now() / 1000, ...(isOther ? { checked: [] } : {}) });
    if (isOther) this.loads.closePictures();
    if (isOther) window.scrollTo(0, 0);
    if (view.step === "train" && !this.state.isTeacher) void this.device.follow(view);
    this.loads.follow(view);
  }

  /**
   * @param connection of the room that is told, which may have been left since
   * @returns a promise of whether the server has it
   */
  async send(name, values, connection = this.connection) {
    const isHere = () => this.connection === connection;
    try {
      await connection?.act(name, values);
      if (isHere()) this.change({ note: "" });
      return true;
    } catch (error) {
      if (isHere()) this.showError(error);
      return false;
    }
  }

  /** The room is over, this pupil was removed, or something else forbids to go on. */
  end(why) {
    const { code } = this.state,
      { key } = this.connection;
    this.leave();
    if (why === "over" || why === "none") forgetSeat({ code, key });
    this.linked = null;
    if (why === "none") {
      this.change(UNSEEN);
      const seat = seatOf(code); // that another tab of this phone has taken meanwhile
      return seat && seat.key !== key ? this.enter() : this.ask(code);
    }
    if (why === "unknown") {
      setAside(code);
      return this.change({
        at: "doors",
        view: null,
        ownCode: ownClass(),
        refused: { code, sentence: this.tell("enter.unknown", { code }) },
      });
    }
    this.change({ at: "over", over: why, view: null });
    if (why !== "over") this.showError(why);
  }
}
