// The saved steps of a run as dots to scrub and replay, by pointer and by keys. Knows no Gradio.
// mountCheckpoints(element, {choose(place)}) -> {update({run, at, scale}), stop()}

import { el, isCalm, say, sign, svg } from "./dom.js";
import { LEFT, RIGHT, WIDTH } from "./scale.js";

const HEIGHT = 41, MIDDLE = 13, DOT_MS = 520, WHOLE_MS = 7000, LABELS = 6;

export function mountCheckpoints(element, actions) {
  const button = el("button", { type: "button", class: "wb-play", onclick: toggle });
  const dots = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const range = el("input", { type: "range", min: 0, step: 1, "aria-label": "Saved checkpoint", oninput: () => moved(Number(range.value)) });
  range.style.left = `${(100 * (LEFT - 11)) / WIDTH}%`;
  range.style.width = `${(100 * (RIGHT - LEFT + 22)) / WIDTH}%`;
  element.replaceChildren(button, dots, range, el("span", { class: "wb-ring" }));
  let shown = { run: null, at: 0, scale: null }, timer = 0;

  function toggle() {
    if (timer) return stop();
    const last = shown.run.checkpoints.length - 1;
    if (shown.at >= last) actions.choose(0);
    const pause = Math.min(DOT_MS, WHOLE_MS / Math.max(1, last));
    timer = setInterval(() => {
      if (!shown.run || shown.at >= shown.run.checkpoints.length - 1) return stop();
      actions.choose(shown.at + 1);
    }, isCalm() ? DOT_MS : pause);
    draw();
  }

  function moved(at) {
    stop();
    actions.choose(at);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    draw();
  }

  function draw() {
    const { run, at, scale } = shown;
    if (!scale) return;
    const saved = run?.checkpoints ?? [], isMany = scale.steps.length > 16, x = (step) => scale.x(step).toFixed(1);
    const rail = (to, name) => svg("path", { d: `M${LEFT} ${MIDDLE}H${to}`, class: name });
    const bound = run && run.bound_at !== null ? run.bound_at : Infinity;
    const points = scale.steps.map((step) => {
      const is = saved.some((each) => each.step === step);
      const name = !is ? "wb-later" : step >= bound ? "wb-saved wb-bound" : "wb-saved";
      return svg("circle", { cx: x(step), cy: MIDDLE, r: (is ? 4.6 : 3.4) * (isMany ? 0.78 : 1), class: name });
    });
    const every = Math.max(1, Math.ceil((scale.steps.length - 1) / LABELS));
    const labels = scale.steps.flatMap((step, place) => place % every === 0 && (place === 0 || scale.steps.length - 1 - place >= every * 0.7 || place === scale.steps.length - 1)
      ? [svg("text", { x: x(step), y: 35, "text-anchor": "middle" }, String(step))] : []);
    const end = scale.steps.at(-1);
    if ((scale.steps.length - 1) % every) labels.push(svg("text", { x: x(end), y: 35, "text-anchor": "middle" }, String(end)));
    labels.push(svg("text", { x: RIGHT + 18, y: 35 }, "steps"));
    const ring = saved[at] ? svg("circle", { cx: x(saved[at].step), cy: MIDDLE, r: 8.5, class: "wb-at" }) : null;
    dots.replaceChildren(rail(RIGHT, "wb-rail"), ...(saved.length > 1 ? [rail(x(saved.at(-1).step), "wb-done")] : []), ...points, ...labels, ...(ring ? [ring] : []));
    place(saved, at, x);
    button.replaceChildren(sign(timer ? "pause" : "play"));
    button.setAttribute("aria-label", say(timer ? "Pause the replay" : "Replay the training"));
    button.disabled = saved.length < 2 || run.is_live;
  }

  // The control covers the steps that are saved, so that its own position is that of the dot.
  function place(saved, at, x) {
    range.disabled = saved.length < 2;
    range.max = Math.max(1, saved.length - 1);
    if (document.activeElement !== range || Number(range.value) !== at) range.value = at;
    range.setAttribute("aria-valuetext", saved[at] ? say`step ${saved[at].step}` : say("nothing saved yet"));
    const to = saved.length > 1 ? Number(x(saved.at(-1).step)) : RIGHT;
    range.style.width = `${(100 * (to - LEFT + 22)) / WIDTH}%`;
  }

  return {
    update(state) {
      if (state.run?.name !== shown.run?.name && timer) stop();
      shown = state;
      draw();
    },
    stop,
  };
}
