// The page of a class: two doors, a nickname, and then the screens of the step that the room is at.
//
//   class                  // start a class or type a code
//   class?room=KRTM        // a nickname, then the phone's screens; with the teacher's key the projector's
//   class?room=KRTM#key=…  // the teacher on another device; the key leaves the address at once
//   class?plan=1           // the plan for paper

import { WORLD } from "../recipe.js";
import { loadStyles } from "../styles.js";
import { sayFrom, sentenceOf, textsOf } from "../texts.js";
import { html, render } from "../vendor/preact.js";
import { ClassBar, stopsOf } from "./bar.js";
import { Connection } from "./connection.js";
import { Device } from "./device.js";
import { Doors, Join, Over } from "./doors.js";
import { Checker, Fool, mountCanvas } from "./fool.js";
import { JoinScreen } from "./join.js";
import { Learned } from "./learned.js";
import { Plan } from "./plan.js";
import { ClassQuestion } from "./question.js";
import { forgetThing, keepSeat, ownClass, seatOf, setAside } from "./seat.js";
import { Sum } from "./sum.js";
import { OurThings } from "./things.js";
import { Train } from "./train.js";
import { kindOf } from "./wall.js";

const PAUSE_MS = { teacher: 60, pupil: 500 },
  RETRY_MS = 500,
  SETTLED_MS = 1500;
const SCREENS = { join: JoinScreen, vote: Sum, things: OurThings, train: Train, fool: Fool, learned: Learned };
const FORWARD = ["ArrowRight", "PageDown"],
  BACKWARD = ["ArrowLeft", "PageUp"];

export async function open(element, page) {
  const [texts, lesson] = await Promise.all([
    textsOf(page, "classroom"),
    page.backend.view("classroom", {}),
    loadStyles("class"),
    loadStyles("scene"),
  ]);
  const room = new ClassPage(element, page, texts, lesson);
  page.address.watch(() => {
    if (page.address.view() === "class") room.read();
  });
  room.read();
  return { shown: () => room.read(), hidden: () => room.leave() };
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
    own: "",
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
  places: null,
  checked: [],
  offset: 0,
  device: { canTrain: null, seconds: null, run: null, own: null, why: "", recorded: null, isKept: false },
  drawings: {}, // by name: {word, parts}
  facts: null, // of the built-in world, by which drawings are drawn
  giving: null, // on a phone, the thing that it makes
  pictures: null, // on the projector, what the model of a phone makes of the pairs
};

/** Everything below the header. */
export function ClassView({ state, acts }) {
  const say = sayFrom(state.texts),
    { at, view, isTeacher, note, isLost } = state,
    given = { state, acts, say };
  if (at === "plan") return html`<${Plan} ...${given} />`;
  const Screen = view && (view.question ? ClassQuestion : SCREENS[view.step]);
  return html`<div class="class">
    ${isLost && html`<p id="class-lost" class="class-lost" role="status">${say("lost")}</p>`}
    ${view?.rehearsal && html`<p class="class-rehearsal" id="class-rehearsal">${say("rehearsal")}</p>`}
    ${at === "doors" && html`<${Doors} ...${given} />`}${at === "join" && html`<${Join} ...${given} />`}${
      at === "over" && html`<${Over} ...${given} />`
    }
    ${
      at === "room" &&
      view &&
      html`${
        !isTeacher &&
        html`<p class="class-me"><b translate=${false}>${view.me.nickname}</b><span translate=${false}>
      ${say("enter.room", { room: view.room })}</span><em>${say(`step.${view.step}`)}</em></p>`
      }
      <section id="class-screen" data-step=${view.step} data-stop=${view.stop}>
        <${Screen} key=${view.question || `${view.step}.${view.part}`} ...${given} /></section>`
    }
    <p id="class-note" class="class-note" role="alert">${note}</p>
    ${at === "room" && view && isTeacher && html`<${ClassBar} ...${given} />`}</div>`;
}

