// The line of the study: the dials of the data, and the figure with a marker that is moved.

import { contract } from "../contract.js";
import { clamp, expectTime, kappaOf, KINDS, MIN_DIALED_DENSITY, NEAR, OBJECTS, roundToTwo } from "./law.js";
import { pixelsOfUnit, useSize } from "../size.js";
import { logAxis, valueOn } from "../log-axis.js";
import { count } from "../numbers.js";
import { saveTable } from "../save-file.js";
import { WEB } from "../recipe.js";
import { html, useRef } from "../vendor/preact.js";
import { Caption, moveFocus, pressByKey, Sign } from "../ui.js";
import { joinBySign, joinTexts, percent, roughDuration, say } from "../words.js";
import { measuredWords } from "../bench/measured.js";

const STEP = 1.06; // of an arrow key
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

const tenths = (value) => value.toFixed(1);
const short = (value) => Number(value.toFixed(2)).toString();
const webLike = ({ recipes }) => recipes.find(({ name }) => name === WEB);

// ---- Dials

const dialOf = (kinds) => ({ low: MIN_DIALED_DENSITY, high: kinds, from: 0, to: 1 });
const shareOf = (value, kinds) => logAxis(dialOf(kinds))(value);
const round = (value) => Number((value < 1 ? Math.round(value * 50) / 50 : Math.round(value * 20) / 20).toFixed(2));
const valueAt = (share, kinds) => round(valueOn(dialOf(kinds))(share));

/** The next round value of the density, as an arrow key moves it. */
export function nextDensity(density, direction) {
  let value = density;
  do value *= STEP ** direction;
  while (round(value) === round(density));
  return round(value);
}

export function DialsColumn({ state: { line, dials, recipe, sample }, acts }) {
  const { objects, kinds, density, completeness, saliency } = dials,
    share = shareOf(density, kinds);
  return html`<div class="ev-dials">
    <div class="ev-recipes" role="radiogroup" aria-label=${say("Recipe")} onKeyDown=${walk}>
      ${line.recipes.map(
        ({ name, title }) =>
          html`<button key=${name} type="button" role="radio" aria-checked=${String(name === recipe)}
      tabindex=${name === (recipe ?? line.recipes[0].name) ? 0 : -1} onClick=${() => acts.recipe(name)}>
        ${title}</button>`,
      )}</div>
    <div class="ev-sample">${
      sample &&
      html`<img src=${sample.image} alt=${sample.alt} width="83" height="83" />
      <p translate=${false}>
      <${Caption} words=${sample.words} /></p>`
    }</div>
    <${Range} id="ev-density" label=${say("Attributes told per named object")} said=${density.toFixed(2)}
      low=${0} high=${1} value=${share}
      step=${0.001} onMove=${(at) => acts.dial({ density: valueAt(at, kinds) })}
      onArrow=${(direction) => acts.dial({ density: nextDensity(density, direction) })}>
      <div class="ev-ruler" aria-hidden="true">${line.corpora
        .filter(({ value }) => value <= kinds)
        .map(({ value }) => html`<i style=${{ left: `${100 * shareOf(value, kinds)}%` }} />`)}</div>
      <div class="ev-corpora">${line.corpora.map(
        ({ label, value }) => html`<button type="button"
        title=${say`Set the dial to what was counted in ${label}`}
          onClick=${() => acts.dial({ density: Number(value.toFixed(2)) })}>
        ${label} <b>${value.toFixed(2)}</b></button>`,
      )}</div>
      <p class="ev-caveat" title=${line.caveat}>
        ${say("Counted in real captions, every adjective. Places on this dial, not predictions.")}
        </p>
    <//>
    <${Segments} label=${say("Objects in the picture")} choices=${OBJECTS} value=${objects}
      onChoose=${(each) => acts.dial({ objects: each })} />
    <${Segments} label=${say("Kinds of attribute")} choices=${KINDS.map((_, at) => at + 1)}
      titles=${KINDS.map((_, at) =>
        joinTexts(
          KINDS.slice(0, at + 1).map((kind) => say(kind)),
          ", ",
        ),
      )} value=${kinds}
      onChoose=${(each) => acts.dial({ kinds: each })} />
    <div class="ev-silent"><p>${say("The number leaves these out. Move them and see:")}</p>
      <${Range} id="ev-completeness" label=${say("Share of the scene told")}
        said=${completeness > 0.995 ? say("all of it") : percent(completeness)} low=${1 / objects}
          high=${1} value=${completeness}
        step=${0.01} onMove=${(at) => acts.mark("completeness", at)} />
      <${Range} id="ev-saliency" label=${say("Only the big things told")}
        said=${saliency > 0.97 ? say("always") : saliency < 0.03 ? say("any") : percent(saliency)} low=${0}
          high=${1} value=${saliency}
        step=${0.05} onMove=${(at) => acts.mark("saliency", at)} /></div></div>`;
}

