// The same model, asked in four forms of caption: four numbers beside the coin toss.

import { Gauge } from "../ui.js";
import { html } from "../vendor/preact.js";
import { percent, say } from "../words.js";

const FORMS = {
  canonical: ["Two things, a color each", "the same for all models"],
  own: ["As in its training", "other scenes, same kind"],
  complete: ["Every object named", "one kind at a time"],
  bundle: ["Every object, all it has", "all kinds at once"],
};

export function Forms({ inspected, step, isLast, form, choose }) {
  return html`<div class="in-forms"><h2>${say("Asked in four forms of caption")}</h2><p class="in-how">
    ${say("How to read this: share of pictures right; dashed: coin toss.")}</p>
    ${inspected.forms.map(
      (each) =>
        html`<${FormRow} key=${each.name} each=${each} share=${step.scores[each.name]?.binding_accuracy}
      ...${{ inspected, isLast, form, choose }} />`,
    )}</div>`;
}

function FormRow({ each: { name, same_as: twin, is_inspected: isInspected }, share, isLast, form, choose, inspected }) {
  const [title, hint] = FORMS[name],
    canShow = isInspected && !twin && inspected.forms.filter((one) => one.is_inspected && !one.same_as).length > 1;
  const words = html`<span>${say(title)}</span><small>${say(hint)}</small>`,
    why = twin
      ? say("here the same captions")
      : !share || share.value === null
        ? isLast
          ? say("not measured")
          : say("at the end only")
        : "";
  return html`<div class=${`in-form${canShow && form === name ? " in-on" : ""}`} data-form=${name}>
    ${
      canShow
        ? html`<button type="button" aria-pressed=${String(form === name)}
      title=${say("Show these captions in the figures")}
    onClick=${() => choose(name)}>${words}</button>`
        : html`<div>${words}</div>`
    }
    ${
      why
        ? html`<span class="in-why">${why}</span>`
        : html`<${Gauge} ...${share} chance=${0.5} />
      <span class="in-value" title=${say`${percent(share.low)} to ${percent(share.high)}, ${share.n} scenes`}>
        ${percent(share.value)}
      </span>`
    }</div>`;
}
