// One picture with its caption, the swapped one, and one of your own, each with its cosine as a bar.

import { contract } from "../contract.js";
import { askableOf } from "./answers.js";
import { clamp, decimal } from "../numbers.js";
import { Caption, Mark, Sentences } from "../ui.js";
import { html } from "../vendor/preact.js";
import { degreeOf, oddsOf, plainText, say, sureOf } from "../words.js";
import { stepIndex } from "./steps.js";

/** How sure a picture is, in words: {is, words}. */
export function answerWords({ share, side }) {
  const most = Math.max(share, 1 - share),
    is = side > 0 ? "right" : "wrong",
    odds = oddsOf(share);
  if (!degreeOf(most)) return { is: "toss", words: say`A coin toss: ${odds}` };
  return { is, words: say`${sureOf(most, is === "right" ? "the right caption" : "the swapped caption")}, ${odds}` };
}

export function Pair({ state, step, acts }) {
  const {
      inspected: { scenes, has_model: hasModel },
      chosen,
      typed,
    } = state,
    scene = scenes[chosen],
    answer = step.answers[chosen],
    order = askableOf(step),
    index = order.indexOf(chosen);
  const longest = Math.max(0.2, ...step.own, ...step.swapped.filter((each) => each !== null), typed.cosine ?? 0);
  const turn = (by) => acts.chooseScene(order[(index + by + order.length) % order.length]),
    sure = answer && answerWords(answer);
  return html`<section class="in-card in-pair" aria-labelledby="in-h1"><h2 id="in-h1">${say("One pair")}</h2>
    <div class="in-turn"><button type="button" aria-label=${say("Previous picture")} onClick=${() => turn(-1)}>‹
      </button><span>
      ${say`Picture ${chosen + 1} of ${scenes.length}`}</span><button type="button" aria-label=${say("Next picture")}
      onClick=${() => turn(1)}>›</button></div>
    <img src=${scene.picture} alt=${plainText(scene.words)} width="192" height="192" />
    <p class=${`in-sure in-is-${sure?.is ?? "toss"}`} aria-live="polite">${sure ? sure.words : scene.no_swap}</p>
    <${CosineBar} is="right" cosine=${step.own[chosen]} longest=${longest}><${Caption} words=${scene.words} /><//>
    ${
      answer &&
      html`<${CosineBar} is="wrong" cosine=${step.swapped[chosen]} longest=${longest}>
      <${Caption} words=${scene.swapped} /><//>`
    }
    ${typed.cosine !== null && html`<${CosineBar} is="typed" cosine=${typed.cosine} longest=${longest}>${typed.text}<//>`}
    <p class="in-how"><${Sentences}>${say("How to read this: cosine, how near a caption is to the picture.")}${
      answer && html`<span>${say`The longer bar wins, by ${Math.abs(answer.margin).toFixed(3)}.`}</span>`
    }<//></p>
    <label class="in-unseen" for="inside-caption">${say("Your own caption")}</label>
    <input id="inside-caption" type="text" autocomplete="off" spellcheck=${false}
      maxlength=${contract.question.caption_length} disabled=${!hasModel}
      value=${typed.text} placeholder=${
        hasModel ? say("Type a caption of your own") : say("Your own caption, once it ends")
      }
      onInput=${({ target }) => acts.type(target.value)} />
    <p class="in-how in-typed" aria-live="polite">${typedWords(state)}</p></section>`;
}

const CosineBar = ({ is, cosine, longest, children }) => html`<div class=${`in-bar in-is-${is}`}>
  ${is === "typed" ? html`<span class="in-yours" aria-hidden="true">✎</span>` : html`<${Mark} answer=${is} />`}
  <span class="in-words" translate=${false}>${children}</span><span class="in-cosine">${decimal(cosine, 3)}</span>
  <span class="in-track"><i style=${{ width: `${clamp((100 * cosine) / longest, 1, 100)}%` }} /></span>
    </div>`;

function typedWords(state) {
  const { typed, inspected } = state;
  if (typed.problem || typed.isAsked) return typed.problem || say("Asking the model …");
  if (typed.cosine === null) return "";
  const unknown = typed.unknown.length > 0 && say`It has never read: ${typed.unknown.join(", ")}.`;
  return [
    unknown,
    stepIndex(state) < inspected.steps.length - 1 && say("Your caption is answered by the model as it ended."),
  ]
    .filter(Boolean)
    .join(" ");
}
