// What is seen of *Look inside*: a model and its step, one pair large, all pictures where their answers are, their map,
// and what researchers ask for.
//
//   html`<${InsidePage} state=${state} acts=${acts} page=${page} />`      // `state` as of page.js

import { Thousand } from "./brush.js";
import { Forms } from "./forms.js";
import { Histogram } from "./histogram.js";
import { Map2d, Reading } from "./map.js";
import { ForResearchers } from "./more.js";
import { Pair } from "./pair.js";
import { stepIndex, Steps } from "./steps.js";
import { thousands } from "../numbers.js";
import { Sentences } from "../ui.js";
import { html } from "../vendor/preact.js";
import { bare, isLive, percent, say } from "../words.js";

export function InsidePage({ state, acts, page }) {
  const { inspected, problem } = state;
  if (!inspected?.steps.length)
    return html`<div class="in-page"><${Head} ...${{ state, acts, page }} /><p class="in-card in-empty" role="status">
    ${problem || waitingWords(inspected)}</p></div>`;
  const step = inspected.steps[stepIndex(state)],
    isLast = stepIndex(state) === inspected.steps.length - 1;
  if (state.thousand)
    return html`<div class="in-page in-thousand"><${Head} ...${{ state, acts, page, step }} />
      <${Thousand} ...${{ state, acts }} /></div>`;
  return html`<div class="in-page"><${Head} ...${{ state, acts, page, step }} />
    <${Pair} ...${{ state, step, acts }} />
    <section class="in-card in-all" aria-labelledby="in-h2"><h2 id="in-h2">
      ${say`${step.right} of ${step.numAsked} pictures are nearer to their own caption`}</h2>
      <p class="in-how"><${Sentences}><span>
        ${say("How to read this: each picture stands where its answer is.")}</span><span>
        ${
          inspected.steps.length > 1
            ? say("Drag the steps above: they walk from the middle to the right.")
            : say("A model that does not bind piles them up at the coin toss.")
        }</span><//></p>
      <${Histogram} step=${step} scenes=${inspected.scenes} chosen=${state.chosen} choose=${acts.chooseScene} />
        <p class="in-how"><${Sentences}>${leftOutWords(inspected)}${
          isLast &&
          inspected.has_model &&
          inspected.isDrawn &&
          !isLive(inspected) &&
          html`<button type="button" class="in-link" id="inside-more-pictures" onClick=${acts.askThousand}>
          ${say("A thousand pictures")}</button>`
        }<//></p></section>
    <section class="in-card in-side" aria-labelledby="in-h3"><h2 id="in-h3">${say("Map of pictures and captions")}</h2>
      <${Reading} step=${step} width=${inspected.width} />
      <${Map2d} step=${step} scenes=${inspected.scenes} chosen=${state.chosen} choose=${acts.chooseScene}
        reach=${state.reach} />
      <${Forms} inspected=${inspected} step=${step} isLast=${isLast && !isLive(inspected)} form=${state.form}
        choose=${acts.chooseForm} /></section>
    <${ForResearchers} ...${{ state, acts, page, step }} /></div>`;
}

function Head({ state, acts, page, step }) {
  const { inspected, models, modelName } = state,
    choices = models.some((each) => each.name === modelName)
      ? models
      : [{ name: modelName, title: inspected?.title ?? modelName, kind: "run" }, ...models];
  const option = (each) => html`<option key=${each.name} value=${each.name}>
    ${each.kind === "shipped" ? say`Shipped: ${each.title}` : say(each.title)}</option>`,
    kind = inspected?.kind ?? models.find((each) => each.name === modelName)?.kind,
    back = page.address.link("bench", kind === "run" ? { run: modelName } : {}),
    shipped = choices.filter((each) => each.kind === "shipped"),
    runs = choices.filter((each) => each.kind === "run");
  return html`<section class="in-card in-head" aria-label=${say("Model and step")}><div class="in-who">
    <a href=${back}>← ${say("Workbench")}</a>
      <select id="inside-model" aria-label=${say("Run or shipped model")} value=${modelName}
        onChange=${({ target }) => acts.chooseModel(target.value)}>
          ${
            runs.length > 0 &&
            html`<optgroup label=${say("Runs")}>${runs.map(option)}
        </optgroup>`
          }<optgroup label=${say("Models that come with it")}>${shipped.map(option)}</optgroup></select></div>
    ${
      step
        ? inspected.kind === "run"
          ? html`<${Steps} steps=${inspected.steps} planned=${isLive(inspected) ? inspected.planned : []}
        at=${stepIndex(state)}
      choose=${acts.chooseStep} />`
          : html`<p class="in-how in-made">
        <${Sentences}><span>${
          !inspected.trained
            ? say("It has one step to look at.")
            : say`A finished model: ${thousands(inspected.trained)} steps on ${lowerFirst(say(inspected.title))}. It has one step to look at.`
        }
      </span>${
        inspected.preset &&
        html`<button type="button" class="in-link" onClick=${acts.openInWorkbench}>${say("What it was made of")}</button>`
      }<//></p>`
        : html`<span />`
    }
    ${step && html`<${BindingNumber} step=${step} />`}</section>`;
}

function BindingNumber({ step: { scores } }) {
  const { binding_accuracy: binding, recognition_accuracy: recognition } = scores.canonical ?? {};
  if (!binding || binding.value === null)
    return html`<p class="in-number"><span>${say("not measured at this step")}</span></p>`;
  return html`<div class="in-number"><b>${bare(binding.value)}<small>%</small></b>
    <p><strong>${say("of pictures find their own caption")}
    </strong>
      <span>
        ${say`${bare(binding.low)} to ${bare(binding.high)}, ${binding.n} scenes; it knows the words in ${recognition?.value === null || !recognition ? "–" : percent(recognition.value)}`}</span></p></div>`;
}

function waitingWords(inspected) {
  if (!inspected) return say("Loading what this model answers …");
  if (inspected.status === "queued")
    return inspected.place > 1
      ? say`This run waits in the queue, place ${inspected.place}. Its first step is saved as soon as it trains.`
      : say("This run is the next in the queue. Its first step is saved as soon as it trains.");
  if (isLive(inspected)) return say("This run has saved no step yet. The first comes in a few seconds.");
  return inspected.reason ? say`This run has saved no step: ${inspected.reason}.` : say("This run has saved no step.");
}

const lowerFirst = (title) => title.charAt(0).toLowerCase() + title.slice(1);

/** Which pictures are not drawn, and why. */
function leftOutWords({ scenes }) {
  const reasons = scenes.map((each) => each.no_swap).filter(Boolean),
    kinds = [...new Set(reasons)];
  if (!reasons.length) return "";
  if (kinds.length === 1 && kinds[0] === "The objects named have the same values.")
    return say`${reasons.length} of the ${scenes.length} pictures show one color twice: nothing to swap, not drawn.`;
  return say`${reasons.length} of the ${scenes.length} captions have no swap that is false of the picture: not drawn.`;
}