class ClassPage {
  constructor(element, page, texts, lesson) {
    const { address, backend, catalog } = page,
      links = {
        class: address.link("class"),
        plan: address.link("class", { plan: "1" }),
        lesson: address.link("lesson"),
        teach: address.link("teach"),
      };
    Object.assign(this, { element, page, backend, say: sayFrom(texts), connection: null, wanted: null, shown: "" });
    this.state = classState(texts, lesson, catalog, links);
    const narrow = matchMedia("(max-width: 700px)");
    this.state.isNarrow = narrow.matches;
    narrow.addEventListener("change", () => this.change({ isNarrow: narrow.matches }));
    this.acts = this.makeActs();
    document.addEventListener("keydown", (event) => this.pressKey(event));
  }

  change(parts) {
    Object.assign(this.state, parts);
    render(html`<${ClassView} state=${{ ...this.state }} acts=${this.acts} />`, this.element);
  }

  tell(error) {
    this.change({ note: sentenceOf(error, this.say("not_reached")) });
  }

  /** Do what the address asks. */
  read() {
    const { address } = this.page,
      code = address.get("room").toUpperCase().slice(0, 8),
      given = /^#key=([0-9a-f]{32})$/.exec(location.hash);
    if (code && given) {
      history.replaceState(history.state, "", location.pathname + location.search);
      keepSeat(code, { key: given[1], role: "teacher" });
    }
    if (this.connection && code === this.state.code) return this.dress();
    this.leave();
    this.change({
      ...UNSEEN,
      code,
      own: ownClass(),
      refused: {},
      note: "",
      at: address.get("plan") ? "plan" : code ? "join" : "doors",
    });
    if (this.state.at === "join") this.enter();
  }

  /** Take one's seat, or ask for a nickname. */
  enter() {
    const { code } = this.state,
      seat = seatOf(code);
    if (!seat) return this.ask(code);
    const isTeacher = seat.role === "teacher";
    this.connection = new Connection(this.backend, code, seat.key, {
      onView: (view, now) => this.show(view, now),
      onTrouble: (isLost) => this.change({ isLost }),
      onEnd: (why) => this.end(why),
      pauseMs: PAUSE_MS[isTeacher ? "teacher" : "pupil"],
    });
    this.device = new Device(this.page, {
      tell: (told) => this.send("tell_training", told),
      handIn: (weights) => this.connection?.handIn(weights),
      ask: (view) => this.connection?.view(view, {}),
      draw: () => this.change({ device: { ...this.device.state } }),
    });
    this.change({ at: "room", isTeacher, deviceLink: `${location.href.split("#")[0]}#key=${seat.key}` });
    this.dress();
    this.connection.start();
  }

  /** The page of a projector has no header, nor has that of a phone. */
  dress() {
    const { classList } = document.documentElement,
      isOn = Boolean(this.connection);
    classList.toggle("class-projector", isOn && this.state.isTeacher);
    classList.toggle("class-phone", isOn && !this.state.isTeacher);
  }

  leave() {
    this.connection?.close();
    this.connection = null;
    this.dress();
  }

  /** Ask for a nickname where the code is right; else for a code. */
  async ask(code) {
    this.change({ at: "join", isBusy: true });
    const sentence = await this.whyNot(code);
    if (this.state.code !== code) return;
    this.change({ isBusy: false, ...(sentence ? { at: "doors", refused: { code, sentence } } : {}) });
    document.getElementById(sentence ? "class-code" : "class-nickname")?.focus();
  }

  /** A sentence on why nobody can enter a room, empty where somebody can. */
  async whyNot(code) {
    try {
      const {
        view: { role },
      } = await this.backend.view("room", { code });
      return role === "over" || role === "unknown" ? this.say(`enter.${role}`, { code }) : "";
    } catch (error) {
      return sentenceOf(error, this.say("not_reached"));
    }
  }

