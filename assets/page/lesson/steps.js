// The seven steps of the lesson and its end, as pure functions of {state, acts}. Every text comes from assets/lessons.

import { contract } from "../contract.js";
import { nearestIndex, thousands } from "../numbers.js";
import { tellFrom, signedText } from "../texts.js";
import { LONG_TRAINING_S } from "../recipe.js";
import { Caption, Sentences } from "../ui.js";
import { html } from "../vendor/preact.js";
import { bare, duration, joinTexts, LETTERS, markOf, say, MARK_SIGNS } from "../words.js";

export const STEPS = ["see", "guess", "dial", "form", "train", "probe", "order"];
/** Order of the example's pictures, in which the right one is not the first. */
const SHOWN = [1, 0];
/** Where a training of this preset was chosen before any choice. */
const TIDY = 0;

const isDone = (state, step) => state.done.includes(step);

export function Lesson({ state, acts }) {
  const tell = tellFrom(state.texts);
  return html`<div class="lesson">
    <header><h1>${tell("title")}</h1><p class="quiet"><${Sentences}>${tell("intro")}${
      state.hasClass ? html`<a href=${state.links.class} id="class">${tell("class")}</a>` : tell("offline")
    }<//></p></header>
    <${StepList} ...${{ state, acts, tell }} />
    <${OpenStep} key=${state.open} ...${{ state, acts, tell }} />
    ${STEPS.every((name) => isDone(state, name)) && html`<${End} ...${{ state, tell }} />`}
    <footer><p class="quiet"><${Sentences}>${tell("kept")}
      <button type="button" id="again" class="plain-button" onClick=${acts.beginAgain}>${tell("again")}
      </button><//></p></footer>
    <div id="lesson-note" role="alert">
      ${
        state.note &&
        html`<p>${state.note}</p><button type="button" class="plain-button"
      aria-label=${tell("close")} onClick=${() => acts.change({ note: "" })}>×</button>`
      }</div></div>`;
}

const StepList = ({ state, acts, tell }) =>
  html`<nav aria-label=${tell("steps")}><ol id="steps">${STEPS.map(
    (name, index) => html`<li key=${name}>
      <button type="button" id=${`go-${name}`} data-done=${String(isDone(state, name))}
        aria-current=${name === state.open ? "step" : null}
      onClick=${() => acts.openStep(name)}>
      <span class="mark" aria-hidden="true">${isDone(state, name) ? "✓" : index + 1}</span>${" "}
        ${tell(`${name}.name`)}${" "}
        <span class="unseen">(${tell(isDone(state, name) ? "done" : "open")})</span></button></li>`,
  )}</ol></nav>`;

function OpenStep({ state, acts, tell }) {
  const { open } = state,
    Step = COMPONENTS[open],
    index = STEPS.indexOf(open),
    next = STEPS[index + 1],
    done = isDone(state, open);
  return html`<section id=${`step-${open}`} data-done=${String(done)} aria-labelledby=${`title-${open}`}>
      <h2 id=${`title-${open}`} tabindex="-1">${`${index + 1}. `}${tell(keyOf(state, `${open}.name`))}</h2>
      <${Step} ...${{ state, acts, tell }} />
      ${
        next &&
        html`<p class="on"><button type="button" class=${`next${done ? " primary" : ""}`}
        onClick=${() => acts.openStep(next)}>
        ${done ? tell("next", { step: tell(`${next}.name`) }) : tell("skip")}</button></p>`
      }
    </section>`;
}

/** The key of a text: of its own where this browser does not train, or the page has no server. */
const keyOf = ({ texts, canTrain, hasServer }, key) =>
  [canTrain === false && `watch.${key}`, !hasServer && `copy.${key}`].find((each) => each in texts) || key;

const AboutNumbers = ({ tell, children }) =>
  html`<details class="about"><summary>${tell("numbers")}</summary>${children}</details>`;