const BY_ARROW = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

/** With `onArrow` an arrow key does what it does, else it moves by a step. */
const Range = ({ id, label, said, low, high, value, step, onMove, onArrow, children }) =>
  html`<div class="ev-dial"><div><label for=${id}>${label}</label><output for=${id}>${said}</output></div>
  <input type="range" id=${id} min=${low} max=${high} step=${step} value=${value} aria-valuetext=${said}
    style=${{ "--filled": `${(100 * (value - low)) / (high - low)}%` }}
      onInput=${({ target }) => onMove(Number(target.value))}
    onKeyDown=${onArrow && ((event) => event.key in BY_ARROW && (event.preventDefault(), onArrow(BY_ARROW[event.key])))} />
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

// ---- The figure

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
const isMarked = (each, marked) =>
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
    acts.put(scale.kappa((clientX - box.current.getBoundingClientRect().left) / pixelsOfUnit()));
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
    <${Frame} line=${line} scale=${scale} pace=${state.pace} /><${Law} law=${line.law} scale=${scale} />
    <g role="group" aria-label=${say("Trainings")} onKeyDown=${moveFocus}>
      ${line.data.map(
        (each, at) => html`<${Dots} key=${at} data=${each} index=${at} scale=${scale}
      marked=${marked} acts=${acts} />`,
      )}
      ${line.later.map(
        (each, at) => html`<${Later} key=${each.data.label} later=${each} index=${at} scale=${scale}
      marked=${marked} acts=${acts} />`,
      )}</g>
    <${Unbound} line=${line} scale=${scale} />
    <${Marker} dials=${dials} scale=${scale} acts=${acts} /></svg></div>`;
}

