// The middle column: a training's button, progress, curve, saved steps, and what the study measured nearest to its
// dials.

import { isRunBoundAtEnd } from "../contract.js";
import { html } from "../vendor/preact.js";
import { Chart, makeScale, marksOf, SeedMarks, SmallCurve } from "./chart.js";
import { SavedSteps } from "./saved-steps.js";
import { cellAt, isTaughtBy, Measured, medianEnd } from "../dials/measured.js";
import { buttonOf, hasDialsOf, isAnswered, isAsking, isUntidy, mayGoOn, recipeTitle, savedIndex } from "./shown.js";
import { valuesOf } from "../recipe.js";
import { Digest, PlaceOrTime, TabKept, TabProgress } from "./in-tab.js";
import { FileButton, Flow, Heading, Icon, ProgressBar, Select, Sentences, Sign, useFocusKept } from "../ui.js";
import { isLive, joinTexts, percent, roughDuration, say, story } from "../words.js";

export function Training({ state, acts }) {
  const { run: open, compare, data, missing, isFramed } = state,
    at = savedIndex(state),
    evidence = state.linkTo("evidence"),
    isRunning = isLive(open),
    isNext = mayGoOn(state) && !hasDialsOf(state, open),
    measured = cellAt(state.cells, open ? valuesOf(open.spec) : data?.values),
    scale = makeScale(open ? open.planned : (data?.plan?.planned ?? [0, 1]), open?.before),
    marks = marksOf(measured, scale),
    section = useFocusKept();
  return html`<section class="wb-col" id="workbench-training" aria-labelledby="wb-h2" tabindex="-1" ref=${section}
    data-run=${open?.name ?? ""}
    data-status=${open?.status ?? ""} data-step=${String(open?.step ?? "")}>
    <${Heading} id="wb-h2" number="2" title=${say("Training")}><span class="wb-who" data-part="run-name">
      ${open && html`<em title=${open.title}>${open.title}</em>`}</span><//><${Flow} />
    <${StartFrom} ...${{ state, acts }} />
    <${TrainOrStop} ...${{ state, acts, isRunning, isNext }} />
    <p class="wb-needs" data-part="needs">${!isRunning && data?.plan?.needs}</p>
    ${
      // what an executing run says of its beginning: the one reason that it has
      isRunning &&
      open.reason &&
      html`<p class="wb-needs" data-part="reason">${say("Its checkpoint is damaged, so it began anew.")}</p>`
    }
    ${
      state.next &&
      html`<p class="wb-needs" data-part="follows">
      ${say`Then this model goes on with ${recipeTitle(state, state.next.dialed.preset)} captions.`}</p>`
    }
    ${open?.origin === "file" && html`<${FromFile} run=${open} acts=${acts} />`}
    <${Chart} run=${open?.curve.length > 0 ? open : null} seeds=${
      marks.length > 0 && html`<${SeedMarks} marks=${marks} scale=${scale} isPast=${open?.curve.length > 0} />`
    } hasOwnThings=${measured?.hasOwnThings} fresh=${open?.status === "finished" ? medianEnd(measured) : null}
      ...${{ compare, at, scale }} />
    ${isFramed && open?.curve.length > 1 && html`<${SmallCurve} run=${open} at=${at} scale=${scale} />`}
    <${SavedSteps} run=${open?.checkpoints.length > 1 ? open : null} isLive=${isRunning} choose=${acts.chooseStep}
      ...${{ at, scale }} />
    <${Story} run=${open} at=${at} asking=${!open} missing=${!open && missing} ...${{ measured, evidence }}
      last=${scale.steps.at(-1)} isNext=${isNext} isReady=${Boolean(data)} />
    ${open && !isRunning && html`<${Kept} ...${{ state, acts }} />`}
    <div class="wb-study" data-part="study">${
      open &&
      !isRunning &&
      html`<${Icon} path=${BARS} /><p class=${measured && !measured.dial ? "" : "wb-near"}>
      <${Measured} measured=${measured} link=${evidence} hasEnded last=${scale.steps.at(-1)} /></p>`
    }</div>
    <${RunDifferences} open=${open} compare=${compare} />
    <${Compare} state=${state} acts=${acts} /></section>`;
}