/** A share as a bar with its interval, and chance as a line across it. */
function ShareMeter({ tell, value, low, high }) {
  const [at, from, to] = [value, low, high].map((share) => (100 * share).toFixed(1));
  return html`<div class="meter"><div class="track"><div class="filled" style=${{ width: `${at}%` }} />
    <i class="span" style=${{ left: `${from}%`, width: `${(to - from).toFixed(1)}%` }} /><i class="chance" /></div>
    <p><b>${bare(value)} %</b>${" "}
      <span class="quiet">${tell("interval", { low: from, high: to })} · ${tell("chance")}
      </span></p></div>`;
}

// ---- 1. The right picture

function SeeStep({ state, acts, tell }) {
  const { captions, pictures } = state.content.see,
    chosen = state.chosen.at(-1),
    isRight = chosen === 0;
  return html`<p>${tell("see.ask")}</p><p class="caption" lang="en" translate=${false}>“${captions[0]}”</p>
    <div class="pictures" id="see-pictures">${SHOWN.map(
      (scene, each) => html`<button type="button" class="picture"
      data-right=${String(scene === 0)} data-chosen=${String(state.chosen.includes(scene))}
        onClick=${() => acts.seePicture(scene)}>
      <img src=${pictures[scene]} alt=${captions[scene]} width="192" height="192" />
        <span>${tell("see.picture", { letter: LETTERS[each] })}
        </span></button>`,
    )}</div>
    <p id="see-said" role="status" class=${chosen === undefined ? "" : isRight ? "is-right" : "is-wrong"}>
      ${chosen !== undefined && `${isRight ? "✓" : "✗"} ${tell(isRight ? "see.right" : "see.wrong")}`}</p>
    ${isDone(state, "see") && html`<${ModelsChoices} ...${{ state, tell }} />`}`;
}

/** Which picture each of the models chose, and by which cosines. */
function ModelsChoices({ state: { content }, tell }) {
  const { choices } = content.see;
  const cosinesOf = ({ model, cosines }) =>
    tell("see.cosines", {
      model: tell(`model.${model}`),
      cosines: joinTexts(
        SHOWN.map((scene, index) => `${LETTERS[index]} ${cosines[scene].toFixed(3)}`),
        ", ",
      ),
    });
  return html`<div class="result">
      <p>${tell("see.models")}</p>
        <ul class="choices">${choices.map((each) => html`<${ModelChoice} ...${each} tell=${tell} />`)}</ul><p>
        ${tell("see.why")}</p>
      <${AboutNumbers} tell=${tell}><p>${tell("see.about")}${choices.map(
        (each) => html`<br />
        ${cosinesOf(each)}`,
      )}${content.cards.map((card) => html`<br />${tell("see.made", budget(card, tell))}`)}</p><//></div>`;
}

function ModelChoice({ model, cosines, tell }) {
  const mark = markOf(...cosines),
    letter = LETTERS[SHOWN.indexOf(mark === "right" ? 0 : 1)];
  return html`<li class=${mark} data-model=${model}>
    <span class=${{ right: "tick", wrong: "cross", open: "" }[mark]}>${MARK_SIGNS[mark]}
    </span>${" "}${tell(`see.model_${mark}`, { model: tell(`model.${model}`), letter })}
      </li>`;
}

/** What a text says of the training of a shipped model. */
const budget = (card, tell) => ({
  model: tell(`model.${card.name}`),
  recipe: say(card.recipe),
  steps: thousands(card.steps),
  batch: card.batch,
  seed: card.seed,
  device: card.device,
});

// ---- 2. The guess, which counts once

