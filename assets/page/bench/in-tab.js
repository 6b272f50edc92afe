// Training in the tab, in the middle column: the choice of a place, pause and stop, and what can be done with the run
// afterwards. `places` is that of places.js; a run of the tab has `in_tab`.

import { html, useState } from "../vendor/preact.js";
import { isOwnWorld } from "../../engine/world.js";
import { LONG_TRAINING_S } from "../recipe.js";
import { ARROWS, EYE, Icon, More, moveFocus, PauseAndStop, ProgressBar, Sentences } from "../ui.js";
import { NO_WEBASSEMBLY } from "../dials/plan.js";
import { countStep, joinTexts, roughDuration, say } from "../words.js";

const ORDER = ["tab", "server"],
  NAMES = { tab: "In this tab", server: "On the server" };
const DOWN = "M9 2v9M5.5 8 9 11.5 12.5 8M3 12v4h12v-4",
  INFO = "M9 2a7 7 0 1 0 0 14A7 7 0 0 0 9 2zM9 8v5M9 5.4v.2";

/**
 * What stands below the button: the two places; in a page without a server the time here; `children`, the words of the
 * server, while it trains or refuses.
 */
export function PlaceOrTime({ state: { places, problem, data, recorded, run, isStatic }, acts, isRunning, children }) {
  // the server was not asked yet
  const isUnknown = !places || (!places.server && !isStatic && places.canTrain !== false);
  if (problem && mayTrainHere(places))
    return html`${children}<p class="wb-place-note"><button type="button" class="wb-link" data-act="train-here"
      onClick=${acts.trainHere}>${say("Train it in this tab instead")}</button></p>`;
  if (isUnknown || isRunning || problem) return children;
  const replay =
    data?.is_preset &&
    recorded?.includes(data.preset) &&
    html`<p class="wb-place-note">
    <button type="button" class="wb-link" data-act="replay" onClick=${acts.replay}>${say("Or watch a recorded one")}
      </button></p>`;
  if (places.canTrain === false && !places.server) return html`<${TabRefused} />${replay}`;
  if (places.server)
    return html`<${TrainPlace} places=${places} choose=${acts.choosePlace}
      useCores=${acts.chooseCores} isFirst=${!run} />`;
  const { seconds, why, cores } = places.tab;
  return html`<p class="wb-time"><span data-part="time" class=${why ? "wb-bad" : ""}>
    ${
      why
        ? say(why)
        : seconds === null
          ? say("a moment …")
          : say`About ${roughDuration(seconds)}, on ${coresOf(cores.count)} of this device`
    }
      </span><span data-part="budget">
    ${data?.plan.budget}</span></p>
    <p class="wb-place-note">
      ${say("This page is one file: no server, no network. Other worlds and larger models need the full app.")}</p>
    <${CoresChoice} cores=${cores} choose=${acts.chooseCores} />${replay}`;
}

/** Whether what the server refused could train in this tab. */
const mayTrainHere = (places) => Boolean(places?.server) && places.chosen === "server" && !reasonOf(places, "tab");

/** The two places with their seconds; the choice moves by arrows, as any group of radio buttons. */
export function TrainPlace({ places, choose, useCores, isFirst = true }) {
  const { chosen } = places,
    canChoose = (name) => !reasonOf(places, name);
  function walk(event) {
    if (!ARROWS[event.key]) return;
    event.preventDefault();
    const other = ORDER.find((name) => name !== chosen);
    if (!canChoose(other)) return;
    event.currentTarget.querySelector(`[data-place=${other}]`).focus();
    choose(other);
  }
  return html`<div class="wb-places" id="train-place" role="radiogroup" aria-label=${say("Where to train")}
    onKeyDown=${walk}>
    ${ORDER.map(
      (name) => html`<button key=${name} type="button" role="radio" data-place=${name}
      aria-checked=${String(name === chosen)} aria-disabled=${canChoose(name) ? null : "true"}
        tabindex=${name === chosen ? 0 : -1}
        title=${reasonOf(places, name) || null} onClick=${() => canChoose(name) && choose(name)}>
      <i /><b>${placeTitle(places, name)}</b><span>${placeTime(places, name)}</span></button>`,
    )}</div>
    ${isFirst && canChoose(chosen) && html`<p class="wb-place-note" data-part="place-note">${noteOf(places)}</p>`}
    ${ORDER.filter((name) => !canChoose(name)).map(
      (name) => html`<p key=${name} class="wb-place-note" data-part=${`why-not-${name}`}>${reasonOf(places, name)}</p>`,
    )}
    ${
      chosen === "tab" &&
      (isFirst || places.tab.cores?.why) &&
      html`<${CoresChoice} cores=${places.tab.cores} choose=${useCores} />`
    }`;
}

