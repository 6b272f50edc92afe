// The right column: does it bind? A guess, the answers at a saved step, the number, and the ways on.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { guessOf, hasGuessed, tally } from "./guesses.js";
import {
  answersOf,
  buttonOf,
  hasDialsOf,
  hasModel,
  isAnswered,
  isAsking,
  isUntidy,
  numberOf,
  savedIndex,
  recipeTitle,
  shownOf,
  whyNoNumber,
  worldOf,
} from "./shown.js";
import { pairwise } from "../../engine/metrics.js";
import { Cosines, Ropes, Stage } from "./stage.js";
import { contract, hasBound } from "../contract.js";
import { shareAxis } from "../share-axis.js";
import { thousands } from "../numbers.js";
import { WEB } from "../recipe.js";
import { Latest } from "../store.js";
import { Heading, Icon, Mark, More, Sentences, Sign, useFocusKept } from "../ui.js";
import {
  bare,
  countStep,
  degreeOf,
  isLive,
  LETTERS,
  markOf,
  oddsOf,
  percent,
  plainText,
  roughDuration,
  say,
  space,
  sureness,
} from "../words.js";

export function Outcome({ state, acts }) {
  const { asker, pair, isSwinging, compare, pairs } = state,
    { run, isOpened } = shownOf(state),
    shownPair = pairs.list[pair],
    section = useFocusKept(".wb-reply", "[data-guess]");
  if (!run || !shownPair)
    return html`<section class="wb-col" id="workbench-outcome" aria-labelledby="wb-h3">
    <${Heading} id="wb-h3" number="3" title=${say("Does it bind?")} /></section>`;
  const at = savedIndex(state),
    asking = isAsking(state),
    isHidden = asking || isSwinging || state.isOpening;
  const answered = pairs.world === worldOf(run) ? answersOf(run, at) : answersOf(asker, 0);
  const shownPairProps = {
    name: `${pairs.world} ${pair}`,
    pair: shownPair,
    answers: answered.answers?.slice(2 * pair, 2 * pair + 2) ?? null,
    scale: answered.scale,
    isHidden,
    isSwinging,
  };
  const isUnanswered = isOpened && run.why_no_checkpoints && !answered.answers,
    isFirst = asking && !hasGuessed(state),
    isReply = isAnswered(state) && !isSwinging;
  return html`<section class=${`wb-col${asking ? " wb-asking" : ""}${isUnanswered ? " wb-unanswered" : ""}`}
    id="workbench-outcome" tabindex="-1" ref=${section}
    aria-labelledby=${isFirst && state.isNarrow ? "wb-question" : "wb-h3"}>
    <${Heading} id="wb-h3" number="3" title=${say("Does it bind?")}><${AnswererTitle} ...${{ state, run, isOpened, at }} /><//>
    ${state.isFramed && state.missing && html`<p class="wb-story" data-part="missing">${state.missing}</p>`}
    ${
      asking &&
      html`<div class="wb-askq" id="wb-question"><b>${say("Does each picture find its own caption?")}</b>
      <span>
      ${`${learnedWords(state, run)}${space(learnedWords(state, run))}${say("It knows every word. Guess first.")}`}</span></div>`
    }
    ${
      asking
        ? html`<p class="wb-line"><${BindingInOneLine} /></p>`
        : html`<${MeasuredBinding} binding=${numberOf(run, at)} why=${whyNoNumber(run, at)}
      isHidden=${isHidden} other=${isOpened ? compare?.final?.binding : null} />`
    }
    <${Stage} ...${shownPairProps} />
    <div id="guess" class="wb-ask" hidden=${!asking}>
      ${
        asking &&
        html`<${PairGuess} about=${learnedWords(state, run)} isFirst=${isFirst}
      guess=${acts.guess} />`
      }</div>
    ${isReply ? html`<${GuessReply} ...${{ state, run, shownPairProps, acts }} />` : !asking && html`<${Ropes} ...${shownPairProps} />`}
    ${!asking && html`<${AllPairs} ...${{ state, run, shownPairProps, acts }} answers=${isHidden ? null : answered.answers} />`}
    ${
      isOpened &&
      run.why_no_checkpoints &&
      html`<p class="wb-verdict" data-part="verdict"><span>${run.why_no_checkpoints}</span></p>`
    }
    <div class="wb-next" data-part="next"><${NextButtons} ...${{ state, run, isOpened, acts }} /></div>
    ${state.Share && html`<${state.Share} state=${state} acts=${acts} />`}</section>`;
}

