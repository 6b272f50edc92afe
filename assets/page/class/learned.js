// The last screen: what the class voted, guessed, predicted and trained, beside the models and the study.

import { WEB } from "../recipe.js";
import { signedText } from "../texts.js";
import { html } from "../vendor/preact.js";
import { bare, percent, say } from "../words.js";
import { rowsOf } from "./sum.js";

const HEADS = ["captions", "told", "values", "predicted", "study"];

export function Learned({ state, tell }) {
  const {
      view: { numbers },
      checked,
      titles,
      tidy,
    } = state,
    none = tell("learned.none");
  return html`<div class="class-learned"><h1 class="class-title">${tell("learned.title")}</h1>
    <ul class="class-facts">${rowsOf(numbers, tell).map(
      ([name, title, share, note]) => html`<li key=${name} data-model=${name}><b>
      ${share === null ? none : percent(share)}</b><span>${title}</span><small>${note}</small></li>`,
    )}</ul>
    <div class="class-table">
      <table><thead><tr>${HEADS.map((key) => html`<th scope="col">${tell(`learned.${key}`)}</th>`)}</tr></thead>
      <tbody>${numbers.recipes.map(
        (each) => html`<tr key=${each.recipe} data-recipe=${each.recipe}><th scope="row">
        ${say(titles[each.recipe].title)}</th><td>${bare(each.named_share)} %</td>
          <td>${bare(each.told_share)} %</td><td>
        ${each.predicted}</td><td>${each.study === null ? none : percent(each.study)}</td></tr>`,
      )}
        </tbody></table></div>
    <div class="class-sentences">${sentences(numbers, tidy, tell).map((text) => html`<p>${text}</p>`)}
      <p id="class-fooling" translate=${false}>
      ${foolingWords(numbers, checked, tell)}</p><p class="class-say">${tell("learned.so")}</p></div></div>`;
}

function sentences({ recipes, guess, landings, bits }, tidy, tell) {
  const study = (name) => recipes.find((each) => each.recipe === name)?.study ?? null,
    [high, low] = [study(tidy), study(WEB)];
  return [
    high !== null && low !== null && tell("learned.differ_study", { high: bare(high), low: bare(low) }),
    // One training made on all devices is no count.
    !bits && landings.over > 0 && tell(landings.inside === null ? "learned.landed" : "learned.landings", landings),
    bits?.num_same > 0 && tell("learned.same", { same: bits.num_same, n: bits.num_finished }),
    guess.n > 0 && tell("learned.guess", guess),
  ].filter(Boolean);
}

/** The class's smallest margin by this page's own score: what a phone reports may be anybody's writing. */
export function foolingWords({ best, scenes, fooled }, checked, tell) {
  if (checked.length === 0) return scenes > 0 ? "" : tell("learned.no_fool");
  const below = (some, marginOf) => some.filter((each) => marginOf(each) < 0).length,
    [first] = checked;
  const n = scenes - (best.length - checked.length),
    wrong = fooled - below(best, (each) => each.margin) + below(checked, (each) => each.again.margin);
  return tell("learned.fool", { margin: signedText(first.again.margin), name: first.nickname, fooled: wrong, n });
}