const coresOf = (count) => (count === 1 ? say("1 core") : say`${count} cores`);

function placeTitle({ tab: { cores } }, name) {
  return name === "tab" && cores ? say`In this tab, ${coresOf(cores.count)}` : say(NAMES[name]);
}

/**
 * Why fewer cores than all are used, and a box in which a person chooses how many. Where there is one core, or while it
 * is not known how many there are, its line stays empty: what stands below does not move.
 */
function CoresChoice({ cores, choose }) {
  if (!cores || cores.choices.length < 2) return html`<div class="wb-cores" />`;
  const isAll = cores.count === cores.choices[0].count;
  function chooseCores({ currentTarget }, count) {
    currentTarget.closest("details").open = false;
    choose(count);
  }
  return html`<div class="wb-cores" data-part="cores"><${Sentences}>${cores.why && html`<span>${cores.why}</span>`}
    <${More} name="cores" label=${isAll ? say("Use fewer cores") : say("Use more cores")}>
      <h3 id="wb-cores-asked">${say("How many cores may it use?")}</h3>
      <div role="radiogroup" aria-labelledby="wb-cores-asked" onKeyDown=${moveFocus}>
        ${cores.choices.map(
          ({ count, seconds, about }) => html`<button key=${count} type="button" role="radio" class="wb-core"
          data-cores=${count} aria-checked=${String(count === cores.count)} tabindex=${count === cores.count ? 0 : -1}
          onClick=${(event) => chooseCores(event, count)}><i /><b>${
            seconds === null ? coresOf(count) : say`${coresOf(count)}: about ${roughDuration(seconds)}`
          }</b><span>${about}</span></button>`,
        )}</div>
      <p>${say("Each gives the same model, to the last bit.")}</p><//><//></div>`;
}

function reasonOf(places, name) {
  if (name === "server") return places.server.why ?? "";
  return places.canTrain === false ? say(NO_WEBASSEMBLY) : say(places.tab.why ?? "");
}

function placeTime(places, name) {
  const { tab, server } = places;
  if (name === "tab") {
    if (places.canTrain === false) return say("not in this browser");
    if (tab.short) return say(tab.short);
    if (tab.seconds === null) return say("a moment …");
    const about = say`about ${roughDuration(tab.seconds)}`;
    return tab.seconds > LONG_TRAINING_S ? say`${about}; or watch a recorded one` : about;
  }
  if (server.why) return say("not possible");
  const about = server.seconds === null ? say("time not known") : say`about ${roughDuration(server.seconds)}`;
  return joinTexts([about, server.device].filter(Boolean), ", ");
}

function noteOf({ chosen, sooner }) {
  if (chosen === "tab") return say("Nothing leaves this device. Keep this page in front.");
  return sooner === "server"
    ? say("It is sooner here, and it goes on when you close this page.")
    : say("It goes on when you close this page.");
}

const Note = ({ path, part, children }) =>
  html`<div class="wb-keep" data-part=${part}><${Icon} path=${path} />${children}</div>`;

/** The buttons, the bar and the words of a training in this tab. */
export function TabProgress({ run, where = "tab", cores = null, acts }) {
  const { isPaused, said } = run.in_tab,
    share = run.step / run.steps;
  return html`<${PauseAndStop} ids=${["train", "train-stop"]} isPaused=${isPaused} acts=${acts} />
    <${ProgressBar} kind="wb-in-tab" label=${say("Progress of the run")} share=${share} />
    <p class="wb-time"><span data-part="time"><span>
      ${say`Step ${countStep(run, run.step)} of ${countStep(run, run.steps)}`}</span><span>
      ${where === "file" ? say(", in this file") : say(", in this tab")}</span></span>
        <span data-part="budget">${run.left_words}</span></p>
    <${CoresChoice} cores=${cores} choose=${acts.chooseCores} />
    <${Note} path=${EYE} part="keep"><span aria-live="polite">${
      said
        ? html`<b>${said}</b>`
        : html`<${Sentences}><b>${say("Keep this page in front.")}</b><span>
        ${say("While this page is hidden, the training is slowed or stopped. It goes on when you are back.")}
      </span><//>`
    }</span><//>`;
}

