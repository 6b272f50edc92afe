// The training: on the projector the wall, on a phone the captions, the seed and the progress of one's own training.

import { percent } from "../texts.js";
import { html } from "../vendor/preact.js";
import { say as word } from "../words.js";
import { addressOf, Wall } from "./wall.js";

export function Train({ state, acts, say }) {
  const { view, isTeacher } = state;
  if (!isTeacher) return html`<div class="class-train"><${Mine} ...${{ state, say }} /></div>`;
  return html`<div class="class-train"><h1 class="class-title">${say("train.title")}${!view.study && html`${" "}<small class="class-quiet" id="class-point">${say("train.point")}</small>`}</h1>
    <${Wall} ...${{ state, acts, say }} /><div class="class-capacity" id="class-capacity">${capacityOf(view, say).map((text) => html`<span>${text}</span>`)}</div></div>`;
}

function capacityOf({ capacity, wall: { dots }, people }, say) {
  const { runs, low_s: low, high_s: high, is_measured: isMeasured, others } = capacity, trainings = dots.filter((dot) => !dot.is_recorded).length;
  return [say(isMeasured ? "train.fits" : "train.guess", { runs, low: Math.round(low), high: Math.round(high) }), others > 0 && say("train.others", { n: others }),
    trainings < people && say("train.few"), trainings < dots.length && say("train.recorded")].filter(Boolean);
}

function Mine({ state: { view: { wall, me }, titles }, say }) {
  const [dot] = wall.dots;
  if (!dot) return html`<p class="class-welcome">${say(me.group < 0 ? "train.none" : "train.wait_deal")}</p>`;
  const recipe = titles[dot.recipe], others = dot.pupils.filter((name) => name !== me.nickname), done = dot.steps ? dot.step / dot.steps : 0;
  return html`<h1 class="class-title" id="class-recipe" data-recipe=${dot.recipe} data-seed=${dot.seed}>${say("train.mine", { title: word(recipe.title) })}</h1>
    <p>${word(recipe.told)}</p><p class="class-quiet">${say("train.seed", { seed: dot.seed })}</p>
    ${others.length > 0 && html`<p class="class-quiet" translate="no">${say("train.with", { names: others.join(", ") })}</p>`}${dot.is_recorded && html`<p class="class-recorded">${say("train.is_recorded")}</p>`}
    <div class="class-track"><i class="class-fill" style=${{ width: `${percent(done, 1)}%` }} /></div><p id="class-run" data-status=${dot.status} data-run=${dot.run}>${statusOf(dot, say)}</p>
    ${dot.binding === null ? dot.status === "running" && html`<p class="class-quiet">${say("train.first")}</p>`
      : html`<p class="class-number">${say("train.binding", { value: percent(dot.binding, 1) })}</p><p class="class-quiet">${say("train.interval", { low: percent(dot.low, 1), high: percent(dot.high, 1) })}</p>`}
    ${dot.run && html`<a class="class-button" href=${addressOf(dot)} target="_blank" rel="noopener">${say("train.open")}</a>`}`;
}

function statusOf({ status, step, steps, place, eta_s: eta, is_final: isFinal }, say) {
  if (status === "queued") return [place ? say("train.queued", { place }) : "", eta ? say("train.soon", { s: eta }) : ""].filter(Boolean).join(", ") || say("train.wait_deal");
  if (status === "finished" || isFinal) return say("train.finished");
  if (status === "running" || status === "stopping") return step >= steps ? say("train.evaluating") : say("train.running", { step, steps });
  return say("train.ended");
}
