// The saved steps of a model as dots: by pointer and by keys, evenly spaced, those to come faint.

import { useSize } from "../size.js";
import { html } from "../vendor/preact.js";
import { say } from "../words.js";

const LEFT = 14,
  RIGHT = 48,
  MIDDLE = 14,
  HEIGHT = 46,
  NAME_WIDTH = 26,
  SURELY = 0.55;

/** The index of the shown step among the saved ones: the newest without a choice. */
export const stepIndex = ({ inspected, at }) =>
  at === null ? inspected.steps.length - 1 : Math.min(at, inspected.steps.length - 1);

/** `planned` are all steps that a run saves, `steps` those that it has; `at` is an index of them. */
export function Steps({ steps, planned, at, choose }) {
  const [element, { width }] = useSize({ width: 450, height: HEIGHT });
  const saved = steps.map((each) => each.step),
    all = [...saved, ...planned.filter((step) => step > saved.at(-1))],
    last = all.length - 1;
  const x = (index) => LEFT + (index * (width - LEFT - RIGHT)) / Math.max(1, last),
    every = Math.max(1, Math.ceil(NAME_WIDTH / (x(1) - x(0))));
  const isNamed = (index) =>
    index === at ||
    (index % every === 0 && Math.abs(index - at) >= every && (index === last || last - index >= every)) ||
    (index === last && last - at >= every);
  const to = x(steps.length - 1),
    style = { left: rem(x(0) - 11), width: rem(to - x(0) + 22) };
  return html`<div class="in-steps" id="inside-steps" ref=${element}>
    <svg viewBox=${`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
    <path class="in-rail" d=${`M${x(0)} ${MIDDLE}H${x(last)}`} />
      <path class="in-done" d=${`M${x(0)} ${MIDDLE}H${x(at)}`} />
    ${all.map(
      (step, index) => html`<circle cx=${x(index)} cy=${MIDDLE} r=${index < steps.length ? 5 : 3.4}
      class=${index >= steps.length ? "in-later" : hasLeft(steps[index]) ? "in-bound" : "in-saved"} />
      ${
        isNamed(index) &&
        html`<text x=${x(index)} y="40" text-anchor="middle" class=${index === at ? "in-strong" : ""}>
        ${step}</text>`
      }`,
    )}
    <text x=${width - 2} y="40" text-anchor="end">${say("steps")}</text>
      <circle class="in-at" cx=${x(at)} cy=${MIDDLE} r="10" /></svg>
    <input type="range" min="0" max=${Math.max(1, steps.length - 1)} step="1" value=${at} disabled=${steps.length < 2}
      style=${style}
      aria-label=${say("Saved step")} aria-valuetext=${say`step ${saved[at]}`}
      onInput=${({ target }) => choose(Math.min(Number(target.value), steps.length - 1))} /></div>`;
}

const rem = (units) => `${units / 16}rem`;

/** Whether the model has surely left the coin toss at a step. */
const hasLeft = ({ scores }) => (scores.canonical?.binding_accuracy.low ?? 0) > SURELY;
