// The number of the dialed data, and what was measured at it.

import { kappaOf, KINDS } from "./law.js";
import { isMarked, shortNumber } from "./line.js";
import { measuredWords } from "../dials/measured.js";
import { html } from "../vendor/preact.js";
import { Sentences, Sign } from "../ui.js";
import { percent, roughDuration, say } from "../words.js";

export const Fraction = ({ dials }) =>
  html`<p class="ev-fraction"><span><span>${say("attributes told per named object")}</span><span>
  ${say("objects in the picture × kinds of attribute²")}</span></span> = <span class="ev-number">
    <span>${shortNumber(dials.density)}</span><span>
  ${dials.objects} × ${dials.kinds}²</span></span> = <b>
    ${kappaOf(dials) < 0.1 ? kappaOf(dials).toFixed(3) : kappaOf(dials).toFixed(2)}
  </b></p>`;

/**
 * The dials as a recipe with changes. The budget is at least that of the trainings measured near, if all of them bound.
 */
export function wish({ line: { recipes }, dials, recipe, base, measured }) {
  const { steps, batch_size: size } = recipes.find((each) => each.name === base),
    { objects, kinds, density, completeness, saliency } = dials;
  const isBound = measured?.cell.seeds.every(({ own }) => own !== null),
    enough = isBound ? Math.ceil(measured.cell.pairs / size) : 0;
  const moved = {
    objects_in_image: objects,
    attribute_kinds: KINDS.slice(0, kinds),
    attribute_density: density,
    caption_completeness: completeness,
    saliency_bias: saliency,
  };
  return { preset: base, values: { ...(recipe ? {} : moved), ...(enough > steps ? { steps: enough } : {}) } };
}

/** The pairs that the training of a wish reads. */
function pairsOf(state) {
  const { steps, batch_size: size } = state.line.recipes.find((each) => each.name === state.base);
  return (wish(state).values.steps ?? steps) * size;
}

/** What was measured at the dials or nearest to them, as the Workbench says it, and the training of these dials. */
export function Told({ state, acts }) {
  const {
      line: { data },
      marked,
      measured,
      pace,
    } = state,
    [head, ...rest] = measuredWords(measured),
    isTaught = Boolean(measured?.cell.seeds.some(({ own }) => own !== null));
  const time = pace && say`This takes about ${roughDuration(pairsOf(state) * pace)} here.`;
  return html`<div class="ev-told" aria-live="polite">
    ${
      marked
        ? html`<${Silent} data=${data} marked=${marked} />`
        : html`<p><${Sentences}><b>${head}</b>${rest}<small>${time}</small><//></p>
          <button type="button" class=${isTaught ? "ev-btn ev-go" : "ev-btn"} data-act="train" onClick=${acts.train}>
      <${Sign} name="play" />${isTaught ? say("Train this") : say("Try it")}</button>`
    }</div>`;
}

function Silent({ data, marked: { dial, value } }) {
  const number = data
    .filter((each) => isMarked(each, { dial, value }))
    .reduce((sum, each) => sum + each.trainings.length, 0);
  const which =
    value > 0.6
      ? say("mostly the big things")
      : value < 0.3
        ? say("any of the objects")
        : say("the big things more often");
  return html`<p><${Sentences}><b>${say("Same number.")}
    </b>${
      dial === "completeness"
        ? say`Marked: ${number} trainings that read captions naming about ${percent(value)} of the objects.`
        : say`Marked: ${number} trainings whose captions named ${which}.`
    }<small>
    ${say("Your marker stays where it is, because the number leaves this dial out.")}</small><//></p>`;
}
