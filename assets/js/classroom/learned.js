/**
 * The last screen: what the class voted, guessed, predicted and trained, beside the models and the study.
 *
 * The smallest margins are scored again here, as on the screen before: what a phone reports may be anybody's writing.
 */

import { element } from "../scene/html.js";
import { scoredAgain } from "./fool.js";
import { measured, percent, signed } from "./texts.js";

/** @typedef {import("./page.js").Context} Context */

const TIDY = "binding-friendly";
const WEB = "web-like";

export class LearnedScreen {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.node = element("div", { class: "class-learned" });
    this.fooling = element("p", { id: "class-fooling" });
  }

  /** @param {any} view */
  show({ numbers }) {
    const { say } = this.context;
    this.node.replaceChildren(element("h1", { class: "class-title" }, [say("learned.title")]), this.votes(numbers), this.table(numbers.recipes),
      element("div", { class: "class-sentences" }, [...this.sentences(numbers).map((text) => element("p", {}, [text])), this.fooling, element("p", { class: "class-say" }, [say("learned.so")])]));
    void this.sayFooling(numbers);
  }

  /**
   * The class's smallest margin by this page's own score; until that is known, the sentence stays as it was.
   * @param {any} numbers
   */
  async sayFooling({ best, scenes, fooled }) {
    const { say } = this.context, wanted = (this.wanted = JSON.stringify(best)), found = await scoredAgain(best);
    if (this.wanted !== wanted) return;
    const below = (/** @type {any[]} */ some, /** @type {(each: any) => number} */ of) => some.filter((each) => of(each) < 0).length;
    const n = scenes - (best.length - found.length), wrong = fooled - below(best, (each) => each.margin) + below(found, (each) => each.checked.margin);
    this.fooling.textContent = found.length
      ? say("learned.fool", { margin: signed(found[0].checked.margin), name: found[0].nickname, fooled: wrong, n })
      : say("learned.no_fool");
  }

  /** @param {any} numbers */
  votes({ vote, models }) {
    const { say } = this.context, { right, n } = vote;
    const rows = [["class", say("learned.class"), n ? right / n : null, n ? say("vote.votes", { right, n }) : say("vote.none")],
      ...models.map((/** @type {any} */ each) => [each.model, say(`model.${each.model}`), each.binding, say("vote.measured", each)])];
    return element("ul", { class: "class-facts" }, rows.map(([name, title, share, note]) => element("li", { "data-model": name }, [
      element("b", {}, [share === null ? say("learned.none") : `${measured(share)} %`]), element("span", {}, [title]), element("small", {}, [note])])));
  }

  /** @param {any[]} recipes */
  table(recipes) {
    const { say, facts } = this.context, cell = (/** @type {string} */ text) => element("td", {}, [text]), none = say("learned.none");
    const head = ["captions", "told", "predicted", "ours", "study"].map((key) => element("th", { scope: "col" }, [say(`learned.${key}`)]));
    const rows = recipes.map((each) => element("tr", { "data-recipe": each.recipe }, [element("th", { scope: "row" }, [facts.recipes[each.recipe].title]),
      cell(`${percent(each.told_share)} %`), cell(String(each.predicted)),
      cell(each.binding === null ? none : say("learned.trainings", { value: percent(each.binding, 1), n: each.trained })),
      cell(each.study === null ? none : `${percent(each.study, 1)} %`)]));
    return element("table", {}, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, rows)]);
  }

  /** @param {any} numbers @returns {string[]} */
  sentences({ recipes, guess }) {
    const { say } = this.context, of = (/** @type {string} */ name, /** @type {string} */ key) => recipes.find((/** @type {any} */ each) => each.recipe === name)?.[key] ?? null;
    const found = [];
    for (const [key, sentence] of [["binding", "learned.differ"], ["study", "learned.differ_study"]]) {
      if (found.length || of(TIDY, key) === null || of(WEB, key) === null) continue;
      found.push(say(sentence, { high: percent(of(TIDY, key), 1), low: percent(of(WEB, key), 1) }));
    }
    if (guess.n) found.push(say("learned.guess", guess));
    return found;
  }
}
