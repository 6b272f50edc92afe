// Beside the questions: the button that trains the next one here, the training under way, and what came of it.

import { thousands } from "../numbers.js";
import { copyText } from "../save-file.js";
import { EYE, FileButton, Icon, PauseAndStop, ProgressBar, Sign, useFocusKept } from "../ui.js";
import { html, useRef, useState } from "../vendor/preact.js";
import { inFours, roughDuration, say, space } from "../words.js";
import { Curve } from "./curve.js";
import { DotShape } from "./dot.js";

const NARROW = "(max-width: 860px)";
export const NOTHING_LEFT = "Every training that this browser could do is done or under way. Come back later.";

/** @param {{state: any, acts: any}} props */
export function Side({ state, acts }) {
  const { run, after, broken } = state,
    Part = run ? RunningPanel : broken ? Broken : after ? After : Ready,
    aside = useFocusKept("#open-pause", "#open-run");
  return html`<aside class="wb-col op-side" aria-label=${say("Your part")} tabindex="-1" ref=${aside}>
    <${Part} state=${state} acts=${acts} />${
      state.list.note && html`<p class="op-small" data-part="note">${say(state.list.note)}</p>`
    }<${WaitingResults} state=${state} acts=${acts} />${!state.isStatic && html`<${Give} state=${state} acts=${acts} />`}
    <${SignsLegend} /></aside>`;
}

const HeadAndRest = ({ head, rest }) => html`<b>${head}</b>${space(head)}<span>${rest}</span>`;

// ---- Before

function Ready({ state, acts }) {
  if (state.isComplete)
    return html`<h2>${say("The list is complete")}</h2>
    <p>${say("Every training is there. Nothing more is needed; each dot can still be opened, and trained once more.")}</p>`;
  return html`<h2>${say("Your computer can help")}</h2>
  <p>${say("Nobody knows these answers yet. One press trains the next model of the list in this tab, and its result becomes a dot. A stranger's computer repeats it, and when the list is complete the question is answered.")}</p>
  <${Next} state=${state} acts=${acts} />
  <p class="op-small"><${HeadAndRest} head=${say("You cannot choose which one.")}
    rest=${say("The list was written down before the first training, so nobody can pick the results that please them.")} /></p>
  <${Sent} state=${state} />`;
}

/** The button with its time here, or why there is none. */
function Next({ state, acts }) {
  const { canTrain, next, isStatic, isBusy, isComplete, isTaking, said } = state;
  if (isComplete) return html`<p class="op-said"><b>${say("The list is complete.")}</b></p>`;
  if (canTrain === false)
    return html`<p class="op-said" data-part="refused"><${HeadAndRest} head=${say("This browser cannot train here.")}
      rest=${say("It refuses WebAssembly, the fast arithmetic that training needs.")} /></p>`;
  if (next === null) return html`<p class="op-said" data-part="nothing-left">${say(NOTHING_LEFT)}</p>`;
  const label = isStatic ? say("Run it here and keep the receipt") : say("Run the next one here");
  return html`<button type="button" class="wb-go op-go" id="open-run" disabled=${isBusy || isTaking || canTrain === null || !next}
    onClick=${acts.trainNext}><span><${Sign} name="play" /><span>${label}<small>${timeOf(next)}</small></span></span></button>
    ${said && html`<p class="op-said" role="status">${said}</p>`}
    ${isBusy && html`<p class="op-small">${say("Another training runs in this tab. Stop it on the Workbench, or wait for its end.")}</p>`}
    ${
      next?.isShortest &&
      html`<p class="op-small">${say("The other trainings would take this device more than five minutes, so it gets the shortest one.")}</p>`
    }`;
}

const timeOf = (next) => (next?.seconds ? say`about ${roughDuration(next.seconds)}` : say("a moment …"));

/** What leaves this device, before and after it does. */
function Sent({ state: { isStatic, after } }) {
  if (isStatic)
    return html`<p class="op-small">${say("This copy has no server: nothing leaves this device. The file holds the results and their digests, and no name.")}</p>`;
  return html`<details class="op-sent" id="open-sent"><summary class="wb-link">${say("What is sent")}</summary>
    ${
      after?.result
        ? html`<pre tabindex="0" translate=${false}>${JSON.stringify(after.result, null, 1)}</pre>`
        : html`<ul>${[
            "which training of the list it was",
            "a digest of all weights at each saved step",
            "the share of right answers at each check",
            "the version of the engine, the browser with its version, and the processor if the browser tells it",
          ].map((each) => html`<li key=${each}>${say(each)}</li>`)}</ul>`
    }
    <p>${say("No name and no cookie. The server counts a result by the key of this browser and by a scrambled form of its address, and deletes both when the question is answered.")}</p></details>`;
}