function GuessStep({ state, acts, tell }) {
  const card = forgetful(state),
    isMade = state.guess !== null,
    isBag = card.binding.low <= 0.5 && card.recognition.low > 0.5;
  return html`<p>${tell("guess.text", { model: tell(`model.${card.name}`), pairs: thousands(card.steps * card.batch) })}
    </p><p>
    ${tell("guess.ask")}</p>
    <div class="asked"><label for="guess">${tell("guess.label")}</label>
      <input type="range" id="guess" min="0" max="100" step="1" value=${state.guess ?? state.guessing}
        disabled=${isMade}
      onInput=${(event) => acts.change({ guessing: Number(event.target.value) })} />
      <output id="guess-value">${state.guess ?? state.guessing}</output>
        <button type="button" id="guess-lock" class="primary" disabled=${isMade} onClick=${acts.guess}>
          ${tell("guess.lock")}</button></div>
    ${
      isMade &&
      html`<div class="result"><p id="guess-yours">${tell("guess.yours", { guess: state.guess })}</p>
      <p>${tell("guess.measured")}
      </p><${ShareMeter} tell=${tell} ...${card.binding} />
      <p>${tell("guess.recognition")}</p><${ShareMeter} tell=${tell} ...${card.recognition} />
        ${isBag && html`<p>${tell("guess.bag")}</p>`}
        <${AboutNumbers} tell=${tell}><p>${tell("guess.about", budget(card, tell))}</p><//></div>`
    }`;
}

const forgetful = ({ content }) => content.cards.find((card) => card.name === content.forgetful);

// ---- 3. The dial

/** How many captions name both objects where the dial stands. */
export const countBoth = ({ content, dial }) => content.dial.filter((scene) => scene.places[dial].both).length;

function DialStep({ state, acts, tell }) {
  const { dial_places: places, dial } = state.content;
  return html`<p>${tell("dial.text")}</p><p>${tell("dial.ask")}</p>
    <div class="asked"><label for="dial">${tell("dial.label")}</label>
      <input type="range" id="dial" min=${places[0]} max=${places.at(-1)}
      step=${(places[1] - places[0]).toFixed(2)} value=${places[state.dial]}
      onInput=${(event) => acts.moveDial(nearestIndex(places, Number(event.target.value)))} />
      <output id="dial-value">${places[state.dial].toFixed(2)}</output></div>
    <p id="dial-count" role="status">${tell("dial.count", { both: countBoth(state), count: dial.length })}</p>
    ${isDone(state, "dial") && html`<div class="result"><p>${tell("dial.reached")}</p></div>`}
    <div id="dial-scenes" class="scenes">${dial.map(
      ({ picture, places: captions }) => html`<${TickedScene} picture=${picture}
      ...${captions[state.dial]} />`,
    )}</div>
    <${AboutNumbers} tell=${tell}><p>${tell("dial.about")}</p><//>`;
}

const TickedScene = ({ picture, words, swapped, why }) => html`<figure class="scene"><img src=${picture}
  alt=${words.map(({ text }) => text).join(" ")} width="128" height="128" /><figcaption>
  <p class="right" translate=${false} lang="en"><span class="tick">✓</span>${" "}<${Caption} words=${words} /></p>
    ${
      swapped
        ? html`<p class="wrong" translate=${false} lang="en"><span class="cross">✗</span>${" "}
      <${Caption} words=${swapped} /></p>`
        : html`<p class="why">${why}</p>`
    }</figcaption></figure>`;

// ---- 4. The two forms

const FORMS = ["short", "long"];

