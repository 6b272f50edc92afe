/**
 * After the five pairs: the class's right votes and each model's test pictures, as bars from 0 to 100 % with the coin toss.
 */

import { element } from "../scene/html.js";
import { measured, percent } from "./texts.js";

/** @typedef {import("./page.js").Context} Context */

export class SumScreen {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.node = element("div", { class: "class-sum" });
  }

  /** @param {any} view */
  show(view) {
    const { say } = this.context, { right, n } = view.vote;
    const rows = [this.row("class", say("vote.class"), n ? right / n : null, n ? say("vote.votes", { right, n }) : say("vote.none")),
      ...view.models.map((/** @type {any} */ each) => this.row(each.model, say(`model.${each.model}`), each.binding, say("vote.measured", each)))];
    this.node.replaceChildren(element("h1", { class: "class-title" }, [say("vote.sum")]), element("ul", { class: "class-sum-list" }, rows),
      element("p", { class: "class-say" }, [say("vote.why")]));
  }

  /** @param {string} name @param {string} title @param {number | null} share @param {string} note */
  row(name, title, share, note) {
    const { say } = this.context, value = share === null ? "–" : say("vote.share", { value: measured(share) });
    return element("li", { "data-model": name }, [element("p", {}, [element("span", {}, [title]), element("b", {}, [value])]),
      element("div", { class: "class-track" }, [element("i", { class: "class-fill", style: `width:${percent(share ?? 0, 1)}%` }), element("i", { class: "class-coin" })]),
      element("small", {}, [note])]);
  }
}
