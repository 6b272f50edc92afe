/**
 * A run in one file: its curve, the pairs at each saved step, typed captions and scenes answered by its own model.
 */

import { mountScene } from "../scene/scene.js";
import { mountTyped } from "../scene/typed.js";
import { answersOf, numberOf, whyNoNumber } from "../workbench/state.js";
import { mountChart } from "../workbench/chart.js";
import { mountCheckpoints } from "../workbench/checkpoints.js";
import { el, replace } from "../workbench/dom.js";
import { mountOutcome } from "../workbench/outcome.js";
import { story } from "../workbench/phrases.js";
import { makeScale } from "../workbench/scale.js";
import { embeddedEngine, embeddedJson } from "./embedded.js";

const { run, pairs, worlds, models } = embeddedJson("site-data");
const language = window.explorerLanguage || "en", engine = embeddedEngine({ worlds, models });
const training = document.getElementById("workbench-training"), section = document.getElementById("workbench-outcome");
const part = (root, name) => root.querySelector(`[data-part=${name}]`);
const chart = mountChart(part(training, "chart"), part(training, "legend"));
const dots = mountCheckpoints(training.querySelector("#checkpoints"), { choose: (chosen) => { at = chosen; draw(); } });
const outcome = mountOutcome(section, pairs, { turn: (chosen) => { pair = chosen; draw(); } });
const steps = makeScale(run.planned);
let at = Math.max(0, run.checkpoints.length - 1), pair = 0, typed = null;

function draw() {
  chart.update({ run: run.curve.length ? run : null, compare: null, bracket: null, at, scale: steps, isAsking: false });
  dots.update({ run: run.checkpoints.length > 1 ? { ...run, is_live: false } : null, at, scale: steps });
  outcome.update({ ...answersOf(run, at), pair, isHidden: false, isSwinging: false, compare: null, number: numberOf(run, at), why: whyNoNumber(run, at) });
  const step = run.checkpoints[at]?.step ?? run.step;
  replace(part(section, "who"), String(step), () => el("em", {}, `step ${step} of ${run.steps}`));
  part(section, "verdict").textContent = run.why_no_checkpoints ?? "";
  const [head, rest] = run.curve.length ? story(run, step, { isAsking: false }) : ["", run.why_no_checkpoints ?? ""];
  replace(part(training, "story"), `${head}${rest}`, () => [el("b", {}, head), " ", el("span", {}, rest)]);
  typed?.update({ model: run.name, title: run.label, pictures: ["a", "b"].map((side) => ({
    letter: side.toUpperCase(), image: pairs[pair][side].seen, caption: pairs[pair][side].caption.map((word) => word.text).join(" ") })) });
}

if (run.has_model) {
  typed = mountTyped(part(section, "typed"), { language, engine });
  const asked = new URLSearchParams(location.search);
  mountScene(document.getElementById("own-scene"), asked.get("scene"), engine,
    { models: [run.name], titles: { [run.name]: run.label }, challenge: run.name, language, world: run.spec.data.world })
    .then((scene) => Object.assign(window, { ownScene: scene }), (error) => { document.getElementById("own-scene").textContent = error.message; });
} else {
  section.querySelector("[data-more=typed]").remove();
}
draw();