function FormStep({ state, acts, tell }) {
  const { surprise } = state.content;
  return html`<p>${tell("form.text")}</p>
    <div class="asked">${FORMS.map(
      (form) => html`<button type="button" data-form=${form}
      aria-pressed=${String(state.forms.includes(form))} onClick=${() => acts.showForm(form)}>
        ${tell(`form.${form}`)}</button>`,
    )}</div>
    ${FORMS.filter((form) => state.forms.includes(form)).map(
      (form) =>
        html`<div id=${`form-${form}`} key=${form} class="form"><p>${tell(`form.${form}_is`)}</p>
      <${ShareMeter} tell=${tell} ...${surprise[form]} /></div>`,
    )}
    ${
      isDone(state, "form") &&
      html`<div class="result"><p>${tell(verdict(surprise))}</p>${surprise.leaks.map(
        (form) => html`<p class="why">${tell("form.leak", { form })}</p>`,
      )}
      <p>${tell("form.paper")}</p><${AboutNumbers} tell=${tell}><p>${tell("form.about", surprise.about)}</p><//></div>`
    }`;
}

function verdict({ kind, long }) {
  if (kind !== "binds_in_short_captions") return "form.verdict_other";
  return long.low <= 0.5 ? "form.verdict_short" : "form.verdict_less";
}

// ---- 5. A run in this tab, or where the browser cannot train the replay of a recorded one

function TrainStep({ state, acts, tell }) {
  const { run } = state,
    wrong = refusal(state, tell),
    isActive = Boolean(run?.isActive),
    mayTrain = state.canTrain !== false;
  return html`<p>${tell(keyOf(state, "train.text"))}</p>
    <${CaptionsChoice} ...${{ state, acts, tell, isActive }} />
    <div class="asked">${
      mayTrain &&
      html`<label for="train-steps">${tell("train.steps")}</label>
      <input type="number" id="train-steps" min="1" max=${state.content.most_steps} step="1" value=${state.steps}
      disabled=${isActive} aria-invalid=${String(Boolean(wrong))} onInput=${(event) => acts.setSteps(event.target.value)} />`
    }<${TrainButtons} ...${{ state, acts, tell, isActive, mayTrain }} /></div>
    ${mayTrain && html`<div id="train-budget"><${Budget} ...${{ state, tell, wrong }} /></div>`}
    <div id="train-card">${
      run
        ? html`<${TrainedRun} ...${{ run, state, tell }} />`
        : html`<div class="card"><p>${state.isGone ? tell("train.gone") : tell(keyOf(state, "train.none"))}</p></div>`
    }
      </div>
    ${
      run &&
      html`<p id="train-open"><a href=${run.link}>${tell(run.isReplay ? "watch.train.open" : "train.open")}</a>
      </p>`
    }`;
}

const CaptionsChoice = ({ state: { content, preset }, acts, tell, isActive }) =>
  html`<fieldset id="train-preset"><legend>${tell("train.captions")}</legend>
      ${content.offered.map(
        (name) => html`<label><input type="radio" name="preset" value=${name}
      checked=${(preset ?? content.offered[TIDY]) === name} disabled=${isActive} onChange=${() => acts.choosePreset(name)} />
      ${" "}${tell(`train.${name}`)}</label>`,
      )}</fieldset>`;

/** Start; pause and stop while a run is active; the replay of a recorded one where a training would take long. */
function TrainButtons({ state, acts, tell, isActive, mayTrain }) {
  const { run, seconds, isStarting, canTrain } = state,
    isPaused = run?.in_tab?.isPaused,
    isLong = mayTrain && seconds > LONG_TRAINING_S;
  return html`<button type="button" id="train-start" class="primary"
        disabled=${isActive || isStarting || canTrain === null} onClick=${acts.start}>
        ${tell(keyOf(state, "train.start"))}</button>
      ${
        isActive &&
        run.in_tab &&
        html`<button type="button" id="train-pause" onClick=${isPaused ? acts.resume : acts.pause}>
        ${tell(isPaused ? "train.go_on" : "train.pause")}</button>`
      }
      ${
        isActive &&
        !run.isReplay &&
        html`<button type="button" id="train-stop" disabled=${run.status === "stopping"} onClick=${acts.stop}>
        ${tell("train.stop")}</button>`
      }
      ${
        !isActive &&
        isLong &&
        html`<button type="button" id="train-replay" onClick=${acts.replay}>
        ${tell("train.replay")}</button>`
      }`;
}

/** One sentence on a number of steps that nobody would train, empty for any other. */
export function refusal({ steps, content, canTrain }, tell) {
  const number = Number(steps),
    isRight = String(steps).trim() !== "" && Number.isInteger(number) && number >= 1 && number <= content.most_steps;
  return isRight || canTrain === false
    ? ""
    : tell("train.bad_steps", {
        value: String(steps).trim() || tell("train.empty"),
        low: 1,
        high: thousands(content.most_steps),
      });
}

function Budget({ state: { steps, seconds, batch, run }, tell, wrong }) {
  if (wrong || seconds === null) return wrong;
  return html`<p>${tell("train.budget", {
    steps: thousands(Number(steps)),
    batch,
    pairs: thousands(steps * batch),
    time: duration(seconds),
  })}</p>
    <p class="quiet" role="status">${run?.in_tab?.said || tell("train.keep")}</p>`;
}

function TrainedRun({ run, state, tell }) {
  const done = run.phase === "evaluating" ? (run.phase_done ?? 0) : run.step / Math.max(1, run.steps),
    last = run.final ?? run.point;
  return html`<div class="card" data-status=${run.status} data-step=${run.step} data-run=${run.name}>
    <span class="state">${tell(wordOf(run))}
    </span>
      <div class="bar" role="progressbar" aria-label=${tell("train.progress")} aria-valuenow=${Math.round(100 * done)}
        aria-valuemin="0"
        aria-valuemax="100"><div style=${{ width: `${(100 * done).toFixed(1)}%` }} /></div>
      <${RunNumbers} ...${{ run, tell }} />
      ${run.reason && html`<p>${say`${run.reason.replace(/\.$/, "")}.`}</p>`}
      <p class="quiet"><${WhatRun} ...${{ run, tell }} offered=${state.content.offered} /></p></div>
    <h3>${tell(run.final ? "train.at_end" : "train.so_far")}</h3>
    ${
      last
        ? html`<${ShareMeter} tell=${tell} value=${last.value} low=${last.low} high=${last.high} /><p class="quiet">
      ${run.final ? tell("train.measured", { n: last.n }) : tell("train.at", { step: last.step, n: last.n })}</p>`
        : html`<p class="quiet">${tell("train.wait")}</p>`
    }`;
}

/** How far the run is: its step, its place in the queue, the time left, its rate and its device. */
const RunNumbers = ({ run, tell }) =>
  html`<div class="numbers"><span>${tell("train.step", run)}</span>
        ${run.place > 0 && html`<span>${tell("train.place", run)}</span>`}
        ${run.isActive && run.left_words && html`<span>${run.left_words}</span>`}
        ${run.pairs_per_s > 0 && html`<span>${tell("train.rate", { n: thousands(run.pairs_per_s) })}</span>`}
        ${run.device && html`<span translate=${false}>${run.device}</span>`}</div>`;

/** What was trained, with the file of a run of the server that has ended. */
function WhatRun({ run, offered, tell }) {
  if (run.isReplay) return tell("replay.made", { pairs: thousands(run.pairs), seed: run.seed });
  const hasFile = !run.isActive && run.step > 0 && !run.in_tab;
  return html`<${Sentences}>
    ${offered.includes(run.preset) && tell("train.made", { captions: tell(`train.${run.preset}`) })}
    ${hasFile && html`<a href=${`runs/${run.name}.zip`} download>${tell("train.zip")}</a>`}<//>`;
}

