// The saved steps of a run as dots to scrub and replay, by pointer and by keys.

import { html, useEffect, useState } from "../vendor/preact.js";
import { LEFT, RIGHT, WIDTH } from "./chart.js";
import { isCalm, Sign } from "../ui.js";
import { say } from "../words.js";

const HEIGHT = 41,
  MIDDLE = 13,
  DOT_MS = 520,
  WHOLE_MS = 7000,
  LABELS = 6;

/** `run` is null where fewer than two steps are saved; `choose(index)` looks at another one. */
export function SavedSteps({ run, isLive, at, scale, choose }) {
  const saved = run?.checkpoints ?? [],
    last = saved.length - 1,
    [isPlaying, play] = useState(false);
  useEffect(() => play(false), [run?.name]);
  useEffect(() => {
    if (!isPlaying) return undefined;
    const timer = setTimeout(
      () => (at < last ? choose(at + 1) : play(false)),
      isCalm() ? DOT_MS : Math.min(DOT_MS, WHOLE_MS / Math.max(1, last)),
    );
    return () => clearTimeout(timer);
  }, [isPlaying, at, run?.name]);

  function toggle() {
    if (!isPlaying && at >= last) choose(0);
    play(!isPlaying);
  }

  function move({ target }) {
    play(false);
    choose(Number(target.value));
  }

  // The control covers the steps that are saved, so that its own position is that of the dot.
  const to = saved.length > 1 ? scale.x(saved[last].step) : RIGHT,
    style = { left: `${(100 * (scale.left - 11)) / WIDTH}%`, width: `${(100 * (to - scale.left + 22)) / WIDTH}%` };
  return html`<div class="wb-scrub" id="saved-steps">
    <button type="button" class="wb-play" onClick=${toggle} disabled=${saved.length < 2 || isLive}
      aria-label=${isPlaying ? say("Pause the replay") : say("Replay the training")}>
      <${Sign} name=${isPlaying ? "pause" : "play"} /></button>
    <${StepDots} saved=${saved} at=${at} scale=${scale} bound=${run?.bound_at ?? Infinity} />
    <input type="range" min="0" max=${Math.max(1, last)} step="1" value=${at} disabled=${saved.length < 2}
      style=${style} onInput=${move}
      aria-label=${say("Saved step")} aria-valuetext=${
        saved[at] ? say`step ${scale.counted + saved[at].step}` : say("nothing saved yet")
      } />
        <span class="wb-ring" /></div>`;
}

function StepDots({ saved, at, scale, bound }) {
  const { steps, earlier, left, counted, xBefore } = scale,
    x = (step) => scale.x(step).toFixed(1),
    isMany = earlier.length + steps.length > 16,
    size = isMany ? 0.78 : 1,
    there = new Set(saved.map((each) => each.step));
  return html`<svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
    <path d=${`M${LEFT} ${MIDDLE}H${RIGHT}`} class="wb-rail" />
    ${saved.length > 1 && html`<path d=${`M${left.toFixed(1)} ${MIDDLE}H${x(saved.at(-1).step)}`} class="wb-done" />`}
    ${earlier
      .slice(0, -1)
      .map(
        (step) => html`<circle cx=${xBefore(step).toFixed(1)} cy=${MIDDLE} r=${4.6 * size} class="wb-before-dot" />`,
      )}
    ${steps.map(
      (step) => html`<circle cx=${x(step)} cy=${MIDDLE}
      r=${(there.has(step) ? 4.6 : 3.4) * size}
      class=${!there.has(step) ? "wb-later" : step >= bound ? "wb-saved wb-bound" : "wb-saved"} />`,
    )}
    ${counted > 0 && html`<text x=${LEFT} y="35" text-anchor="middle">${counted - earlier.at(-1)}</text>`}
    ${labelSteps(steps, counted > 0 ? LABELS / 2 : LABELS).map(
      (step) => html`<text x=${x(step)} y="35" text-anchor="middle">${counted + step}</text>`,
    )}
    <text x=${RIGHT + 18} y="35">${say("steps")}</text>
    ${saved[at] && html`<circle cx=${x(saved[at].step)} cy=${MIDDLE} r="8.5" class="wb-at" />`}</svg>`;
}

/** The steps that are named: at most so many and one more, among them the first and the last. */
function labelSteps(steps, most) {
  const last = steps.length - 1,
    every = Math.max(1, Math.ceil(last / most));
  const named = steps.filter(
    (_, index) => index % every === 0 && (index === 0 || index === last || last - index >= every * 0.7),
  );
  return last % every ? [...named, steps[last]] : named;
}
