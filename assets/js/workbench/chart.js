// The curve of a run: binding with its interval, recognition thin, the coin toss, what the study measured, another run.
// Knows no Gradio. mountChart(chart, legend) -> {update({run, compare, bracket, at, scale, isAsking})}

import { bare, el, percent, say, svg } from "./dom.js";
import { LEFT, RIGHT, WIDTH } from "./scale.js";

const HEIGHT = 262, TOP = 10, BOTTOM = 252, LEAST = 0.4, LETTER = 6.9;
const y = (share) => TOP + ((1 - Math.max(LEAST, share)) / (1 - LEAST)) * (BOTTOM - TOP);
const near = (value) => value.toFixed(1);

export function mountChart(chart, legend) {
  const drawing = svg("svg", { class: "wb-chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  const words = el("div", { class: "wb-unseen", role: "table", "aria-label": "The curve as a table" });
  chart.replaceChildren(drawing, words);
  return {
    update(state) {
      state = { ...state, run: ended(state.run) };
      const parts = [frame(), state.isAsking ? null : bracket(state.bracket)];
      if (state.compare) parts.push(other(state));
      if (state.run?.curve.length) parts.push(...curves(state));
      else if (!state.run) parts.push(text(178, y(0.62), "Here the curve appears, dot by dot", { "text-anchor": "middle", class: "wb-faint" }));
      drawing.replaceChildren(...parts.flat().filter(Boolean));
      drawing.setAttribute("aria-label", sentence(state));
      table(words, state.run);
      keys(legend, state);
    },
  };
}

/** The run with its full evaluation as the last point of the curve, so that the curve ends at the number beside it. */
function ended(run) {
  const last = run?.curve.at(-1);
  if (!run?.final || last?.step !== run.checkpoints.at(-1)?.step) return run;
  const { value: binding, low, high } = run.final.binding;
  return { ...run, curve: [...run.curve.slice(0, -1), { ...last, binding, low, high, recognition: run.final.recognition.value }] };
}

const text = (x, at, said, attributes = {}) => svg("text", { x: near(x), y: near(at), ...attributes }, said);
const line = (points) => points.map(([x, at], place) => `${place ? "L" : "M"}${near(x)} ${near(at)}`).join("");

function frame() {
  const rules = [LEAST, 0.75, 1].map((share) => svg("path", { d: `M${LEFT} ${near(y(share))}H${RIGHT}`, class: "wb-rule" }));
  const labels = [[1, "100 %"], [0.75, "75"], [0.5, "50"], [LEAST, "40"]].map(([share, said]) => text(38, y(share) + 4, said, { "text-anchor": "end" }));
  return [...rules, ...labels,
    svg("path", { d: `M${LEFT} ${near(y(0.5))}H${RIGHT}`, class: "wb-chance" }),
    ...say("coin toss").split(" ").map((word, place) => text(38, y(0.5) + 15 + 11 * place, word, { "text-anchor": "end", class: "wb-tiny" }))];
}

// Only the ends of the study's trainings were measured at all dials, so there is a bracket at the edge and no curve.
function bracket(found) {
  if (!found) return null;
  const at = y(found.value), low = y(found.low ?? found.value), high = y(found.high ?? found.value);
  const title = found.exact ? "Measured in the study at these dials" : "Nearest measured in the study";
  return svg("g", { class: found.exact ? "wb-bracket" : "wb-bracket wb-near" }, svg("title", {}, title),
    svg("rect", { x: 316, y: near(Math.min(high, low - 4)), width: 13, height: near(Math.max(4, low - high)), rx: 3 }),
    svg("path", { d: `M313 ${near(at)}h19`, "stroke-dasharray": found.exact ? null : "4 3" }),
    text(333, at + 4, bare(found.value), { class: "wb-strong" }), text(333, at + 17, found.exact ? "study" : "nearest", { class: "wb-tiny" }));
}

function other({ compare, run, scale }) {
  // Runs of other batches are laid over each other by the pairs that they have seen.
  const batch = run ? run.spec.train.batch_size : compare.spec.train.batch_size;
  const points = compare.curve.filter((point) => point.pairs / batch <= scale.steps.at(-1))
    .map((point) => [scale.x(point.pairs / batch), y(point.binding)]);
  if (!points.length) return [];
  return [svg("path", { d: line(points), class: "wb-ghost" })];
}

function curves({ run, at, scale }) {
  const points = run.curve, xs = points.map((point) => scale.x(point.step));
  const band = [...points.map((point, place) => [xs[place], y(Math.min(1, point.high))]),
    ...points.map((point, place) => [xs[place], y(point.low)]).reverse()];
  const parts = [
    svg("path", { d: `${line(band)}Z`, class: "wb-band" }),
    svg("path", { d: line(points.map((point, place) => [xs[place], point.recognition]).filter(([, value]) => value !== null).map(([x, value]) => [x, y(value)])), class: "wb-recognition" }),
    svg("path", { d: line(points.map((point, place) => [xs[place], y(point.binding)])), class: "wb-binding" }),
  ];
  const step = run.checkpoints[at]?.step ?? points.at(-1).step, here = points.find((point) => point.step === step);
  parts.push(svg("path", { d: `M${near(scale.x(step))} ${TOP}V${HEIGHT}`, class: "wb-here" }));
  if (here) parts.push(svg("circle", { cx: near(scale.x(step)), cy: near(y(here.binding)), r: 6, class: "wb-now" }));
  return [...parts, moment(run, scale)];
}

function moment(run, scale) {
  if (run.bound_at !== null) {
    const point = run.curve.find((each) => each.step === run.bound_at);
    if (!point) return null;
    // Right below the curve, which is above from here on; left of it where it comes late.
    const said = say`it snaps in at step ${run.bound_at}`, x = scale.x(run.bound_at), long = LETTER * said.length;
    const isLate = x - 30 - long > LEFT, start = isLate ? x - 30 - long : Math.min(x + 30, RIGHT - 6 - long);
    const at = y(point.binding) + (isLate ? -2 : 10), from = isLate ? x - 10 : x + 10, to = isLate ? x - 26 : start - 4;
    return svg("g", { class: "wb-moment" }, (isLate || to - from > 4) && svg("path", { d: `M${near(from)} ${near(at)}H${near(to)}` }),
      text(start, at + 4, said));
  }
  if (run.status !== "finished") return null;
  const last = run.curve.at(-1), said = last.low <= 0.5 ? "never leaves the coin toss" : "does not snap in";
  return text(308, y(Math.min(0.95, Math.max(0.69, last.high + 0.06))), said, { "text-anchor": "end", class: "wb-strong" });
}

function sentence({ run, at }) {
  if (!run?.curve.length) return say("Empty: nothing is trained yet");
  const step = run.checkpoints[at]?.step, point = run.curve.find((each) => each.step === step) ?? run.curve.at(-1);
  return say`Step ${point.step}: binding ${percent(point.binding)}, ${percent(point.low)} to ${percent(point.high)}; recognition ${percent(point.recognition ?? 0)}; a coin toss gives 50 %`;
}

// The same numbers for those who read the page with a screen reader.
function table(place, run) {
  const points = run?.curve ?? [];
  if (place.childElementCount === points.length) return;
  place.replaceChildren(...points.map((point) => el("div", { role: "row" },
    [say`step ${point.step}`, say`binding ${percent(point.binding)}`, say`recognition ${percent(point.recognition ?? 0)}`].map((said) => el("span", { role: "cell" }, `${said} `)))));
}

function keys(legend, { compare }) {
  const key = compare?.label ?? "";
  if (legend.dataset.drawn === `-${key}`) return;
  legend.dataset.drawn = `-${key}`;
  const sample = (name) => svg("svg", { viewBox: "0 0 24 9", "aria-hidden": "true" }, svg("path", { d: "M0 4.5h24", class: name }));
  legend.replaceChildren(...[
    el("span", {}, sample("wb-binding"), el("span", {}, "knows who has what")),
    el("span", {}, sample("wb-recognition"), el("span", {}, "knows the words")),
    compare ? el("span", { class: "wb-other", title: compare.label }, sample("wb-ghost"), el("span", {}, compare.label)) : null,
  ].filter(Boolean));
}