/** The choice of the model that the next training begins with. */
function StartFrom({ state, acts }) {
  const { starts, isStatic, dialed } = state;
  if (mayGoOn(state) || (isStatic && starts.length <= 1)) return null;
  return html`<div class="wb-from" data-row="init"><label for="wb-init">${say("Start from")}</label>
      <${Select} id="wb-init" data-dial="init" choices=${
        starts.length ? starts : [["fresh weights, knows nothing", "scratch"]]
      } value=${dialed?.values.init ?? "scratch"}
        onChoose=${(init) => acts.dial("init", init)} /></div>`;
}

/** What can be pressed: controls of a training in the tab, both starts of the next one, or the one button. */
function TrainOrStop({ state, acts, isRunning, isNext }) {
  const { run, isStatic, places } = state;
  if (isRunning && run.in_tab)
    return html`<${TabProgress} run=${run} where=${isStatic ? "file" : "tab"} cores=${places?.tab.cores}
      acts=${acts} />`;
  if (mayGoOn(state)) return html`<${Starts} ...${{ state, isNext, acts }} />`;
  return html`<${TrainButton} ...${{ state, acts }} asking=${isAsking(state) || (isAnswered(state) && !isUntidy(state))} />
    ${isRunning && html`<${ProgressBar} label=${say("Progress of the run")} share=${state.furthest.share} />`}
    <${TimeNeeded} ...${{ state, acts, isRunning }} />`;
}

/** How far the training is, or how long the next one takes and of what budget, or why there can be none. */
function TimeNeeded({ state, acts, isRunning }) {
  const { run, data, problem } = state,
    plan = data?.plan,
    why = problem ?? plan?.why_not;
  const [time, budget] = isRunning
    ? progressWords(run)
    : [why ?? plan?.time, hasDialsOf(state, run) && plan.is_new_seed ? say("another seed") : plan?.budget];
  return html`<${PlaceOrTime} ...${{ state, acts, isRunning }}><p class="wb-time">
      <span data-part="time" class=${!isRunning && why ? "wb-bad" : ""} title=${isRunning ? "" : plan?.basis}>
        ${time}</span>
      <span data-part="budget">${budget}</span></p><//>`;
}

/** What a training in a tab that ended leaves: its model, or only the digests of its weights. */
function Kept({ state: { run, isStatic, isShared, isHanding, tabSaid, linkTo }, acts }) {
  if (run.in_tab)
    return (
      run.has_model &&
      html`<${TabKept} ...${{ run, isStatic, isHanding, linkTo, acts }} canHand=${!isShared} said=${tabSaid} />`
    );
  return run.engine && html`<${Digest} run=${run} />`;
}

/**
 * Train, stop, or take out of the queue. While a guess waits, or its reply offers these data, the filled button is
 * there.
 */
function TrainButton({ state, acts, asking }) {
  const { stops, isOff } = buttonOf(state);
  return html`<button type="button" class=${stops ? "wb-go wb-stop" : asking ? "wb-go wb-wait" : "wb-go"} id="train"
    onClick=${stops ? acts.stop : acts.train} disabled=${isOff}>
    <span data-part="go"><${Sign} name=${stops ? "stop" : "play"} /><span>${goWords(state)}</span></span></button>`;
}

function goWords(state) {
  const { run, isStarting } = state;
  if (buttonOf(state).stops) return run.status === "queued" ? say("Take out of the queue") : say("Stop");
  if (isStarting) return say("Starting …");
  return hasDialsOf(state, run) ? say("Train again") : say("Train on these captions");
}

/**
 * A note on a run that came as a file: what it says of its training may be anybody's writing, its model can be asked.
 */
const FromFile = ({ run, acts }) => html`<div class="wb-origin" data-part="origin"><p>${
  run.evaluated
    ? say("This run came as a file. Nobody here saw it train; its model was evaluated here.")
    : say("This run came as a file. Nobody here saw it train, and its numbers are those of the file.")
}</p>
  ${
    run.may_change &&
    run.has_model &&
    html`<button type="button" class="wb-btn" data-act="evaluate" onClick=${acts.evaluate}
      disabled=${run.is_evaluated_now}>
      ${run.is_evaluated_now ? say("Evaluating its model …") : say("Evaluate its model here")}</button>`
  }</div>`;