/** How many of all pairs are right, a strip of them, and what a person can read or ask beside: cosines and captions. */
function AllPairs({ state, run, shownPairProps, answers, acts }) {
  const { pairs, pair, isTyping } = state;
  return html`<div class="wb-sl"><${Count} answers=${answers} />
      <${More} name="cosines" label=${say("Details: cosines")} box="wb-cosines">
        <div data-part="cosines"><${Cosines} ...${shownPairProps} /></div><//>
      <${More} name="typed" label=${say("Type a caption")} box="wb-typed" onToggle=${acts.openTyped}><p>
        ${say("Typed captions are answered while you type, by the model as it ended.")}</p>
        ${isTyping && html`<${Typed} answer=${acts.answerTyped} respondent=${respondentOf(state, run)} />`}<//></div>
    <${PairsStrip} pairs=${pairs.list} ...${{ answers, pair }} turn=${(to) => acts.change({ pair: to })} />`;
}

/** What CLIP is and what binding is, in one line. */
export function BindingInOneLine() {
  const term = say("binding"),
    [before, after] = say`That is ${term}, and it depends on the captions.`.split(term);
  return html`<${Sentences}><span>
  ${say("CLIP matches pictures with captions. Can it tell whose color is whose?")}</span><span>
  ${before}<b>${term}</b>${after}</span><//>`;
}

const learnedWords = (state, run) => say`This CLIP learned from ${recipeTitle(state, run.preset)} captions.`;

/** Whose answers these are, and at which step. */
function AnswererTitle({ state, run, isOpened, at }) {
  const isStale = isOpened && !hasDialsOf(state, run) && !isLive(run) && Boolean(state.data),
    said = isStale ? say("dials changed since this run") : whoseWords(state, run, isOpened, at);
  return html`<span class="wb-who" data-part="who">${said && html`<em class=${isStale ? "wb-stale" : ""} title=${said}>${said}</em>`}
    </span>`;
}

function whoseWords(state, run, isOpened, at) {
  if (!isOpened) return say`trained before, on ${recipeTitle(state, run.preset)} captions`;
  const step = countStep(run, run.checkpoints[at]?.step ?? run.step),
    steps = countStep(run, run.steps);
  if (state.isFramed) return say`${run.title}, step ${step} of ${steps}`;
  if (run.kind === "shipped") return say`shipped model, step ${step} of ${steps}`;
  if (run.kind === "recording") return say`recorded training, step ${step} of ${steps}`;
  if (run.in_tab)
    return state.isStatic
      ? say`your run in this file, step ${step} of ${steps}`
      : say`your run in this tab, step ${step} of ${steps}`;
  return run.is_own ? say`your run, step ${step} of ${steps}` : say`this run, step ${step} of ${steps}`;
}

// ---- The number

/** Binding with its interval; `other` is that of the compared run. */
function MeasuredBinding({ binding, why, isHidden, other }) {
  const value = isHidden ? "?" : binding ? bare(binding.value) : "–",
    isShown = binding && !isHidden;
  return html`<div class="wb-head" id="outcome-number"><div class="wb-big" data-part="big"
    aria-label=${isShown ? percent(binding.value) : say("not shown yet")}>${value}${value !== "–" && html`<small>%</small>`}</div>
    <div class="wb-words"><b>${say("of pictures find their own caption")}</b>
      <span data-part="interval" title=${isShown ? say`n = ${thousands(binding.n)}, 95 % interval` : null}>
      ${intervalOf(binding, why, isHidden)}</span>
    <${OutcomeGauge} binding=${isShown ? binding : null} other=${other} /></div></div>`;
}

function intervalOf(binding, why, isHidden) {
  if (isHidden) return say("a coin toss finds 50 %");
  if (!binding) return why;
  const isChance = binding.low <= 0.5 && binding.high >= 0.5;
  return isChance
    ? say`${bare(binding.low)} to ${bare(binding.high)} %: no better than a coin toss`
    : say`${bare(binding.low)} to ${bare(binding.high)} %; a coin toss finds 50 %`;
}

const along = shareAxis({ from: 0, to: 100 }),
  across = (share) => `${along(share).toFixed(1)}%`;
function OutcomeGauge({ binding, other }) {
  const said = binding
    ? say`${percent(binding.value)}, 95 % interval ${percent(binding.low)} to ${percent(binding.high)}, n = ${binding.n}`
    : say("not shown yet");
  return html`<svg class="wb-gauge" role="img" aria-label=${said} data-part="gauge">
    <line x1="0" x2="100%" y1="50%" y2="50%" class="wb-track" />
      <line x1=${across(0.5)} x2=${across(0.5)} y1="18%" y2="82%"
    class="wb-chance" />
    ${binding && html`<line x1=${across(binding.low)} x2=${across(binding.high)} y1="50%" y2="50%" class="wb-span" />`}
    ${
      binding &&
      other &&
      html`<svg x=${across(other.value)} y="50%" overflow="visible" aria-hidden="true">
      <path d="M-5 0l5-6 5 6-5 6z" class="wb-diamond" /></svg>`
    }
    ${binding && html`<circle cx=${across(binding.value)} cy="50%" r="0.31rem" class="wb-now" />`}</svg>`;
}

