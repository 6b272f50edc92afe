/**
 * One question: a picture or a caption with options, live bars, and after "next" the answer and the models' choices.
 *
 * On a phone the options are buttons; bars appear once the pupil has answered. On the projector they move as votes come.
 */

import { element } from "../scene/html.js";
import { percent } from "./texts.js";

/** @typedef {import("./page.js").Context} Context */

const LETTERS = "ABCD";

export class QuestionScreen {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.node = element("div", { class: "class-question" });
    /** @type {any} */ this.question = null;
    /** @type {any} */ this.view = null;
    this.loading = "";
    /** @type {{node: any, count: any, bar: any, mark: any}[]} */ this.options = [];
    this.title = element("h1", { class: "class-title" });
    this.part = element("p", { class: "class-label" });
    this.shown = element("div", { class: "class-shown" });
    this.list = element("div", { class: "class-options", role: "group" });
    this.status = element("p", { class: "class-quiet", id: "class-answers" });
    this.answer = element("div", { class: "class-answer", id: "class-answer" });
    const right = element("div", { class: "class-ask" }, [this.part, this.title, this.list, this.status, this.answer]);
    this.node.append(this.shown, right);
  }

  /** @param {any} view */
  show(view) {
    this.view = view;
    const wanted = `${view.question} ${view.revealed}`;
    if (this.loading !== wanted) {
      this.loading = wanted;
      void this.load(view.question, wanted);
    } else if (this.question) {
      this.draw();
    }
  }

  /** @param {string} name @param {string} wanted */
  async load(name, wanted) {
    for (let tries = 0; this.loading === wanted; tries++) {
      try {
        const found = await this.context.connection.question(name);
        if (this.loading !== wanted) return;
        const isNew = this.question?.name !== name;
        this.question = found;
        if (isNew) this.build();
        this.draw();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 500 * (tries + 1)));
      }
    }
  }

  build() {
    const { question } = this, { isTeacher } = this.context;
    this.options = question.options.map((/** @type {string} */ text, /** @type {number} */ place) => {
      const count = element("span", { class: "class-count" }), bar = element("i", { class: "class-fill" }), mark = element("span", { class: "class-mark" });
      const parts = [bar, element("b", { class: "class-letter" }, [LETTERS[place]]), element("span", { class: "class-words" }, this.wordsOf(text)), mark, count];
      const attributes = isTeacher ? { class: "class-option" }
        : { class: "class-option", type: "button", "aria-pressed": "false", onclick: () => this.choose(place) };
      return { node: element(isTeacher ? "div" : "button", { ...attributes, "data-option": place }, parts), count, bar, mark };
    });
    this.list.replaceChildren(...this.options.map(({ node }) => node));
  }

  /** @param {string} text @returns {(Node | string)[]} */
  wordsOf(text) {
    const { say, facts } = this.context, { name } = this.question;
    if (name === "guess.recipe") {
      const recipe = facts.recipes[text];
      return [element("b", {}, [recipe.title]), element("small", {}, [recipe.told])];
    }
    if (name.startsWith("guess")) return [text === "1" ? say("guess.thing") : say("guess.things", { n: text })];
    return [element("span", { lang: "en" }, [text])];
  }

  /** @param {number} choice */
  async choose(choice) {
    const { connection, tell, say } = this.context, { name } = this.question;
    if (this.view.revealed) return;
    this.view.me.answer = choice;
    this.draw();
    try {
      await connection.act("answer", { question: name, choice });
      tell("");
    } catch (error) {
      tell(/** @type {Error} */ (error).message || say("not_reached"));
    }
  }

  draw() {
    const { view, question } = this, { say, isTeacher, facts } = this.context;
    const isPair = question.name.startsWith("vote"), isPrediction = question.name === "guess.recipe";
    const total = isPair ? facts.pairs : Object.keys(facts.recipes).length;
    this.part.textContent = isPrediction ? "" : say(isPair ? "pair" : "caption", { n: view.part + 1, all: total });
    this.title.textContent = say(isPair ? "vote.ask" : isPrediction ? "predict.ask" : "guess.ask");
    this.drawShown();
    const chosen = view.me?.answer ?? null, hasBars = isTeacher || chosen !== null || question.revealed;
    this.options.forEach(({ node, count, bar, mark }, place) => {
      const votes = view.counts[place], state = question.revealed && question.right !== null ? (place === question.right ? "right" : "wrong") : "";
      node.dataset.state = state;
      count.textContent = hasBars ? String(votes) : "";
      bar.style.width = hasBars && view.answers ? `${percent(votes / view.answers, 1)}%` : "0";
      mark.textContent = state === "right" ? "✓" : "";
      if (!isTeacher) {
        node.setAttribute("aria-pressed", String(chosen === place));
        node.disabled = question.revealed;
      }
    });
    this.status.textContent = say("answers", { n: view.answers, all: view.people });
    this.answer.replaceChildren(...(question.revealed ? this.answerOf(isPair) : isPrediction ? [element("p", { class: "class-quiet" }, [say("predict.note")])] : []));
  }

  drawShown() {
    const { question } = this, parts = [];
    if (question.caption) parts.push(element("p", { class: "class-caption", lang: "en" }, [`“${question.caption}”`]));
    if (question.picture) {
      const boxes = (question.untold ?? []).map(([x, y, width, height]) => element("i", { class: "class-untold",
        style: `left:${100 * x}%;top:${100 * y}%;width:${100 * width}%;height:${100 * height}%` }));
      parts.push(element("div", { class: "class-picture" }, [element("img", { src: question.picture, alt: "" }), ...boxes]));
    }
    this.shown.hidden = !parts.length;
    const key = `${question.name} ${question.revealed}`;
    if (this.shown.dataset.key === key) return;
    this.shown.dataset.key = key;
    this.shown.replaceChildren(...parts);
  }

  /** @param {boolean} isPair @returns {Node[]} */
  answerOf(isPair) {
    const { question } = this, { say, facts } = this.context;
    if (isPair) return [element("ul", { class: "class-models" }, question.models.map((/** @type {any} */ model) => this.modelRow(model)))];
    const all = question.right + 1, told = question.told === all ? say("guess.all_told", { all }) : say("guess.told", { told: question.told, all });
    const share = element("p", {}, [say("guess.share", { value: percent(question.share_told) })]);
    return [element("h2", {}, [say("guess.recipe", { title: facts.recipes[question.recipe].title })]), element("p", {}, [told]), share];
  }

  /** @param {{model: string, choice: number, p: number}} answer */
  modelRow({ model, choice, p }) {
    const { say } = this.context, isRight = choice === this.question.right, more = Math.min(99, Math.round(100 * p));
    return element("li", { "data-state": isRight ? "right" : "wrong", "data-model": model }, [
      element("span", { class: "class-sign" }, [isRight ? "✓" : "✗"]), element("span", { class: "class-model-name" }, [say(`model.${model}`)]),
      element("b", { class: "class-letter" }, [LETTERS[choice]]), element("span", { class: "class-odds" }, [say("vote.odds", { more, less: 100 - more })])]);
  }
}