function wordOf({ status, phase, step, isReplay, isActive }) {
  if (isReplay) return isActive ? "replay.running" : "replay.done";
  if (phase === "evaluating") return "train.is_evaluating";
  return status === "stopped" && step === 0 ? "train.is_none" : `train.is_${status}`;
}

// ---- 6. A question to a model

/** The reader's own model, whichever run that is now. */
const OWN = "own";

const ownModel = ({ run }) => (run?.has_model && !run.isReplay ? run.name : "");

/** The model that is asked: the one that was chosen, at first one's own where there is one. */
export function probedModel(state) {
  const { model } = state.probe;
  return (model === OWN ? "" : model) || ownModel(state) || state.content.models[0];
}

function ProbeStep({ state, acts, tell }) {
  const { asked: probePictures, models } = state.content,
    { probe } = state,
    own = ownModel(state),
    probed = probedModel(state);
  const field = (name) => html`<div class="asked wide"><label for=${`probe-${name}`}>${tell(`probe.${name}`)}</label>
    <input type="text" id=${`probe-${name}`} lang="en" maxlength=${contract.question.caption_length} autocomplete="off" value=${probe[name]}
    onInput=${(event) => acts.type(name, event.target.value)} /></div>`;
  return html`<p>${tell("probe.text")}</p>
    <div class="pictures four" id="probe-pictures">
      ${probePictures.map(
        (each, index) => html`<button type="button" class="picture"
      aria-pressed=${String(probe.picture === index)} aria-label=${tell("probe.picture", { number: index + 1 })}
      data-caption=${each.caption} onClick=${() => acts.choosePicture(index)}>
      <img src=${each.picture} alt="" width="128" height="128" /></button>`,
      )}</div>
    ${field("first")}${field("second")}
    <div class="asked"><label for="probe-model">${tell("probe.model")}</label>
      <select id="probe-model" value=${probed === own ? OWN : probed}
        onChange=${(event) => acts.chooseModel(event.target.value)}>
      ${own && html`<option value=${OWN}>${tell("probe.own")}</option>`}${models.map(
        (name) => html`<option key=${name} value=${name}>${tell(`model.${name}`)}</option>`,
      )}</select>
      <button type="button" id="probe-ask" class="primary" disabled=${probe.isAsking} onClick=${acts.ask}>
        ${tell("probe.ask")}</button></div>
    <${Answer} ...${{ state, tell }} />`;
}