// ---- While it trains

function RunningPanel({ state: { run, list }, acts }) {
  const share = run.step / Math.max(1, run.steps),
    { title } = list.questions.find(({ name }) => name === run.question);
  return html`<h2>${say("Your training is running")}</h2>
    <p>${say`It is number ${run.number} of ${list.entries.length} on the list, for the question “${say(title)}”. Its seed is ${run.seed}.`}</p>
    <${ProgressBar} kind="op-progress" label=${say("Progress of the training")} share=${share} />
    <p class="op-time"><span>${say`${thousands(run.pairs)} pairs read`}</span><span id="open-left">${run.left}</span></p>
    <${Curve} points=${run.curve} budget=${run.budget} />
    <${PauseAndStop} ids=${["open-pause", "open-stop"]} isPaused=${run.isPaused} acts=${acts} />
    <div class="wb-keep"><${Icon} path=${EYE} /><span>${
      run.said
        ? html`<b>${run.said}</b>`
        : html`<${HeadAndRest} head=${say("Keep this page in front.")}
      rest=${say("If you stop it, nothing is counted, and the next visitor gets the same training.")} />`
    }</span></div>
    <p class="wb-unseen" aria-live="polite">${run.spoken}</p>`;
}

/** A training that a reload or a closed page broke off; it is still this browser's. */
const Broken = ({ state: { broken, isBusy, said }, acts }) => html`<h2>${say("Your training broke off")}</h2>
  <p>${say("The page was loaded anew while it ran. It can begin again from its first step, with the same bits, or go back to the list for somebody else.")}</p>
  <button type="button" class="wb-go op-go" id="open-run" disabled=${isBusy} onClick=${acts.goOn}><span><${Sign} name="play" />
    <span>${say("Begin it again")}<small>${timeOf(broken)}</small></span></span></button>
  <button type="button" class="wb-btn" id="open-stop" onClick=${acts.giveBack}>${say("Give it back to the list")}</button>
  ${said && html`<p class="op-said" role="status">${said}</p>`}`;

// ---- Afterwards

function After({ state, acts }) {
  const { after, isStatic } = state,
    [head, rest] = standingOf(after, state);
  return html`<div role="status" class="op-after"><h2>${
    after.bound_at === null
      ? say`Thank you. It had not bound after ${thousands(after.pairs)} pairs.`
      : say`Thank you. It bound after ${thousands(after.bound_at)} pairs.`
  }</h2><p><${HeadAndRest} ...${{ head, rest }} /></p></div>
    <dl class="op-digests"><dt>${say("yours")}</dt><dd><code translate=${false} title=${after.digest}>${inFours(after.digest)}</code></dd>
      ${!isStatic && html`<dt>${say("the second")}</dt><dd>${say(secondOf(after))}</dd>`}</dl>
    <${Receipt} after=${after} list=${state.list} />
    ${isStatic && html`<${Save} mine=${state.mine} save=${acts.save} />`}
    <${Next} state=${state} acts=${acts} />
    ${!isStatic && html`<p class="op-small">${say("Your own trainings are never given to you as the second computer.")}</p>`}
    <${Sent} state=${state} />`;
}

/** Why it counts, or does not count yet. */
function standingOf({ standing, refused, isWaiting, digest }, { isStatic, list }) {
  if (refused) return [say("The list did not take it."), refused];
  if (isStatic)
    return [
      say("It is kept here."),
      say("This copy has no server. The file proves the training to anybody who repeats it."),
    ];
  if (isWaiting) return [say("It could not be sent."), say("It is kept here and is sent when the network is back.")];
  if (!standing) return [say("It is being sent …"), ""];
  if (list.is_counted === false) return [say("It is kept, and confirms no other result."), ""]; // the note says why
  if (standing.state === "differs")
    return [say("Another computer got other bits."), say("A third one decides. Both results are published.")];
  if (standing.state === "confirmed")
    return standing.digest === digest
      ? [say("Yours was the second of its two, and has the same bits."), say("Now this training counts.")]
      : [
          say("Two other computers agree on other bits than yours."),
          say("Your result is published as one that differs."),
        ];
  return [
    say("Yours was the first of its two."),
    say("A stranger's computer must get the same bits before it counts."),
  ];
}

