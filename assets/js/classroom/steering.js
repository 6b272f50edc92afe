/**
 * The teacher's bar at the foot of the projector: steps with minutes, the time left, back and next, and a menu.
 *
 * A press names the stop that it leads to, so a repeated request never skips one.
 */

import { element } from "../scene/html.js";
import { clock } from "./texts.js";

/** @typedef {import("./page.js").Context} Context */

export class SteeringBar {
  /** @param {Context} context @param {HTMLElement} node */
  constructor(context, node) {
    const { say } = context;
    this.context = context;
    this.node = node;
    /** @type {any} */ this.view = null;
    /** @type {number | undefined} the stop of a press that is under way */ this.wanted = undefined;
    this.steps = element("ol", { class: "class-steps" });
    this.people = element("span", { class: "class-people", id: "class-people" });
    this.time = element("span", { class: "class-time", id: "class-time", role: "timer" });
    this.back = element("button", { type: "button", class: "class-button", id: "class-back", onclick: () => this.go(-1) }, [say("back_step")]);
    this.next = element("button", { type: "button", class: "class-button class-first", id: "class-next", onclick: () => this.go(1) }, [say("next")]);
    this.menu = element("div", { class: "class-menu-list" });
    const menu = element("details", { class: "class-menu", id: "class-menu" }, [element("summary", {}, [say("menu")]), this.menu]);
    node.replaceChildren(this.steps, this.time, this.people, menu, this.back, this.next);
    node.hidden = false;
    window.setInterval(() => this.tick(), 500);
    document.addEventListener("keydown", (event) => {
      if (!(event.target instanceof HTMLElement) || event.target.closest("input, select, button, summary, a, svg")) return;
      if (["ArrowRight", "PageDown"].includes(event.key)) void this.go(1);
      if (["ArrowLeft", "PageUp"].includes(event.key)) void this.go(-1);
    });
  }

  /** @param {number} by stops to move */
  async go(by) {
    const stop = (this.wanted ?? this.view.stop) + by;
    if (stop < 0 || stop >= this.context.facts.stops.length) return;
    await this.goTo(stop);
  }

  /** @param {number} stop */
  async goTo(stop) {
    const { connection, tell } = this.context;
    this.wanted = stop;
    try {
      await connection.act("steer", { stop });
      // The view comes a moment later, and a quick second press starts from here.
      if (this.wanted === stop) this.view = { ...this.view, stop };
      tell("");
    } catch (error) {
      tell(/** @type {Error} */ (error).message);
    }
    if (this.wanted === stop) this.wanted = undefined;
  }

  /** @param {any} view */
  show(view) {
    const { say, facts } = this.context, isSame = this.view?.step === view.step;
    this.view = view;
    this.people.textContent = say("people", { n: view.people });
    this.back.disabled = view.stop === 0;
    this.next.disabled = view.stop === facts.stops.length - 1;
    if (!isSame) this.drawSteps(view);
    this.drawMenu(view);
    this.tick();
  }

  /** @param {any} view */
  drawSteps(view) {
    const { say, facts } = this.context, names = [...new Set(facts.stops.map(({ step }) => step))];
    this.steps.replaceChildren(...names.map((step, place) => element("li", {}, [element("button",
      { type: "button", "aria-current": step === view.step ? "step" : null, onclick: () => this.goTo(facts.stops.findIndex((stop) => stop.step === step)) },
      [place ? `${place}. ${say(`step.${step}`)}` : say(`step.${step}`),
        ...(facts.minutes[step] ? [element("small", {}, [say("minutes", { n: facts.minutes[step] })])] : [])])])));
  }

  tick() {
    const { say, clockOffset } = this.context;
    if (!this.view) return;
    const left = this.view.since + 60 * this.view.minutes - (Date.now() / 1000 + clockOffset());
    this.time.textContent = !this.view.minutes ? "" : left > 0 ? say("left", { time: clock(left) }) : say("over");
    this.time.dataset.over = String(this.view.minutes > 0 && left <= 0);
  }

  /** @param {any} view */
  drawMenu(view) {
    const { say, connection, facts } = this.context, key = JSON.stringify([view.names, view.kept]);
    if (this.menu.dataset.key === key) return;
    this.menu.dataset.key = key;
    const button = (/** @type {string} */ id, /** @type {string} */ text, /** @type {any} */ onclick) => element("button", { type: "button", class: "class-button", id, onclick }, [text]);
    const end = button("class-end", say("menu.end"), () => {
      if (end.dataset.sure) void connection.act("end");
      end.dataset.sure = "true";
      end.textContent = say("menu.end_sure");
    });
    const device = `${location.href.split("#")[0]}#key=${connection.key}`;
    const field = element("input", { type: "text", readonly: true, value: "…", "aria-label": say("menu.device"),
      onfocus: (/** @type {any} */ event) => { event.target.value = device; event.target.select(); }, onblur: (/** @type {any} */ event) => { event.target.value = "…"; } });
    this.menu.replaceChildren(
      button("class-keep", say(view.kept ? "menu.kept" : "menu.keep"), () => connection.act("keep", { keep: !view.kept })),
      element("a", { href: `class/plan?lang=${facts.language}`, target: "_blank" }, [say("plan")]),
      element("label", {}, [say("menu.device"), field]), element("b", {}, [say("menu.names")]),
      element("ul", {}, view.names.map((/** @type {[number, string]} */ [number, name]) => element("li", {}, [
        button("", say("menu.remove", { name }), () => connection.act("remove", { pupil: number }))]))), end);
  }
}