function Frame({ line, scale: { x, y, width, height, most }, pace }) {
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
    <text x=${LEFT - 7} y=${tenths(y(each) + 4)} text-anchor="end">${count(each)}</text>`,
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

// Dots of one value would hide each other, so each stands a little beside it; where, its place in the list decides.
const beside = (one, other) => ((Math.sin(12.9898 * one + 78.233 * other) * 43758.5453) % 1) * 0.5;

function Dots({ data, index: at, scale: { x, y }, marked, acts }) {
  const isOn = isMarked(data, marked),
    name = marked ? (isOn ? " ev-on" : " ev-off") : "";
  return data.trainings.map(({ seed, pairs, bound_at: time, key }, index) => {
    const said = describe(data, time, pairs, seed),
      open = ({ currentTarget }) =>
        acts.older({ key, label: dataWords(data), seed, pairs, bound_at: time }, currentTarget),
      left = x(data.kappa * Math.exp(0.1 * beside(at, index))),
      up = y((time ?? pairs) * Math.exp(time ? 0.07 * beside(index, at) : 0)),
      shared = {
        tabindex: at + index ? -1 : 0,
        role: "button",
        "aria-label": said,
        "data-training": key,
        onClick: open,
        onKeyDown: pressByKey(open),
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
  const name = marked ? (isMarked(data, marked) ? " ev-on" : " ev-off") : "",
    center = x(data.kappa * 1.09),
    forecast = say`forecast ${roundToTwo(value)} pairs (${roundToTwo(low)} to ${roundToTwo(high)})`;
  return html`<path class=${`ev-forecast${name}`} d=${`M${tenths(center)} ${tenths(y(high))}V${tenths(y(low))}`} />
    ${data.trainings.map(({ seed, pairs, bound_at: time, key }, index) => {
      const said = joinTexts([describe(data, time, pairs, seed), forecast]),
        open = ({ currentTarget }) =>
          acts.older({ key, label: dataWords(data), seed, pairs, bound_at: time }, currentTarget),
        left = center + 4 * (index - (data.trainings.length - 1) / 2),
        up = y(time ?? pairs),
        shared = {
          tabindex: -1,
          role: "button",
          "aria-label": said,
          "data-later": at,
          "data-training": key,
          onClick: open,
          onKeyDown: pressByKey(open),
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
  say`${objects} objects, kinds of attribute: ${kinds}, ${short(density)} told per named object, ${percent(completeness)} of the objects named`;

function describe({ learned, ...dials }, time, pairs, seed) {
  const data = dataWords(dials);
  return time
    ? say`${data}; seed ${seed}: bound after ${count(time)} pairs`
    : joinTexts(
        [say`${data}; seed ${seed}: not bound within ${count(pairs)} pairs`, learnedWords(learned)].filter(Boolean),
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
    const factor = { ArrowRight: STEP, ArrowUp: STEP, ArrowLeft: 1 / STEP, ArrowDown: 1 / STEP }[event.key];
    if (!factor) return;
    event.preventDefault();
    acts.put(kappa * factor);
  };
  return html`<path class="ev-guide" d=${`M${left} ${foot}V${TOP}`} />
    <g id="evidence-marker" tabindex="0" role="slider" aria-label=${say("The number of your data")}
      aria-valuemin="0.01" aria-valuemax="0.5" aria-valuenow=${kappa.toFixed(3)} onKeyDown=${key}>
      <circle class="ev-halo" cx=${left} cy=${up} r="17" /><circle class="ev-mine" cx=${left} cy=${up} r="8.5" />
        <path class="ev-arrows"
        d=${`M${tenths(x(kappa) - 13.5)} ${tenths(up - 3.4)}l-3.6 3.4 3.6 3.4M${tenths(x(kappa) + 13.5)} ${tenths(up - 3.4)}l3.6 3.4-3.6 3.4`} />
      <rect class="ev-flag" x=${label} y=${top} />
        <text class="ev-flagged" x=${label} y=${top}
        text-anchor="middle">${say("your data")}</text></g>`;
}

// ---- The number, and what it says

export const Fraction = ({ dials }) =>
  html`<p class="ev-fraction"><span><span>${say("attributes told per named object")}</span><span>
  ${say("objects in the picture × kinds of attribute²")}</span></span> = <span class="ev-number">
    <span>${short(dials.density)}</span><span>
  ${dials.objects} × ${dials.kinds}²</span></span> = <b>
    ${kappaOf(dials) < 0.1 ? kappaOf(dials).toFixed(3) : kappaOf(dials).toFixed(2)}
  </b></p>`;

/** The dials as a recipe with changes. The budget is at least that of the trainings measured near, if all of them bound. */
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
        : html`<p><b>${head}</b> ${rest.length > 0 && joinBySign(rest, " ")} <small>${time}</small></p>
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
  return html`<p><b>${say("Same number.")}
    </b> ${
      dial === "completeness"
        ? say`Marked: ${number} trainings that read captions naming about ${percent(value)} of the objects.`
        : say`Marked: ${number} trainings whose captions named ${which}.`
    }<small>
    ${say("Your marker stays where it is, because the number leaves this dial out.")}</small></p>`;
}