  show(view, now) {
    const name = view.question || `${view.step}.${view.part}`,
      isOther = name !== this.shown;
    if (view.role !== (this.state.isTeacher ? "teacher" : "pupil")) return;
    this.shown = name;
    if (view.stop === this.wanted) this.wanted = null;
    this.change({ view, offset: now - Date.now() / 1000, ...(isOther ? { checked: [], pictures: null } : {}) });
    if (isOther) window.scrollTo(0, 0);
    if (view.step === "train" && !this.state.isTeacher) void this.device.follow(view);
    if (view.question && this.asked !== `${name} ${view.revealed}`) this.askQuestion(name, view.revealed);
    if (view.step === "join" && this.state.isTeacher && !this.state.places) this.askPlaces();
    const scenes = view.step === "learned" ? view.numbers.best : this.state.isTeacher ? view.scenes : null;
    if (scenes) this.check(scenes);
    if (view.things && this.state.isTeacher) void this.draw(view.things.given);
  }

  /** Load the drawings that this page has not seen: a name tells one drawing for good. */
  async draw(given) {
    try {
      const facts = this.state.facts ?? (await this.page.engine.loadWorld(WORLD)),
        { drawings } = this.state,
        lacking = given.map(({ drawing }) => drawing).filter((name) => !drawings[name]),
        drawn = await Promise.all(lacking.map((name) => this.connection.view("drawing", { name }).catch(() => null)));
      const fresh = lacking.map((name, at) => [name, drawn[at]]).filter(([, noun]) => noun);
      this.change({ facts, drawings: { ...this.state.drawings, ...Object.fromEntries(fresh) } });
    } catch {
      /* the next view tries again */
    }
  }

  /** The box in which this phone makes its thing. */
  async makeGiving() {
    const { code } = this.state;
    if (this.state.giving) return;
    // Not at once: the crop of a photograph is read in an effect, which drawing would run again without end.
    let frame = 0;
    const draw = () => {
      frame = 0;
      this.change({});
    };
    try {
      const { Giving } = await import("./giving.js");
      const giving = await Giving.open(this.page, {
        code,
        give: (thing) => this.send("give_thing", thing),
        draw: () => {
          if (!frame) frame = requestAnimationFrame(draw);
        },
      });
      if (this.state.code !== code || this.state.giving) return;
      this.change({ giving });
      giving.offer(this.state.view?.things?.mine ?? null);
    } catch (error) {
      this.tell(error);
    }
  }