// ---- A guess before the answer, for every pair anew, and the reply

function PairGuess({ about, isFirst, guess }) {
  const choices = [
    ["yes", say("Yes, both do")],
    ["no", say("No, it cannot")],
    ["skip", say("Just show me")],
  ];
  return html`<p><b>${isFirst ? say("Guess first.") : say("Guess again.")}</b><br />
    <${Sentences}><span>${about}</span><span>
    ${say("It knows every word. Does each picture find its own caption?")}</span><//></p>
    <div>${choices.map(
      ([name, said]) =>
        html`<button type="button" class=${name === "skip" ? "wb-btn" : "wb-btn wb-primary"}
      data-guess=${name} onClick=${() => guess(name)}>${said}</button>`,
    )}</div>
    <small>${say("You are asked once for each pair and model. Your guess stays in this browser.")}</small>`;
}

/** What came of the guess, in sight, with the button that trains. */
function GuessReply({ state, run, shownPairProps, acts }) {
  const guess = guessOf(state, run.name, state.pair),
    { isOff } = buttonOf(state);
  if (!guess) return null;
  const said = replyTo(guess),
    isOther = isUntidy(state),
    time = isOther ? "" : trainingTime(state);
  const go = say`Train on ${recipeTitle(state, state.catalog.tidy)} captions`;
  return html`<div class="wb-reply" data-part="verdict" aria-live="polite" tabindex="-1">
    <p><${Sentences}>${said && html`<b>${said}</b>`}<span>${pickedBy(shownPairProps)}</span><b>
      ${guess.binds ? say("What if captions were sloppier?") : say("Can better captions teach it?")}</b><//></p>
    <button type="button" class=${isOther ? "wb-go wb-wait" : "wb-go"} id="teach" disabled=${isOff}
      onClick=${isOther ? acts.trainTidy : acts.train}><span>
      <${Sign} name="play" /><span class="wb-two"><span>${go}</span>${time && html`<small>${time}</small>`}</span>
        </span></button>
    <small><span>${tally(state)}</span><button type="button" class="wb-link" data-way="pair"
      onClick=${acts.guessAnother}>
      ${say("Guess another pair")}</button></small></div>`;
}

/** How long the button that trains takes, in the place that is chosen. */
function trainingTime({ data, places }) {
  if (places?.chosen === "tab")
    return places.tab.seconds ? say`About ${roughDuration(places.tab.seconds)}, on this device` : "";
  return data?.plan.time ?? "";
}

function replyTo({ guess, binds }) {
  if (guess === "skip") return "";
  return (guess === "yes") === binds ? say("You guessed it.") : say("Not this one.");
}

/** Which captions the two pictures pick, and how surely. */
function pickedBy({ answers, scale }) {
  const own = answers.map((cosines) => sureness(cosines, scale)),
    marks = answers.map((cosines) => markOf(...cosines)),
    [one, two] = marks.map((mark, index) => LETTERS[mark === "right" ? index : 1 - index]);
  const isToss = own.every((value) => degreeOf(Math.max(value, 1 - value)) === 0),
    [first, second] = own.map(oddsOf);
  const rest =
    marks.every((mark) => mark === "right") && !isToss
      ? say("It knows who has what.")
      : say("It knows the words, not who has what.");
  const said = marks.includes("open")
    ? say("Both captions are equally near to a picture: a coin would decide.")
    : pickWords(one, two, first, second, isToss);
  return `${said}${space(said)}${rest}`;
}

function pickWords(one, two, first, second, isToss) {
  if (one !== two)
    return isToss
      ? say`Picture A picks caption ${one} (${first}), picture B caption ${two} (${second}): a coin toss.`
      : say`Picture A picks caption ${one} (${first}), picture B caption ${two} (${second}).`;
  if (first === second)
    return isToss
      ? say`Both pictures pick caption ${one}, each ${first}: a coin toss.`
      : say`Both pictures pick caption ${one}, each ${first}.`;
  return isToss
    ? say`Both pictures pick caption ${one}, ${first} and ${second}: a coin toss.`
    : say`Both pictures pick caption ${one}, ${first} and ${second}.`;
}

// ---- The pairs

function Count({ answers }) {
  if (!answers) return html`<span data-part="count">${say`${contract.num_pairs} pairs`}</span>`;
  const right = answers.reduce((sum, [own, other]) => sum + pairwise(own, other), 0);
  return html`<span data-part="count"><b>${say`${right} of ${answers.length}`}</b> <span>
    ${say`pictures of these ${contract.num_pairs} pairs`}
    </span></span>`;
}

function pairWords(answers, marks) {
  if (!answers) return say("not answered yet");
  return marks.every((mark) => mark === "right") ? say("both right") : say("not both right");
}

