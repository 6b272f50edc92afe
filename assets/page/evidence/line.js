// The line of the study: the figure with a marker that is moved, and its table.

import { contract } from "../contract.js";
import { expectTime, kappaOf, NEAR, roundToTwo } from "./law.js";
import { ARROW_FACTOR } from "./line-dials.js";
import { pixelsOfUnit, useSize } from "../size.js";
import { logAxis, valueOn } from "../log-axis.js";
import { clamp, tenths, thousands } from "../numbers.js";
import { saveTable } from "../save-file.js";
import { WEB } from "../recipe.js";
import { html, useRef } from "../vendor/preact.js";
import { moveFocus, pressByKey, SLIDER_ARROWS } from "../ui.js";
import { joinTexts, percent, say } from "../words.js";

const X_TICKS = [
    [1 / 72, "0.014"],
    [1 / 36, "0.03"],
    [1 / 16, "0.06"],
    [1 / 8, "0.125"],
    [1 / 4, "0.25"],
    [1 / 2, "0.5"],
  ],
  Y_TICKS = [1e4, 2e4, 5e4, 1e5, 2e5, 4e5, 8e5],
  S_TICKS = [
    [10, "10 s"],
    [30, "30 s"],
    [60, "1 min"],
    [180, "3 min"],
    [480, "8 min"],
    [1200, "20 min"],
    [3600, "1 h"],
  ];
const TOP = 20,
  BOTTOM = 44,
  LEFT = 56,
  RIGHT = 50;

export const shortNumber = (value) => Number(value.toFixed(2)).toString();
const webLike = ({ recipes }) => recipes.find(({ name }) => name === WEB);

function makeScale(line, width, height) {
  const data = [...line.data, ...line.later.map((each) => each.data)];
  const kappas = data.map((each) => each.kappa),
    times = data.flatMap(({ trainings }) => trainings.map((each) => each.bound_at ?? each.pairs));
  const across = { low: 0.8 * Math.min(...kappas), high: 1.24 * Math.max(...kappas), from: LEFT, to: width - RIGHT },
    upward = { low: 0.83 * Math.min(...times), high: 1.4 * Math.max(...times), from: height - BOTTOM, to: TOP };
  return {
    width,
    height,
    x: logAxis(across),
    y: logAxis(upward),
    most: upward.high,
    kappa: valueOn(across),
    ends: [across.low * Math.exp(0.02), across.high * Math.exp(-0.02)],
  };
}

/** Whether a kind of data is marked by a dial that does not move the marker. */
export const isMarked = (each, marked) =>
  !marked ||
  (marked.dial === "completeness"
    ? Math.abs(each.completeness - marked.value) < 0.09
    : Math.abs(each.saliency - marked.value) < 0.15 && each.completeness < 1);

export function LineFigure({ state, acts }) {
  const { line, dials, marked } = state,
    [box, { width, height }] = useSize({ width: 440, height: 420 }),
    drag = useRef(false);
  const scale = makeScale(line, width, height);
  const move = ({ clientX }) =>
    acts.moveMarker(scale.kappa((clientX - box.current.getBoundingClientRect().left) / pixelsOfUnit()));
  function press(event) {
    if (!event.target.closest("#evidence-marker")) return;
    drag.current = true;
    event.currentTarget.setPointerCapture(event.pointerId);
  }
  return html`<div class="ev-line" id="evidence-line" ref=${box}><svg viewBox=${`0 0 ${width} ${height}`} role="group"
    aria-label=${say("Pairs until binding against one number of the data")}
      onPointerDown=${press} onPointerMove=${(event) => drag.current && move(event)}
        onPointerUp=${() => {
          drag.current = false;
        }}
        onPointerCancel=${() => {
          drag.current = false;
        }}>
    <${LineFrame} line=${line} scale=${scale} pace=${state.pace} /><${Law} law=${line.law} scale=${scale} />
    <g role="group" aria-label=${say("Trainings")} onKeyDown=${moveFocus}>
      ${line.data.map(
        (each, at) => html`<${LineDots} key=${at} data=${each} index=${at} scale=${scale}
      marked=${marked} acts=${acts} />`,
      )}
      ${line.later.map(
        (each, at) => html`<${Later} key=${each.data.label} later=${each} index=${at} scale=${scale}
      marked=${marked} acts=${acts} />`,
      )}</g>
    <${Unbound} line=${line} scale=${scale} />
    <${Marker} dials=${dials} scale=${scale} acts=${acts} /></svg></div>`;
}

