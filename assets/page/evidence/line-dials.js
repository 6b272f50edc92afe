// The dials of the data, beside the line of the study.

import { KINDS, MIN_DIALED_DENSITY, OBJECTS } from "./law.js";
import { logAxis, valueOn } from "../log-axis.js";
import { html } from "../vendor/preact.js";
import { Caption, moveFocus, SLIDER_ARROWS } from "../ui.js";
import { joinTexts, percent, say } from "../words.js";

/** What an arrow key multiplies a number by. */
export const ARROW_FACTOR = 1.06;

const dialOf = (kinds) => ({ low: MIN_DIALED_DENSITY, high: kinds, from: 0, to: 1 });
const shareOf = (value, kinds) => logAxis(dialOf(kinds))(value);
const round = (value) => Number((value < 1 ? Math.round(value * 50) / 50 : Math.round(value * 20) / 20).toFixed(2));
const valueAt = (share, kinds) => round(valueOn(dialOf(kinds))(share));

/** The next round value of the density, as an arrow key moves it. */
export function nextDensity(density, direction) {
  let value = density;
  do value *= ARROW_FACTOR ** direction;
  while (round(value) === round(density));
  return round(value);
}

export function DialsColumn({ state: { line, dials, recipe, sample }, acts }) {
  return html`<div class="ev-dials">
    <${LineRecipes} recipes=${line.recipes} chosen=${recipe} choose=${acts.chooseRecipe} />
    <div class="ev-sample">${
      sample &&
      html`<img src=${sample.image} alt=${sample.alt} width="83" height="83" />
      <p translate=${false}>
      <${Caption} words=${sample.words} /></p>`
    }</div>
    <${DensityDial} line=${line} dials=${dials} choose=${(density) => acts.moveDial({ density })} />
    <${Segments} label=${say("Objects in the picture")} choices=${OBJECTS} value=${dials.objects}
      onChoose=${(each) => acts.moveDial({ objects: each })} />
    <${Segments} label=${say("Kinds of attribute")} choices=${KINDS.map((_, at) => at + 1)}
      titles=${KINDS.map((_, at) =>
        joinTexts(
          KINDS.slice(0, at + 1).map((kind) => say(kind)),
          ", ",
        ),
      )} value=${dials.kinds}
      onChoose=${(each) => acts.moveDial({ kinds: each })} />
    <${SilentDials} dials=${dials} mark=${acts.markDots} /></div>`;
}

const LineRecipes = ({ recipes, chosen, choose }) =>
  html`<div class="ev-recipes" role="radiogroup" aria-label=${say("Recipe")} onKeyDown=${walk}>
      ${recipes.map(
        ({ name, title }) =>
          html`<button key=${name} type="button" role="radio" aria-checked=${String(name === chosen)}
      tabindex=${name === (chosen ?? recipes[0].name) ? 0 : -1} onClick=${() => choose(name)}>
        ${title}</button>`,
      )}</div>`;

/** The dial of the density, on which the corpora stand that were counted. */
const DensityDial = ({ line, dials: { density, kinds }, choose }) =>
  html`<${Range} id="ev-density" label=${say("Attributes told per named object")} said=${density.toFixed(2)}
      low=${0} high=${1} value=${shareOf(density, kinds)}
      step=${0.001} onMove=${(at) => choose(valueAt(at, kinds))}
      onArrow=${(direction) => choose(nextDensity(density, direction))}>
      <div class="ev-ruler" aria-hidden="true">${line.corpora
        .filter(({ value }) => value <= kinds)
        .map(({ value }) => html`<i style=${{ left: `${100 * shareOf(value, kinds)}%` }} />`)}</div>
      <div class="ev-corpora">${line.corpora.map(
        ({ label, value }) => html`<button type="button"
        title=${say`Set the dial to what was counted in ${label}`}
          onClick=${() => choose(Number(value.toFixed(2)))}>
        ${label} <b>${value.toFixed(2)}</b></button>`,
      )}</div>
      <p class="ev-caveat" title=${line.caveat}>
        ${say("Counted in real captions, every adjective. Places on this dial, not predictions.")}
        </p>
    <//>`;

/** The dials that do not move the marker, because the number leaves them out. */
const SilentDials = ({ dials: { objects, completeness, saliency }, mark }) =>
  html`<div class="ev-silent"><p>${say("The number leaves these out. Move them and see:")}</p>
      <${Range} id="ev-completeness" label=${say("Share of the scene told")}
        said=${completeness > 0.995 ? say("all of it") : percent(completeness)} low=${1 / objects}
          high=${1} value=${completeness}
        step=${0.01} onMove=${(at) => mark("completeness", at)} />
      <${Range} id="ev-saliency" label=${say("Only the big things told")}
        said=${saliency > 0.97 ? say("always") : saliency < 0.03 ? say("any") : percent(saliency)} low=${0}
          high=${1} value=${saliency}
        step=${0.05} onMove=${(at) => mark("saliency", at)} /></div>`;

/** With `onArrow` an arrow key does what it does, else it moves by a step. */
const Range = ({ id, label, said, low, high, value, step, onMove, onArrow, children }) =>
  html`<div class="ev-dial"><div><label for=${id}>${label}</label><output for=${id}>${said}</output></div>
  <input type="range" id=${id} min=${low} max=${high} step=${step} value=${value} aria-valuetext=${said}
    style=${{ "--filled": `${(100 * (value - low)) / (high - low)}%` }}
      onInput=${({ target }) => onMove(Number(target.value))}
    onKeyDown=${onArrow && ((event) => event.key in SLIDER_ARROWS && (event.preventDefault(), onArrow(SLIDER_ARROWS[event.key])))} />
      ${children}</div>`;

const Segments = ({ label, choices, titles = [], value, onChoose }) =>
  html`<div class="ev-dial"><div><span class="ev-label">${label}</span></div>
  <div class="ev-segments" role="radiogroup" aria-label=${label} onKeyDown=${walk}>
    ${choices.map(
      (each, at) =>
        html`<button type="button" role="radio" title=${titles[at]} aria-checked=${String(each === value)}
    tabindex=${each === value ? 0 : -1} onClick=${() => onChoose(each)}>${each}</button>`,
    )}</div></div>`;

/** Arrows move the focus in a group of radio buttons, and choose. */
const walk = (event) => moveFocus(event)?.click();