/** Both starts of the next training by name: the model of the open run, and fresh weights. */
function Starts({ state, isNext, acts }) {
  const { run, data, places, isStarting, problem } = state,
    about = say`about ${roughDuration(places.tab.seconds)}`,
    isServed = places.chosen === "server" && places.server.seconds !== null,
    [here, next] = [run.preset, data.preset].map((preset) => recipeTitle(state, preset));
  const said =
    run.before?.preset && run.before.preset !== run.preset
      ? say`It learned from ${recipeTitle(state, run.before.preset)} captions, then from ${here} ones.`
      : say`Your model learned from ${here} captions.`;
  const question = isNext
    ? say`How should the training on ${next} captions start?`
    : say("How should the next one start?");
  return html`<p class="wb-starts-said" data-part="starts"><${Sentences}>
    <b>${said}</b><span>${question}</span><//></p>
    <div class="wb-starts">${[
      ["go-on", run.name, say("Go on with this model"), about],
      [
        "train",
        "scratch",
        say("From fresh weights"),
        isServed ? say`about ${roughDuration(places.server.seconds)}, on the server` : about,
      ],
    ].map(
      ([id, init, name, time]) => html`<button key=${id} type="button" id=${id} disabled=${isStarting}
      class=${id === "go-on" ? "wb-go" : "wb-go wb-wait"} onClick=${() => acts.trainFrom(init)}>
      <span data-part=${id === "train" ? "go" : null}>${id === "go-on" && html`<${Sign} name="play" />`}<span>${name}
        </span> <small>${time}</small></span></button>`,
    )}</div>
    ${problem && html`<p class="wb-time"><span data-part="time" class="wb-bad">${problem}</span></p>`}`;
}

function progressWords(run) {
  if (run.status === "queued")
    return [run.place === 1 ? say("Next in the queue") : say`Place ${run.place ?? "?"} in the queue`, run.left_words];
  if (run.status === "stopping") return [say("Stopping: it finishes this step, then is evaluated"), ""];
  if (run.phase === "evaluating") return [say`Evaluating: ${percent(run.phase_done ?? 0)} done`, run.left_words];
  return [say`Step ${run.step} of ${run.steps}`, run.left_words];
}

function Story({ run, at, asking, missing, measured, evidence, last, isNext, isReady }) {
  if (isNext && isRunBoundAtEnd(run))
    return html`<p class="wb-story" aria-live="polite" data-part="story"><${Sentences}>
      <b>${say("Will it keep what it knows?")}</b>
      <span>${say("Other captions are chosen, and nothing of them is read yet.")}</span><//></p>`;
  if (!run && !missing && isReady)
    return html`<p class="wb-story" aria-live="polite" data-part="story">
    <${Measured} measured=${measured} link=${evidence} last=${last} /></p>`;
  const step = run?.checkpoints[at]?.step ?? run?.step ?? 0,
    [head, rest, link] = missing
      ? ["", missing, null]
      : story(run, step, { isAsking: asking, isTaught: isTaughtBy(measured) });
  return html`<p class="wb-story" aria-live="polite" data-part="story"><${Sentences}>
    <b>${head}</b><span>${rest}</span>${link && html`<a href=${evidence}>${link}</a>`}<//></p>`;
}

const BARS = "M3 15V9M8 15V4M13 15V7M1.5 16.5h15";
const MAX_SAID = 1,
  written = (value) => (Array.isArray(value) ? value.join(", ") : String(value));
function RunDifferences({ open, compare }) {
  if (!open || !compare) return null;
  const differs = open.differs.map(
    (each) => say`${each.field}: ${written(each.other)} instead of ${written(each.this)}`,
  );
  const all = differs.length > 0 ? say`The other: ${joinTexts(differs)}.` : say("The other has the same dials.");
  return html`<p class="wb-differs" data-part="differs" title=${all}>${
    differs.length > MAX_SAID ? say`The other differs in ${differs.length} dials; All runs lists them.` : all
  }</p>`;
}

/** Where runs are chosen: one to compare with, the list of all, or one from a file. */
function Compare({ state: { run, runs, compare, wanted, isStatic, unopened }, acts }) {
  const choices = [["nothing", ""], ...runs.filter(([, name]) => name !== run?.name)];
  return html`<div class="wb-cmp"><label for="wb-compare">${say("Compare with")}</label>
    <${Select} id="wb-compare" choices=${choices} value=${wanted ?? compare?.name ?? ""} disabled=${choices.length < 2}
      onChoose=${acts.compare} />
    ${
      !isStatic &&
      html`<button type="button" class="wb-link" data-act="runs" onClick=${acts.openRunList}>
      ${say("All runs")}</button>`
    }
    <${FileButton} kind="wb-link" label=${say("Open a saved run")} accept=".zip,application/zip" data-act="open-saved"
      onFiles=${acts.openSaved}>${say("Open a file")}<//></div>
    ${unopened && html`<p class="wb-needs wb-bad" role="status" data-part="unopened">${unopened}</p>`}`;
}