function Answer({ state, tell }) {
  const { answer, isAsking } = state.probe;
  if (!answer) return html`<p id="probe-said" role="status">${isAsking && tell(keyOf(state, "probe.wait"))}</p>`;
  const [cosines] = answer.cosine,
    margin = cosines[0] - cosines[1],
    [spread] = answer.order_free.spread,
    odds = answer.probabilities[0].map((share) => Math.round(100 * share));
  const key = Math.abs(margin) <= spread ? "close" : margin > 0 ? "nearer_first" : "nearer_second";
  return html`<p id="probe-said" role="status">${tell(`probe.${key}`)}</p>
    <ul id="probe-captions" class="choices" translate=${false}>${answer.captions.map(
      (caption, index) => html`<li>${odds[index]} %: ${caption}</li>`,
    )}</ul>
    <ul id="probe-warnings" class="why">${answer.warnings.map((warning) => html`<li>${warning}</li>`)}</ul>
    <${AboutNumbers} tell=${tell}><ul id="probe-cosines" class="choices" translate=${false}><li>
      ${tell("probe.margin", { margin: signedText(Math.abs(margin)), spread: signedText(spread) })}</li>
      ${answer.captions.map(
        (caption, index) => html`<li>${tell("probe.cosine", { value: signedText(cosines[index]) })}: ${caption}</li>`,
      )}</ul>
      <p>${tell("probe.about")}</p><//>`;
}

// ---- 7. The order of what a model reads

/** Sides of the study's pair of trainings; an answer is one of them, both or neither. */
const SIDES = ["fresh", "after"],
  ANSWERS = [...SIDES, "both", "neither"];

/** Which models bind at their end when they are asked about two things: one of the answers, or none where some do. */
function whoBinds({ order }) {
  const bound = SIDES.map((side) => order[side].bound.canonical),
    most = SIDES.map((side, at) => bound[at] > order[side].ends.canonical.length / 2);
  if (most[0] === most[1]) return most[0] ? "both" : bound[0] + bound[1] ? null : "neither";
  return bound[most.indexOf(false)] ? null : SIDES[most.indexOf(true)];
}

function OrderStep({ state, acts, tell }) {
  const { after } = state.content.order,
    [dose, pairs] = after.phases.map(thousands);
  return html`<p>${tell("order.text", { seeds: after.ends.canonical.length, dose, pairs })}</p>
    <fieldset id="order-answer"><legend>${tell("order.ask")}</legend>
      ${ANSWERS.map(
        (name) => html`<label><input type="radio" name="order" value=${name} checked=${state.order === name}
      disabled=${isDone(state, "order")} onChange=${() => acts.guessOrder(name)} />${" "}${tell(`order.${name}`)}</label>`,
      )}</fieldset>
    ${isDone(state, "order") && html`<${OrderMeasured} ...${{ state, tell }} />`}`;
}