  /** Load a question, and once more when its answer is shown. */
  async askQuestion(name, isRevealed) {
    const asked = (this.asked = `${name} ${isRevealed}`);
    for (let tries = 1; this.asked === asked && this.connection; tries++) {
      try {
        const question = await this.connection.view("question", { name });
        if (this.asked === asked) this.change({ question });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * tries));
      }
    }
  }

  async showPictures(pupil) {
    try {
      const { picturesOf, Pictures: Box } = await import("./pictures.js"), // no phone needs it
        { world } = this.state.view.wall,
        ask = (view, values) => this.connection.view(view, values);
      this.change({ pictures: { ...(await picturesOf(this.page, { world, pupil }, ask)), Box } });
    } catch (error) {
      this.tell(error);
    }
  }

  async askPlaces() {
    try {
      this.change({ places: await this.connection.view("places", { at: location.href.split(/[?#]/)[0] }) });
    } catch (error) {
      this.tell(error);
    }
  }

  /** Score the scenes of the class on this computer. */
  async check(scenes) {
    const wanted = (this.checking = JSON.stringify(scenes));
    this.checker ??= new Checker(this.page.engine);
    const checked = await this.checker.check(scenes);
    if (this.checking === wanted) this.change({ checked });
  }

  /** The room is over, this pupil was removed, or something else forbids to go on. */
  end(why) {
    const { code } = this.state;
    this.leave();
    if (why === "over" || why === "none") {
      keepSeat(code, null);
      forgetThing(code);
    }
    if (why === "none") return this.ask(code);
    if (why === "unknown") setAside(code);
    if (why === "unknown")
      return this.change({
        at: "doors",
        view: null,
        own: ownClass(),
        refused: { code, sentence: this.say("enter.unknown", { code }) },
      });
    this.change({ at: "over", over: why, view: null });
    if (why !== "over") this.tell(why);
  }

  // ---- What a person can do

  makeActs() {
    const { address } = this.page,
      isStep = { isStep: true },
      busy = async (work) => {
        this.change({ isBusy: true, note: "" });
        await work().catch((error) => this.tell(error));
        this.change({ isBusy: false });
      };
    const turn = (room) => {
      address.write({ room }, isStep);
      this.read();
    };
    return {
      enter: (code) =>
        busy(async () => {
          const sentence = await this.whyNot(code);
          if (!sentence) return turn(code);
          this.change({ refused: { code, sentence } });
          document.getElementById("class-code").focus();
        }),
      goOn: turn,
      openRoom: (rehearsal, kind) =>
        busy(async () => {
          const { room, key } = await this.backend.act("open_room", { rehearsal, ...kind });
          address.write({ room }, isStep);
          keepSeat(room, { key, role: "teacher" });
          this.read();
        }),
      join: (nickname) =>
        busy(async () => {
          const { code } = this.state,
            { token } = await this.backend.act("join", { code, nickname });
          keepSeat(code, { key: token, role: "pupil" });
          this.enter();
        }),
      choose: (choice) => this.choose(choice),
      device: (act) => () => this.device[act](),
      giving: () => void this.makeGiving(),
      give: () => void this.state.giving.send(),
      canvas: (element) =>
        mountCanvas(element, this.page.engine, {
          code: this.state.code,
          titles: this.page.catalog.shipped,
          report: (margin, scene) => this.send("hand_in_scene", { scene, margin }),
        }).catch((error) => this.tell(error)),
      go: (by) => this.goTo((this.wanted ?? this.state.view.stop) + by),
      goTo: (stop) => this.goTo(stop),
      keepWall: (isKept) => this.send("keep_wall", { is_kept: isKept }),
      removePupil: (pupil) => this.send("remove_pupil", { pupil }),
      endClass: () => this.send("end_class"),
      showThing: (pupil) => this.send("show_thing", { pupil }),
      askForAnother: (pupil) => this.send("ask_for_another", { pupil }),
      showAtOnce: (isOn) => {
        const { view } = this.state;
        this.change({ view: { ...view, things: { ...view.things, at_once: isOn } } });
        return this.send("show_at_once", { is_on: isOn });
      },
      callLast: () => this.send("call_last"),
      closeWorld: () => this.send("close_world"),
      pictures: (pupil) => void this.showPictures(pupil),
      closePictures: () => this.change({ pictures: null }),
      study: () => this.send("show_study", { is_shown: !this.state.view.study }),
      print: () => window.print(),
    };
  }

  /** @returns a promise of whether the server has it */
  async send(name, values) {
    try {
      await this.connection?.act(name, values);
      this.change({ note: "" });
      return true;
    } catch (error) {
      this.tell(error);
      return false;
    }
  }

  async choose(choice) {
    const { view, question } = this.state;
    if (view.revealed) return;
    this.change({ view: { ...view, me: { ...view.me, answer: choice } } });
    await this.send("answer", { question: question.name, choice });
  }

  /**
   * A press names the stop that it leads to, so a repeated request never skips one; a quick second press starts there.
   */
  async goTo(stop) {
    if (stop < 0 || stop >= stopsOf(this.state.lesson, this.state.view).length) return;
    const rest = () => {
      if (this.wanted === stop) this.wanted = null;
    };
    this.wanted = stop;
    if (await this.send("go_to_stop", { stop })) setTimeout(rest, SETTLED_MS);
    else rest();
  }

  pressKey({ key, target }) {
    const { isTeacher, view } = this.state;
    if (!this.connection || !isTeacher || !view || !(target instanceof HTMLElement) || target.closest("input, select"))
      return;
    if (FORWARD.includes(key)) this.acts.go(1);
    if (BACKWARD.includes(key)) this.acts.go(-1);
    if (key.toLowerCase() === "l" && view.step === "train" && kindOf(view.wall) !== "own") this.acts.study();
  }
}