function LineFrame({ line, scale: { x, y, width, height, most }, pace }) {
  const right = width - RIGHT,
    foot = height - BOTTOM,
    [first] = line.recipes,
    web = webLike(line);
  const same = joinTexts(
    line.recipes.filter((each) => Math.abs(each.kappa - first.kappa) < NEAR).map((each) => say(each.title)),
    ", ",
  );
  return html`${Y_TICKS.filter((each) => each < most).map(
    (each) => html`<path class="ev-rule" d=${`M${LEFT} ${tenths(y(each))}H${right}`} />
    <text x=${LEFT - 7} y=${tenths(y(each) + 4)} text-anchor="end">${thousands(each)}</text>`,
  )}
    ${
      pace &&
      S_TICKS.map(([each, said]) => [said, y(each / pace)])
        .filter(([, at]) => at > TOP + 8 && at < foot)
        .map(
          ([said, at]) => html`<path class="ev-tick" d=${`M${right} ${tenths(at)}h4`} />
        <text x=${right + 7} y=${tenths(at + 4)}>
      ${say(said)}</text>`,
        )
    }
    ${X_TICKS.map(
      ([each, said]) => html`<path class="ev-tick" d=${`M${tenths(x(each))} ${foot}v4`} />
      <text x=${tenths(x(each))} y=${foot + 16} text-anchor="middle">${said}</text>`,
    )}
    <path class="ev-axis" d=${`M${LEFT} ${foot}H${right}`} />
      <text class="ev-strong" x="0" y="12">${say("pairs until it binds")}</text>
    ${pace && html`<text class="ev-strong" x=${width} y="12" text-anchor="end">${say("here")}</text>`}
    ${web && html`<text class="ev-name" x=${tenths(x(web.kappa) - 16)} y=${height - 10}>${web.title}</text>`}
      <text class="ev-name" x=${right + 14} y=${height - 10} text-anchor="end">${same}</text>`;
}

function Law({
  law,
  scale: {
    x,
    y,
    ends: [from, to],
  },
}) {
  const wall = law.kappa[0],
    line = (kappas, at = "pairs") =>
      kappas
        .map(
          (each, index) =>
            `${index ? "L" : "M"}${tenths(x(each))} ${tenths(Math.max(TOP, y(expectTime(law, each)[at])))}`,
        )
        .join("");
  const all = Array.from({ length: 9 }, (_, at) => from * (to / from) ** (at / 8));
  return html`<path class="ev-band" d=${`${line(all, "high")}${line([...all].reverse(), "low").replace("M", "L")}Z`} />
    <path class="ev-law ev-open" d=${line([from, wall])} /><path class="ev-law" d=${line([wall, to])} />`;
}

/** The class of dots while a dial is moved that does not move the marker. */
const markName = (data, marked) => (marked ? (isMarked(data, marked) ? " ev-on" : " ev-off") : "");

/** What makes a mark of a training a button that opens it. */
function asButton(data, { seed, pairs, bound_at, key }, said, acts) {
  const open = ({ currentTarget }) =>
    acts.openTorchTraining({ key, label: dataWords(data), seed, pairs, bound_at }, currentTarget);
  return {
    role: "button",
    "aria-label": said,
    onClick: open,
    onKeyDown: pressByKey(open),
  };
}

// Dots of one value would hide each other, so each stands a little beside it; where, its index in the list decides.
const beside = (one, other) => ((Math.sin(12.9898 * one + 78.233 * other) * 43758.5453) % 1) * 0.5;

function LineDots({ data, index: at, scale: { x, y }, marked, acts }) {
  const name = markName(data, marked);
  return data.trainings.map((training, index) => {
    const { pairs, bound_at: time } = training,
      said = describe(data, training),
      left = x(data.kappa * Math.exp(0.1 * beside(at, index))),
      up = y((time ?? pairs) * Math.exp(time ? 0.07 * beside(index, at) : 0)),
      shared = {
        tabindex: at + index ? -1 : 0,
        ...asButton(data, training, said, acts),
        "data-training": training.key,
      };
    return time
      ? html`<circle class=${`ev-dot${name}`} cx=${tenths(left)} cy=${tenths(up)} r="3.1" ...${shared}>
        <title>${said}</title></circle>`
      : html`<path class=${`ev-late${name}`} d=${`M${tenths(left - 3.8)} ${tenths(up + 3)}h7.6l-3.8-6.8z`}
        ...${shared}><title>${said}
        </title></path>`;
  });
}

/** A diamond around a point. */
export const diamond = (x, y) => `M${tenths(x - 4.6)} ${tenths(y)}l4.6-4.6 4.6 4.6-4.6 4.6z`;

/**
 * A kind of data that was forecast before it ran: the interval, and what came; an arrow says that it goes on unbound.
 */
function Later({
  later: {
    data,
    expected: { value, low, high },
  },
  index: at,
  scale: { x, y },
  marked,
  acts,
}) {
  const name = markName(data, marked),
    center = x(data.kappa * 1.09),
    forecast = say`forecast ${roundToTwo(value)} pairs (${roundToTwo(low)} to ${roundToTwo(high)})`;
  return html`<path class=${`ev-forecast${name}`} d=${`M${tenths(center)} ${tenths(y(high))}V${tenths(y(low))}`} />
    ${data.trainings.map((training, index) => {
      const { pairs, bound_at: time } = training,
        said = joinTexts([describe(data, training), forecast]),
        left = center + 4 * (index - (data.trainings.length - 1) / 2),
        up = y(time ?? pairs),
        shared = {
          tabindex: -1,
          ...asButton(data, training, said, acts),
          "data-later": at,
          "data-training": training.key,
        };
      return html`<path class=${`ev-later${time ? "" : " ev-open"}${name}`}
      d=${`${diamond(left, up)}${time ? "" : `M${tenths(left)} ${tenths(up - 4.6)}v-8m-2.6 2.8l2.6-2.8 2.6 2.8`}`}
        ...${shared}><title>${said}
      </title></path>`;
    })}`;
}

