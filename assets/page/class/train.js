// The training: on the projector the wall, on a phone one's own captions and the training of this device.

import { percent, thousands } from "../texts.js";
import { html } from "../vendor/preact.js";
import { Climb } from "./climb.js";
import { Wall } from "./wall.js";

const PHONE = { width: 360, height: 300, type: 13, radius: 4.5, hasNames: false };

export function Train({ state, acts, say }) {
  return html`<div class="class-train">${state.isTeacher ? html`<${Wall} ...${{ state, acts, say }} />` : html`<${Mine} ...${{ state, acts, say }} />`}</div>`;
}

function Mine({ state: { view: { wall, deal, me }, device }, acts, say }) {
  const { objects_in_image: objects, attribute_kinds: kinds, attribute_density: density } = deal.values, dot = wall.dots.find((each) => each.pupil === me.number), isWatching = device.canTrain === false || dot?.state === "watching";
  return html`<h1 class="class-title" id="class-deal" data-kappa=${deal.kappa} data-seed=${deal.seed}>${say("train.mine")}</h1>
    <dl class="class-dials"><dt>${say("train.density")}</dt><dd>${density.toFixed(2)}</dd><dt>${say("train.objects")}</dt><dd>${objects}</dd><dt>${say("train.kinds")}</dt><dd>${kinds.length}</dd></dl>
    <h2 class="class-label">${say(isWatching ? "train.watches" : "train.device")}</h2><p class="class-quiet">${say(isWatching ? "train.neighbor" : "train.how")}</p>
    <${Climb} id="class-climb" wall=${wall} size=${PHONE} mine=${isWatching ? neighborOf(wall.dots, deal.kappa)?.pupil ?? null : me.number} say=${say} />
    ${!isWatching && html`<${Progress} ...${{ dot, device, budget: wall.budget, acts, say }} />`}${device.why && html`<p class="class-bad">${device.why}</p>`}`;
}

/** The training dot whose captions are most like those of a device that watches. */
export function neighborOf(dots, kappa) {
  const far = (dot) => Math.abs(Math.log(dot.kappa / kappa)), training = dots.filter(({ state }) => state !== "watching");
  return training.sort((one, other) => far(one) - far(other))[0] ?? null;
}

function Progress({ dot, device: { canTrain, seconds, run, own }, budget, acts, say }) {
  if (dot?.state === "landed") return html`<p class="class-number" id="class-run" data-status="landed">${say("train.landed", { pairs: thousands(dot.pairs) })}</p>${dot.expected && html`<p>${say("train.expected", { pairs: thousands(Number(dot.expected.pairs.toPrecision(2))) })}</p>`}`;
  if (dot?.state === "ended") return html`<p class="class-number" id="class-run" data-status="ended">${say("train.ended", { pairs: thousands(budget) })}</p>`;
  if (!run) return html`<button type="button" id="class-go" class="class-button class-first" disabled=${!canTrain || Boolean(dot)} onClick=${acts.device("begin")}>${say(dot ? "train.again" : "train.go")}</button>${seconds !== null && html`<p class="class-quiet">${say("train.seconds", { s: Math.max(1, Math.round(seconds)) })}</p>`}`;
  const { isPaused, said } = run.in_tab;
  return html`<div class="class-track" role="progressbar" aria-label=${say("train.progress")} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round((100 * run.pairs_seen) / budget)}><i class="class-fill" style=${{ width: `${percent(run.pairs_seen / budget, 1)}%` }} /></div>
    <p id="class-run" data-status=${isPaused ? "paused" : run.status} data-run=${run.name}>${say("train.read", { pairs: thousands(run.pairs_seen), most: thousands(budget) })}${run.eta_words && html`${" "}<span class="class-quiet">${run.eta_words}</span>`}</p>
    ${own && html`<p class="class-number">${say("train.binding", { value: percent(own.value, 0) })}</p>`}<button type="button" id="class-pause" class="class-button" onClick=${acts.device(isPaused ? "resume" : "pause")}>${say(isPaused ? "train.go_on" : "train.pause")}</button>
    <p class="class-quiet" role="status">${said || say("train.keep")}</p>`;
}
