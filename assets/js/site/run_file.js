/**
 * A run in one file: its curve, the pairs at each saved step, typed captions and scenes answered by its own model.
 */

import { mountTyped } from "../../page/before/backend.js";
import { Chart, makeScale } from "../../page/before/chart.js";
import { Checkpoints } from "../../page/before/checkpoints.js";
import { Count, NumberOf, picturesOf, Strip, Typed } from "../../page/before/outcome.js";
import { answersOf, numberOf, whyNoNumber } from "../../page/before/shown.js";
import { Cosines, Ropes, Stage } from "../../page/before/stage.js";
import { Heading, More } from "../../page/ui.js";
import { html, render } from "../../page/vendor/preact.js";
import { say, story } from "../../page/words.js";
import { mountScene } from "../scene/scene.js";
import { embeddedEngine, embeddedJson } from "./embedded.js";

const { run, pairs, worlds, models } = embeddedJson("site-data");
const engine = embeddedEngine({ worlds, models }), scale = makeScale(run.planned);
let at = Math.max(0, run.checkpoints.length - 1), pair = 0, isTyping = false;

function Training() {
  const step = run.checkpoints[at]?.step ?? run.step, hasCurve = run.curve.length > 0;
  const [head, rest] = hasCurve ? story(run, step, { isAsking: false }) : ["", run.why_no_checkpoints];
  return html`<section class="wb-col" id="workbench-training" aria-labelledby="site-h1"><${Heading} id="site-h1" title=${say("Training")} />
    <${Chart} run=${hasCurve ? run : null} compare=${null} bracket=${null} at=${at} scale=${scale} isAsking=${false} />
    <${Checkpoints} run=${run.checkpoints.length > 1 ? run : null} isLive=${false} at=${at} scale=${scale} choose=${(chosen) => { at = chosen; draw(); }} />
    <p class="wb-story" aria-live="polite" data-part="story"><b>${head}</b> <span>${rest}</span></p>
    <p class="site-quiet">${run.step.toLocaleString("en")} <span>${say("steps")}</span>, ${run.pairs_seen.toLocaleString("en")} <span>${say("pairs")}</span>, <span>${say("seed")}</span> ${run.seed}${run.device && html`, <span translate=${false}>${run.device}</span>`}</p></section>`;
}

function Outcome() {
  const found = answersOf(run, at), step = run.checkpoints[at]?.step ?? run.step;
  const two = { name: String(pair), pair: pairs[pair], answers: found.answers?.slice(2 * pair, 2 * pair + 2) ?? null, scale: found.scale, isHidden: false, isSwinging: false };
  return html`<section class="wb-col" id="workbench-outcome" aria-labelledby="site-h3">
    <${Heading} id="site-h3" title=${say("Does it bind?")}><span class="wb-who" data-part="who"><em>${say`step ${step} of ${run.steps}`}</em></span><//>
    <${NumberOf} found=${numberOf(run, at)} why=${whyNoNumber(run, at)} isHidden=${false} /><${Stage} ...${two} /><${Ropes} ...${two} />
    <div class="wb-sl"><${Count} answers=${found.answers} /><${More} name="cosines" label=${say("Details: cosines")} box="wb-cosines"><${Cosines} ...${two} /><//>
      ${run.has_model && html`<${More} name="typed" label=${say("Type a caption")} box="wb-typed" onToggle=${({ currentTarget }) => { isTyping ||= currentTarget.open; draw(); }}><p>${say("Typed captions are answered while you type, by the model as it ended.")}</p>${isTyping && html`<${Typed} mount=${(place) => mountTyped(place, engine)} asked=${{ model: run.name, title: run.label, pictures: picturesOf(pairs[pair]) }} />`}<//>`}</div>
    <${Strip} pairs=${pairs} ...${found} pair=${pair} turn=${(chosen) => { pair = chosen; draw(); }} />
    <p class="wb-verdict" data-part="verdict">${run.why_no_checkpoints}</p></section>`;
}

function draw() {
  render(html`<${Training} /><${Outcome} />`, document.getElementById("bench"));
}

if (run.has_model) {
  const asked = new URLSearchParams(location.search), place = document.getElementById("own-scene");
  mountScene(place, asked.get("scene"), engine, { models: [run.name], titles: { [run.name]: run.label }, challenge: run.name, language: window.explorerLanguage || "en", world: run.spec.data.world })
    .then((scene) => Object.assign(window, { ownScene: scene }), (error) => { place.textContent = error.message; });
}
draw();