/** Why nothing trains here, where the browser refuses WebAssembly. */
export const TabRefused =
  () => html`<${Note} path=${INFO} part="refused"><span><${Sentences}><b>${say("This browser cannot train here.")}</b><span>
  ${say(
    "It refuses WebAssembly, the fast arithmetic that training needs. So you see a training of these captions that was recorded on another computer.",
  )}</span><//></span><//>`;

const SHORT = 12;

/**
 * The digest of all weights at the last saved step, short: two people who trained the same see whether they have the
 * same bits. *Copy* takes the whole of it, with what was trained.
 */
export function Digest({ run }) {
  const [isCopied, tell] = useState(false),
    { title, engine } = run,
    { step, digest } = engine.digests.at(-1),
    receipt = `${title}, step ${step}, engine ${engine.version}: SHA-256 ${digest}`;
  async function copy({ currentTarget }) {
    const { copyText } = await import("../save-file.js"); // a first visit need not load it
    tell(await copyText(receipt, currentTarget.parentElement.querySelector("code")));
  }
  return html`<p class="wb-digest" data-part="digest">
    <span title=${say("SHA-256 of all weights. Equal dials, seed and engine gave the same one on every device that was tried.")}>
    ${say`Digest, step ${countStep(run, step)}`}</span> <code translate=${false} title=${digest}>${digest.slice(0, SHORT)}</code>
    <span>${say`engine ${engine.version}`}</span>
    <button type="button" class="wb-link" data-act="copy-digest" onClick=${copy}>
      ${isCopied ? say("Copied") : say("Copy")}</button>
    ${
      run.repeat &&
      html`<a class="wb-link" data-act="repeat-link" href=${run.repeat} title=${say(
        "A link that trains these dials and this seed in any browser, and compares the digests.",
      )}>${say("Link to repeat it")}</a>`
    }</p>`;
}

/**
 * What becomes of a run of the tab that has ended.
 * @param {{run: any, isStatic: boolean, isHanding?: boolean, linkTo: Function, canHand: boolean, said: string,
 *   acts: any}} props `said` is what came of the last press
 */
export function TabKept({ run, isStatic, isHanding = false, linkTo, canHand, said, acts }) {
  const { isKept, handed, hasStart, page_bytes: bytes } = run.in_tab,
    size = say`${(bytes / 1e6).toFixed(1)} MB`,
    here = hasStart ? say("Both models are kept in this browser only.") : say("Kept in this browser only.");
  return html`<${Note} path=${DOWN} part="kept"><p role="status"><${Sentences}>
    ${
      handed
        ? html`<a href=${linkTo("bench", { run: handed })}>
      ${say("Handed over. Its link works anywhere now.")}</a>`
        : said ||
          (
            isKept
              ? html`<b title=${say("Until you clear its data.")}>${here}</b>`
              : html`<b>${say("Save it, or it is gone when you close this page.")}</b>`
          )
    }${
      canHand &&
      !isStatic &&
      !handed &&
      isOwnWorld(run.spec.data.world) &&
      html`<span>${say("On the server, whoever can open it sees the run and your things.")}</span>`
    }<//></p>${run.engine && html`<${Digest} run=${run} />`}
      <div><button type="button" class="wb-btn" data-act="save-run" onClick=${acts.saveRun}>
        ${say`Save, ${size}`}</button>
        ${
          canHand &&
          !isStatic &&
          html`<button type="button" class="wb-btn" data-act="hand-over" disabled=${Boolean(handed) || isHanding}
            onClick=${acts.handOver}>
            ${say("Hand to the server")}</button>`
        }
        <${More} name="tab-files" label=${say("Files")}><h3>${say("The same run in other forms")}</h3>
          <button type="button" class="wb-btn" data-act="save-zip" onClick=${acts.saveZip}>
            ${say("The run as a zip, for any copy of this app")}</button>
          <button type="button" class="wb-btn" data-act="save-model" onClick=${acts.saveModel}>
            ${say("The model as safetensors, for open_clip")}</button><//></div><//>`;
}