const PairsStrip = ({ pairs, answers, pair, turn }) => html`<div class="wb-strip" data-part="strip" role="group"
  aria-label=${say`The ${contract.num_pairs} pairs`}>${pairs.map((each, index) => {
    const marks = [0, 1].map((side) => (answers ? markOf(...answers[2 * index + side]) : "open"));
    return html`<button key=${index} type="button" class="wb-pair"
    aria-label=${say`Pair ${index + 1} of ${pairs.length}: ${pairWords(answers, marks)}`}
    aria-pressed=${String(index === pair)} onClick=${() => turn(index)}>
    ${[each.a, each.b].map(
      (side, at) => html`<span><img src=${side.image} alt="" width="64" height="64" />
      <${Mark} key=${marks[at]} answer=${marks[at]} isNew=${answers} /></span>`,
    )}</button>`;
  })}</div>`;

// ---- A typed caption, answered while one types

const UNASKED = { unread: "", bold: "", plain: "" };

/**
 * `respondent` is {model, title, pictures}, null where no model can answer; `answer(question, tell)` a promise of what
 * is said of it.
 */
function Typed({ answer, respondent }) {
  const [text, type] = useState(""),
    [verdict, show] = useState(UNASKED),
    questions = useRef(new Latest());
  useEffect(() => {
    const isNewest = questions.current.begin(),
      shown = (parts) => isNewest() && show({ ...UNASKED, ...parts });
    if (!respondent || !text.trim()) shown({});
    else
      answer({ ...respondent, text }, (plain) => shown({ plain })).then(shown, (error) =>
        shown({ plain: error.message }),
      );
  }, [text, JSON.stringify(respondent)]);
  return html`<div data-part="typed"><input type="text" class="typed-box" id="typed-caption"
    maxlength=${contract.question.caption_length} autocomplete="off"
    spellcheck=${false} disabled=${!respondent} value=${text} aria-label=${say("Type a caption of your own")}
    placeholder=${say("Type a caption of your own")} onInput=${({ target }) => type(target.value)} />
    <div class="typed" translate=${false} aria-live="polite"><p class="typed-unread">${verdict.unread}</p>
      <p class="typed-said">
      ${verdict.bold && html`<b>${verdict.bold}</b>`}${verdict.plain && html`<span>${verdict.plain}</span>`}</p></div>
    <p class="typed-who" translate=${false}>${
      respondent ? say`${respondent.title} answers, in this browser.` : say("No model to ask: this training kept none.")
    }</p></div>`;
}

/**
 * What a typed caption is asked of: the model of the run, of a recording the shipped one of its recipe, and the pair.
 */
function respondentOf({ asker, pairs, pair }, run) {
  const model = hasModel(run) ? run : asker?.preset === run?.preset ? asker : null;
  return model
    ? {
        model: model.name,
        title: model.kind === "shipped" ? `${say(model.title)} (${model.name})` : say(model.title),
        pictures: picturesOf(pairs.list[pair]),
      }
    : null;
}

const picturesOf = (pair) =>
  ["a", "b"].map((side) => ({
    letter: side.toUpperCase(),
    image: pair[side].seen,
    pixels: pair[side].pixels,
    caption: plainText(pair[side].caption),
  }));

// ---- The ways on from a run that has ended: look inside, one's own picture, the opposite recipe, share

const ICONS = {
  inside: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM12 12l4 4",
  own: "M2 4h14v11H2zM5 12l3-4 3 3 2-2 3 4",
  opposite: "M3 6h10l-3-3M15 12H5l3 3",
  share: "M9 11V2M5.5 5 9 2l3.5 3M3 10v6h12v-6",
};
const NextButton = ({ name, act, children }) =>
  html`<button type="button" data-way=${name} onClick=${act}><${Icon} path=${ICONS[name]} /><span>
  ${children}</span></button>`;

function NextButtons({ state, run, isOpened, acts }) {
  const { isStatic } = state;
  if (!isOpened) return null;
  if (isLive(run) && run.in_tab) return html`<p>${say("The answers follow at every saved step.")}</p>`;
  if (isLive(run))
    return (
      !isStatic &&
      html`<p>${say("The answers follow at every saved step. Close the page if you like: the run goes on.")}</p>`
    );
  const opposite = hasBound(run) ? WEB : state.catalog.tidy;
  return html`${
    (!isStatic || run.in_tab) &&
    html`<${NextButton} name="inside"
    act=${acts.lookInside}>${say("Look inside")}<//>`
  }
    ${hasModel(run) && html`<${NextButton} name="own" act=${acts.openOwnScene}>${say("Try your own")}<//>`}
    <${NextButton} name="opposite" act=${() => acts.trainOpposite(opposite)}>${say`Train ${recipeTitle(state, opposite)}`}<//>
    <${NextButton} name="share" act=${acts.share}>${say("Share")}<//>`;
}
