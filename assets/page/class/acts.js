// What a person can do on the page of a class: each act is one method, which components call.
//
//   const acts = classActs(room);        // of page.js
//   acts.goTo(3);
//   pressKey(room, event);               // keys of the teacher

import { stopsOf } from "./bar.js";
import { mountCanvas } from "./fool.js";
import { keepSeat, seatOf } from "./seat.js";
import { kindOf } from "./wall.js";

const SETTLED_MS = 1500;
const FORWARD = ["ArrowRight", "PageDown"],
  BACKWARD = ["ArrowLeft", "PageUp"];

/** All acts of a room, which is the page of a class. */
export const classActs = (room) => ({ ...actsBefore(room), ...pupilActs(room), ...teacherActs(room) });

/** Before there is a room, or a seat in it. */
function actsBefore(room) {
  const {
    page: { address, backend },
    state,
  } = room;
  const turn = (code) => {
    address.write({ room: code }, { isStep: true });
    room.read();
  };
  /** Do what takes a moment; what forbids it is told, unless the person has gone elsewhere. */
  const busy = async (work) => {
    const isHere = room.visits.current();
    room.change({ isBusy: true, note: "" });
    await work(isHere).catch((error) => isHere() && room.showError(error));
    if (isHere()) room.change({ isBusy: false });
  };
  return {
    enter: (code) =>
      busy(async (isHere) => {
        const sentence = await room.whyNot(code);
        if (!isHere()) return;
        if (!sentence) return turn(code);
        room.change({ refused: { code, sentence } });
        document.getElementById("class-code").focus();
      }),
    goOn: turn,
    openRoom: ({ isRehearsal, kind }) =>
      busy(async (isHere) => {
        const { room: code, key } = await backend.act("open_room", {
          is_rehearsal: isRehearsal,
          has_things: kind === "things",
          is_same_for_all: kind === "same",
        });
        if (isHere()) address.write({ room: code }, { isStep: true });
        keepSeat(code, { key, role: "teacher" });
        if (isHere()) room.read();
      }),
    join: (nickname) =>
      busy(async (isHere) => {
        const { code } = state;
        if (!seatOf(code)) {
          const { key } = await backend.act("join", { code, nickname, key: room.invitation });
          keepSeat(code, { key, role: "pupil" });
        } // else another tab of this phone has joined meanwhile
        if (isHere()) room.enter();
      }),
  };
}

function pupilActs(room) {
  const { page, state } = room;
  return {
    choose: (choice) => {
      const { view, question } = state;
      if (view.is_revealed) return;
      room.change({ view: { ...view, me: { ...view.me, answer: choice } } });
      return room.send("answer", { question: question.name, choice });
    },
    tellDevice: (act) => () => room.device[act](),
    openGiving: () => void room.loads.openGiving(),
    give: () => void state.giving.send(),
    mountCanvas: (element) =>
      mountCanvas(element, page.engine, {
        seat: room.connection,
        titles: page.catalog.shipped,
        marginOf: () => room.state.view?.me?.margin ?? null,
        report: (margin, scene) => room.send("hand_in_scene", { scene, margin }),
      }).catch((error) => room.showError(error)),
  };
}

function teacherActs(room) {
  const { state } = room,
    send = (name, values) => room.send(name, values);
  return {
    goBy: (by) => goTo(room, (room.wanted ?? state.view.stop) + by),
    goTo: (stop) => goTo(room, stop),
    toggleStudy: () => send("show_study", { is_shown: !state.view.is_study_shown }),
    keepWall: (isKept) => send("keep_wall", { is_kept: isKept }),
    removePupil: (pupil) => send("remove_pupil", { pupil }),
    endClass: () => send("end_class"),
    showThing: (pupil) => send("show_thing", { pupil }),
    askForAnother: (pupil) => send("ask_for_another", { pupil }),
    showAtOnce: (isOn) => {
      const { view } = state;
      room.change({ view: { ...view, things: { ...view.things, are_shown_at_once: isOn } } });
      return send("show_at_once", { is_on: isOn });
    },
    callLast: () => send("call_last"),
    closeWorld: () => send("close_world"),
    showPictures: (pupil) => void room.loads.showPictures(pupil),
    closePictures: () => room.loads?.closePictures(), // the room may be left
    print: () => window.print(),
  };
}

/**
 * A press names the stop that it leads to, so a repeated request never skips one; a quick second press starts there.
 */
async function goTo(room, stop) {
  const { lesson, view } = room.state;
  if (stop < 0 || stop >= stopsOf(lesson, view).length) return;
  const rest = () => {
    if (room.wanted === stop) room.wanted = null;
  };
  room.wanted = stop;
  if (await room.send("go_to_stop", { stop })) setTimeout(rest, SETTLED_MS);
  else rest();
}

/** Arrows go on and back, and L shows the line of the study; with Ctrl, Alt or Meta they are the browser's. */
export function pressKey({ acts, connection, state: { isTeacher, view } }, event) {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (!connection || !isTeacher || !view || !(target instanceof HTMLElement) || target.closest("input, select")) return;
  if (FORWARD.includes(key)) acts.goBy(1);
  if (BACKWARD.includes(key)) acts.goBy(-1);
  if (key.toLowerCase() === "l" && view.step === "train" && kindOf(view.wall) !== "own") acts.toggleStudy();
}