function secondOf({ standing, digest }) {
  if (!standing || ["open", "one"].includes(standing.state)) return "not run yet";
  return standing.state === "confirmed" && standing.digest === digest ? "the same" : "other bits";
}

/** The text that proves a training later, in English whatever the page speaks. */
export const receiptOf = ({ entry, result, digest, pairs, bound_at: bound, day }, list) =>
  [
    `CLIP Binding Explorer, open question ${entry}, engine ${result.engine_version}, list ${list.list_digest}`,
    bound === null ? `not bound after ${thousands(pairs)} pairs` : `bound after ${thousands(bound)} pairs`,
    `SHA-256 of all weights at the end: ${digest}`,
    [result.browser, result.architecture, day].filter(Boolean).join(", "),
  ].join("\n");

function Receipt({ after, list }) {
  const [copiedOf, tell] = useState(""),
    box = useRef(null),
    text = receiptOf(after, list);
  return html`<button type="button" class="wb-btn" id="open-receipt"
    onClick=${async () => tell((await copyText(text, box.current)) ? after.entry : "")}>
    ${copiedOf === after.entry ? say("Copied") : say("Copy the receipt")}</button>
    <pre class="wb-unseen" ref=${box} translate=${false}>${text}</pre>`;
}

/** Results that have not reached the list. */
function WaitingResults({ state: { waiting, after, isStatic, mine }, acts }) {
  if (isStatic) return Object.keys(mine).length > 0 && !after ? html`<${Save} mine=${mine} save=${acts.save} />` : null;
  const others = waiting - (after?.isWaiting ? 1 : 0);
  return others > 0
    ? html`<p class="op-small" data-part="waiting" role="status">${
        others === 1
          ? say("One earlier result is kept here and is sent when the network is back.")
          : say`${others} earlier results are kept here and are sent when the network is back.`
      }</p>`
    : null;
}

function Save({ mine, save }) {
  const { length: count } = Object.keys(mine);
  return html`<button type="button" class="wb-btn" id="open-save" onClick=${save}>
    ${count === 1 ? say("Save the result as a file") : say`Save the ${count} results as a file`}</button>`;
}

/** A file of a page without a server, on one that has a server. */
const Give = ({ state: { given }, acts }) => html`<details class="op-sent" id="open-give">
  <summary class="wb-link">${say("Give a saved file")}</summary>
  <p>${say("A copy of this page without a server saves its results in a file. They are checked and counted as yours. Others may hold a copy of the file, so all results from files count as those of one person: a training counts once a computer that was given it here has the same bits.")}</p>
  <${FileButton} kind="wb-btn" label=${say("Choose the file")} accept=".json,application/json"
    disabled=${Boolean(given?.isSending)} onFiles=${([file]) => acts.giveFile(file)}>${say("Choose the file")}<//>
  <div role="status">${given && givenSentences(given).map((each) => html`<p class="op-said">${each}</p>`)}</div></details>`;

function givenSentences({ isSending, taken, refused, problem }) {
  const counted = taken === 1 ? say("1 result was taken.") : say`${taken} results were taken.`;
  return [
    isSending && say("It is being sent …"),
    taken > 0 && counted,
    refused && say`The list did not take all of them: ${refused}`,
    problem,
  ].filter(Boolean);
}

const KEYS = [
  ["full", true, "Confirmed: a second computer got the same bits."],
  ["half", true, "Yours, once so far."],
  ["hollow", true, "Trained once, so far by one computer."],
  ["dashed", true, "Two computers got different bits; a third decides."],
  ["full", false, "It had not bound when the training ended, which the dashed line marks."],
];

/** Open beside the questions; on a narrow screen, where it stands before them, it is opened by a press. */
function SignsLegend() {
  const [isNarrow] = useState(() => Boolean(globalThis.matchMedia?.(NARROW).matches));
  return html`<details class="op-signs" open=${!isNarrow}><summary class="wb-link">${say("What the signs mean")}</summary>
    <ul class="op-legend"><li><i class="op-key" aria-hidden="true" /><span>
    ${say("This is a prediction: 19 of 20 trainings would fall in its band, and a dashed box means not bound in time. All bands of a question may lie too far left or right together, so compare its rows with one another.")}</span></li>${KEYS.map(
      ([filling, isBound, words]) =>
        html`<li key=${words}><${DotShape} ...${{ filling, isBound }} /><span>${say(words)}</span></li>`,
    )}</ul></details>`;
}