/** What was measured of both sides, and the ways to the evidence and to a training of one's own. */
function OrderMeasured({ state, tell }) {
  const { order } = state.content,
    { control, fresh, after } = order,
    seeds = after.ends.canonical.length,
    right = whoBinds(state.content),
    goOn = state.run?.isReplay ? "" : state.run?.link;
  return html`<div class="result"><p id="order-said" role="status"><${Sentences}>
        ${state.order && right && tell(state.order === right ? "order.right" : "order.wrong")}
        ${tell("order.measured")}<//></p>
      ${SIDES.map(
        (side) => html`<div id=${`order-${side}`} key=${side}><p>${tell(`order.${side}`)}</p>
        <${ModelEnds} tell=${tell} ...${order[side]} /></div>`,
      )}
      <p>${tell(order.state === "holds" ? "order.decides" : "order.compare", { lost: order.lost, seeds })}</p>
      <p>${tell("order.control", { seeds: control.ends.canonical.length, bound: control.bound.canonical })}</p>
      <p>${tell("order.single", { fresh: fresh.bound.single, after: after.bound.single, seeds })}</p>
      <ul class="ways-on"><li><a id="order-evidence" href=${state.links.order}>${tell("order.evidence")}</a></li>
        ${goOn && html`<li><a id="order-go-on" href=${goOn}>${tell("order.go_on")}</a></li>`}</ul>
      <${AboutNumbers} tell=${tell}>
        <p>${tell("order.about", { engine: order.engine, level: 100 * contract.binding.level })}</p><//></div>`;
}

/** How models ended, each a dot on an axis from none to all of its pictures right, with chance as a line. */
function ModelEnds({ tell, ends, bound }) {
  const shares = ends.canonical,
    each = shares.map((share) => `${bare(share)}\u00a0%`);
  return html`<div class="meter"><div class="track ends" role="img"
    aria-label=${each.join(", ")}>
    ${shares.map((share) => html`<i class="end" style=${{ left: `${100 * share}%` }} />`)}<i class="chance" /></div>
    <p><${Sentences}><b>${tell("order.bound", { bound: bound.canonical, seeds: shares.length })}</b>
      <span class="quiet">${each.join(", ")} · ${tell("chance")}</span><//></p></div>`;
}

// ---- The end: what the reader guessed, found and trained, with the numbers that were measured

function End({ state, tell }) {
  const { surprise } = state.content,
    key = (name) => keyOf(state, name);
  const lines = [
    state.guess !== null && tell("end.guess", { guess: state.guess, measured: bare(forgetful(state).binding.value) }),
    tell("end.form", { short: bare(surprise.short.value), long: bare(surprise.long.value) }),
    state.binding !== null && tell(key("end.run"), { binding: state.binding }),
  ];
  const ways = [
    ["bench", state.run?.link || state.links.bench],
    ["evidence", state.links.evidence],
    ["ask", state.links.ask],
  ];
  return html`<aside id="end"><h2>${tell("end.title")}</h2><p>${tell(key("end.text"))}</p>
    <ul class="summary" id="end-summary">
    ${lines.filter(Boolean).map((line) => html`<li>${line}</li>`)}</ul>
    <h3>${tell("end.on")}</h3>
      <ul class="ways-on">${ways.map(
        ([name, href]) => html`<li><a href=${href} id=${`end-${name}`}>
      ${tell(key(`end.${name}`))}</a>${" "}<span class="quiet">${tell(key(`end.${name}_why`))}</span></li>`,
      )}</ul>
      </aside>`;
}

const COMPONENTS = {
  see: SeeStep,
  guess: GuessStep,
  dial: DialStep,
  form: FormStep,
  train: TrainStep,
  probe: ProbeStep,
  order: OrderStep,
};
