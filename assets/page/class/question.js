// One question: a picture or a caption with options and bars; after "next" the answer, one's own vote, and the models'.
//
// On a phone the options are buttons, and bars appear once the pupil has answered. On the projector they move as votes
// come.

import { fixedDigits } from "../numbers.js";
import { Caption } from "../ui.js";
import { html } from "../vendor/preact.js";
import { bare, degreeOf, howSure, LETTERS, MARK_SIGNS, markOf, oddsOf, say } from "../words.js";

const PREDICTION = "guess.recipe";

const isPairOf = ({ name }) => name.startsWith("vote");

/** Which question it is, what it asks and, once it is revealed, what came of a pupil's answer. */
function wordsOf({ view, question, lesson, isTeacher }, tell) {
  const isPair = isPairOf(question),
    isPrediction = question.name === PREDICTION,
    all = isPair ? lesson.pairs : lesson.recipes.length;
  return {
    label: isPrediction ? "" : tell(isPair ? "pair" : "caption", { n: view.part + 1, all }),
    prompt: tell(isPair ? "vote.ask" : isPrediction ? "predict.ask" : "guess.ask"),
    mine: question.is_revealed && !isTeacher ? mineOf(view, question, tell) : "",
  };
}

const isShown = ({ view, question }) => question?.name === view.question;

/** What a screen reader hears of a question. */
export const heardOf = (state, tell) =>
  isShown(state) ? Object.values(wordsOf(state, tell)).filter(Boolean).join(" – ") : "";

export function ClassQuestion({ state, acts, tell }) {
  const { view, question } = state;
  if (!isShown(state)) return html`<div class="class-question" />`;
  const { label, prompt, mine } = wordsOf(state, tell);
  return html`<div class="class-question">
    <${Shown} question=${question} />
    <div class="class-ask"><p class="class-label">${label}</p>
      <h1 class="class-title">${prompt}</h1>
      ${mine && html`<p id="class-mine">${mine}</p>`}
      <div class="class-options" role="group">${question.options.map(
        (text, index) => html`
        <${Option} key=${index} ...${{ state, acts, tell, text, index }} />`,
      )}</div>
      <p class="class-quiet" id="class-answers">${tell("answers", { n: view.answers, all: view.people })}</p>
      <div class="class-answer" id="class-answer">
        ${
          question.is_revealed
            ? isPairOf(question)
              ? html`<${Models} ...${{ question, tell }} />`
              : html`<${TrueShare} ...${{ question, tell, titles: state.titles }} />`
            : question.name === PREDICTION && html`<p class="class-quiet">${tell("predict.note")}</p>`
        }</div></div></div>`;
}

/** What the question shows; `untold` frames what the caption leaves out. */
function Shown({ question: { caption, picture, untold = [] } }) {
  if (!caption && !picture) return null;
  return html`<div class="class-shown">
    ${caption && html`<p class="class-caption" lang="en" translate=${false}>“${caption}”</p>`}
    ${
      picture &&
      html`<div class="class-picture"><img src=${picture} alt="" />
      ${untold.map(
        ([x, y, width, height]) =>
          html`<i class="class-untold" style=${{
            left: `${100 * x}%`,
            top: `${100 * y}%`,
            width: `${100 * width}%`,
            height: `${100 * height}%`,
          }} />`,
      )}</div>`
    }</div>`;
}

/** A pupil's own answer beside the class's and the right one. */
function mineOf(view, question, tell) {
  const { answer } = view.me,
    right = LETTERS[question.right];
  if (question.right === null) return "";
  return answer === null
    ? tell("vote.you_not", { right })
    : tell("vote.you", { letter: LETTERS[answer], n: view.counts[answer], all: view.answers, right });
}

function Option({ state: { view, question, isTeacher, titles }, acts, tell, text, index }) {
  const chosen = view.me?.answer ?? null,
    isChosen = chosen === index,
    hasBars = isTeacher || chosen !== null || question.is_revealed;
  const isRight = question.is_revealed && question.right !== null ? index === question.right : null,
    votes = view.counts[index];
  const parts = html`<i class="class-fill"
    style=${{ width: hasBars && view.answers ? `${fixedDigits(100 * (votes / view.answers), 1)}%` : "0" }} />
    <b class="class-letter">${LETTERS[index]}</b>
    <span class="class-words"><${OptionWords} ...${{ question, text, index, tell, titles }} /></span>
      ${isChosen && question.is_revealed && html`<span class="class-pill">${tell("vote.yours")}</span>`}
    <span class="class-mark">${isRight ? "✓" : ""}</span><span class="class-count">${hasBars ? votes : ""}</span>`;
  const given = {
    class: "class-option",
    "data-option": index,
    "data-state": isRight === null ? "" : isRight ? "right" : "wrong",
  };
  return isTeacher
    ? html`<div ...${given}>${parts}</div>`
    : html`<button type="button" ...${given} aria-pressed=${String(isChosen)} disabled=${question.is_revealed}
      onClick=${() => acts.choose(index)}>${parts}</button>`;
}

function OptionWords({ question, text, index, tell, titles }) {
  if (question.name === PREDICTION)
    return html`<b>${say(titles[text].title)}</b><small>${say(titles[text].summary)}</small>`;
  if (question.name.startsWith("guess")) return text === "1" ? tell("guess.thing") : tell("guess.things", { n: text });
  return html`<span lang="en" translate=${false}>
    ${question.words[index]?.length ? html`<${Caption} words=${question.words[index]} />` : text}
    </span>`;
}

function Models({ question, tell }) {
  return html`<h2>${tell("vote.and_models")}</h2><ul class="class-models">
    ${question.models.map(
      (each) => html`<${Model} key=${each.model} ...${each} mark=${markOf(each.score, 0.5)} tell=${tell} />`,
    )}
    </ul>
    ${question.models.some(({ probability }) => !degreeOf(probability)) && html`<p class="class-quiet">${tell("vote.hollow")}</p>`}`;
}

function Model({ model, choice, probability, mark, isLuck = !degreeOf(probability), tell }) {
  const odds = oddsOf(probability);
  return html`<li data-model=${model} data-state=${mark} data-luck=${String(isLuck)}>
    <span class="class-sign">
    ${MARK_SIGNS[mark]}</span>
    <p><b class="class-odds">${choice !== null && html`<span class="class-letter">${LETTERS[choice]}</span>`}${" "}${tell(
      "vote.degree",
      {
        odds,
        degree: howSure(probability),
      },
    )}</b>
    <span class="class-model-name">${
      isLuck
        ? tell("vote.by_luck", {
            model: tell(`model.${model}`),
            luck: tell(`vote.luck_${mark}`),
          })
        : tell(`model.${model}`)
    }</span></p></li>`;
}

function TrueShare({ question: { right, told, recipe, named_share: share }, tell, titles }) {
  const all = right + 1;
  return html`<h2>${tell("guess.recipe", { title: say(titles[recipe].title) })}</h2><p>
    ${told === all ? tell("guess.all_told", { all }) : tell("guess.told", { told, all })}</p><p>
    ${tell("guess.share", { value: bare(share) })}</p>`;
}