/**
 * How far the words were learned where trainings were not bound, "" where that is not known: before most of them were,
 * "not bound" says nothing.
 */
export function learnedWords(share) {
  if (share === null || share === undefined) return "";
  return share >= contract.score.reliable
    ? say("its words are learned")
    : say`words learned: ${percent(Math.max(0, share))}, too short a budget for a verdict`;
}

const dataWords = ({ objects, kinds, density, completeness }) =>
  say`${objects} objects, kinds of attribute: ${kinds}, ${shortNumber(density)} told per named object, ${percent(completeness)} of the objects named`;

function describe({ learned, ...dials }, { seed, pairs, bound_at: time }) {
  const data = dataWords(dials);
  return time
    ? say`${data}; seed ${seed}: bound after ${thousands(time)} pairs`
    : joinTexts(
        [say`${data}; seed ${seed}: not bound within ${thousands(pairs)} pairs`, learnedWords(learned)].filter(Boolean),
      );
}

const COLUMNS = [
  "data",
  "objects in the image",
  "kinds of attributes",
  "attribute density",
  "caption completeness",
  "saliency bias",
  "kappa",
  "seed",
  "budget in pairs",
  "bound at pairs",
  "forecast in pairs",
  "forecast from",
  "forecast to",
  "run",
];

/** A row for each training; the forecast is empty where none was made before it ran. */
export function lineTable({ data, later }) {
  const row = (each, { seed, pairs, bound_at: time, key }, forecast) => [
    each.label,
    each.objects,
    each.kinds,
    each.density,
    each.completeness,
    each.saliency,
    each.kappa,
    seed,
    pairs,
    time ?? "",
    forecast?.value ?? "",
    forecast?.low ?? "",
    forecast?.high ?? "",
    key,
  ];
  const all = [...data.map((each) => [each, null]), ...later.map((each) => [each.data, each.expected])];
  return [
    COLUMNS,
    ...all.flatMap(([each, forecast]) => each.trainings.map((training) => row(each, training, forecast))),
  ];
}

export const saveLine = (line) => saveTable(lineTable(line), "time-by-kappa.csv");

/** How the trainings on web-like data ended: at the foot, above the name of the recipe, where no dot stands. */
function Unbound({ line, scale: { x, height } }) {
  const web = webLike(line),
    trainings = line.data
      .filter((each) => web && Math.abs(each.kappa - web.kappa) < NEAR)
      .flatMap((each) => each.trainings);
  if (!trainings.length) return null;
  const bound = trainings.filter((each) => each.bound_at).length,
    left = tenths(x(web.kappa * 1.45)),
    up = height - BOTTOM - 21;
  return html`<text class="ev-wrong ev-bold" x=${left} y=${tenths(up)}>
    ${bound ? say`${web.title}: ${bound} of ${trainings.length} bound.` : say`${web.title}: none bound.`}</text>
    <text class="ev-wrong" x=${left} y=${tenths(up)} dy="1.2em">${say("Is it later than the line says?")}</text>`;
}

/** The handle of one's own data: it stands at their number, and the trainings above it had about the same. */
function Marker({ dials, scale: { x, width, height }, acts }) {
  const kappa = kappaOf(dials),
    left = tenths(x(kappa)),
    foot = height - BOTTOM,
    up = foot - 9, // on the axis, above its numbers
    label = tenths(clamp(x(kappa), LEFT + 40, width - RIGHT - 32)),
    top = tenths(TOP + 10);
  const key = (event) => {
    const direction = SLIDER_ARROWS[event.key];
    if (!direction) return;
    event.preventDefault();
    acts.moveMarker(kappa * ARROW_FACTOR ** direction);
  };
  return html`<path class="ev-guide" d=${`M${left} ${foot}V${TOP}`} />
    <g id="evidence-marker" tabindex="0" role="slider" aria-label=${say("The number of your data")}
      aria-valuemin="0.01" aria-valuemax="0.5" aria-valuenow=${kappa.toFixed(3)}
      aria-valuetext=${say`${kappa.toFixed(3)}. Attributes told per named object: ${shortNumber(dials.density)}; objects: ${dials.objects}; kinds of attribute: ${dials.kinds}.`}
      onKeyDown=${key}>
      <circle class="ev-halo" cx=${left} cy=${up} r="17" /><circle class="ev-mine" cx=${left} cy=${up} r="8.5" />
        <path class="ev-arrows"
        d=${`M${tenths(x(kappa) - 13.5)} ${tenths(up - 3.4)}l-3.6 3.4 3.6 3.4M${tenths(x(kappa) + 13.5)} ${tenths(up - 3.4)}l3.6 3.4-3.6 3.4`} />
      <rect class="ev-flag" x=${label} y=${top} />
        <text class="ev-flagged" x=${label} y=${top}
        text-anchor="middle">${say("your data")}</text></g>`;
}
