// The wall: the dots of the class, what has landed, and the line of recorded trainings once the teacher shows it.

import { contract } from "../contract.js";
import { thousands } from "../numbers.js";
import { bare } from "../words.js";
import { Sentences } from "../ui.js";
import { html, useRef } from "../vendor/preact.js";
import { Climb } from "./climb.js";
import { BitsOfAll } from "./equal-bits.js";
import { Rows } from "./rows.js";
import { savePng, saveTable } from "../save-file.js";

const SIZE = { width: 1400, height: 700, type: 28, radius: 12, hasNames: true },
  /** On the teacher's phone the same letters are a larger share of the drawing. */
  NARROW_SIZE = { ...SIZE, width: 900, height: 900 },
  /** Rows take the height that is left beside what has landed. */
  ROWS_SIZE = { ...SIZE, height: 800 },
  FILE = { ground: "--class-panel", scale: 2 },
  ENOUGH = 10,
  NEWEST = 4;

export function Wall({
  state: {
    view: { wall, is_study_shown: isStudyShown },
    pictures,
    isNarrow,
  },
  acts,
  tell,
}) {
  const drawing = useRef(null),
    seen = useRef(null),
    { trains, landed: all, over, watching } = countsOf(wall);
  seen.current = rememberLandings(seen.current, all);
  const landed = [...all].sort((one, other) => landingOrder(seen.current, one) - landingOrder(seen.current, other)),
    { newest } = seen.current,
    inside = landed.filter(isInside).length,
    // Where all devices only watch, nobody will land.
    isEarly = wall.dots.length === 0 || over < Math.min(ENOUGH, trains.length);
  const kind = kindOf(wall),
    Drawing = kind === "train" ? Climb : Rows,
    wideSize = kind === "train" ? SIZE : ROWS_SIZE,
    size = isNarrow ? NARROW_SIZE : wideSize;
  return html`<h1 class="class-title">${tell(`${kind}.wall`, { n: trains.length })}</h1>
    <p class="class-quiet"><${Sentences}>${tell(`${kind}.how`, { level: bare(contract.binding.level) })}${
      kind === "own" && landed.some(({ scored }) => scored !== null) && tell("own.press")
    }<//></p>
    <div class="class-wall-box"><${Drawing} reference=${drawing} id="class-wall" wall=${wall}
      size=${size} newest=${newest} open=${kind === "own" ? acts.showPictures : null}
      tell=${tell} />
    <div class="class-wall-foot"><${Landed} ...${{ trains, landed, kind, tell }} />
      ${wall.bits && html`<${BitsOfAll} bits=${wall.bits} tell=${tell} />`}
      ${kind === "own" && html`<${Spread} ...${{ landed, tell }} />`}
      <${WallLegend} ...${{ trains, line: wall.line, watching, tell }} />
      <p id="class-point">${
        kind === "train" &&
        trains.length > 0 &&
        (isStudyShown ? landed.length > 0 && tell("wall.inside", { inside, n: landed.length }) : tell("train.point"))
      }</p>
      ${
        kind !== "own" &&
        html`<button type="button" class=${`class-button${isStudyShown ? "" : " class-first"}`} id="class-study"
        aria-pressed=${String(isStudyShown)}
        disabled=${!isStudyShown && isEarly} onClick=${acts.toggleStudy}>
        ${tell(isStudyShown ? "train.hide_study" : "train.study")}</button>`
      }
      <div class="class-files"><button type="button" class="class-button" id="class-png"
        onClick=${() => savePng("class-wall.png", drawing.current, { ...size, ...FILE })}>
        ${tell("wall.png")}</button><button type="button" class="class-button" id="class-csv"
        onClick=${() => saveTable(wallTable(wall), "class-wall.csv")}>${tell("wall.csv")}</button></div></div></div>${
          pictures &&
          html`<${pictures.Box} ...${{ pictures, tell }} close=${acts.closePictures}
      nickname=${wall.dots.find(({ pupil }) => pupil === pictures.pupil)?.nickname ?? ""} />`
        }`;
}

/** How many devices have landed, and the newest of them. */
function Landed({ trains, landed, kind, tell }) {
  return html`<p class="class-quiet" id="class-landed" role="status"><${Sentences}><b>${
    trains.length ? tell("wall.count", { n: landed.length, of: trains.length }) : tell("wall.none")
  }</b>
      ${
        // Where all train the same they land at the same pairs.
        kind !== "same" &&
        landed
          .slice(-NEWEST)
          .reverse()
          .map((dot) => html`<span translate=${false}><b>${dot.nickname}</b>${" "}${thousands(dot.pairs)}</span>`)
      }<//></p>`;
}

/** What is chance where all have the same captions: the middle device, and the slowest beside the quickest. */
function Spread({ landed, tell }) {
  const spread = spreadOfTimes(landed);
  if (!spread) return null;
  const { middle, last, first, times } = spread;
  return html`<p class="class-box" id="class-spread" translate=${false}><${Sentences}>
      ${tell("own.middle", { pairs: thousands(middle) })}
      ${times > 1.1 && tell("own.spread", { last, first, times: times.toFixed(1) })}<//></p>`;
}

/** The signs of the drawing, with how many devices have each. */
function WallLegend({ trains, line, watching, tell }) {
  return html`<ul class="class-legend">${LEGEND.map(([status, sign]) => [
    sign,
    tell(`wall.${status}`),
    trains.filter((dot) => statusOf(dot) === status).length,
  ])
    .filter(([, , n]) => n > 0)
    .map(
      ([sign, said, n]) => html`<li>
        <svg viewBox="0 0 18 12" aria-hidden="true">${sign}</svg><span>${said}${" "}<b>${n}</b></span></li>`,
    )}
        ${
          line.length > 0 &&
          html`<li><svg viewBox="0 0 18 12" aria-hidden="true">
          <path d="M0 6h18" stroke="var(--class-ink)" stroke-width="1.8" />
        </svg>${tell("wall.line", { n: line.length })}</li>
          <li><svg viewBox="0 0 18 12" aria-hidden="true"><path d="M0 0h18v12H0z" fill="var(--class-band)" /></svg>
        ${tell("wall.band")}</li>`
        }${watching > 0 && html`<li>${tell("wall.watch", { n: watching })}</li>`}</ul>`;
}

/**
 * What the devices of a wall train: the class's own world, all the same, or captions of their own; a prefix of texts.
 */
export function kindOf({ world, bits }) {
  if (world) return "own";
  return bits ? "same" : "train";
}

/**
 * In which order this page saw dots land, {order, newest}: pupils, those that it found landed first; `newest` is null
 * for these, as nobody knows which of them was the last.
 */
export function rememberLandings(before, landed) {
  const order = before?.order ?? [],
    fresh = landed.map(({ pupil }) => pupil).filter((pupil) => !order.includes(pupil));
  return { order: [...order, ...fresh], newest: before ? (fresh.at(-1) ?? before.newest) : null };
}

const landingOrder = ({ order }, { pupil }) => order.indexOf(pupil);

const disc = (fill, stroke) =>
  html`<circle cx="9" cy="6" r="4.6" fill=${`var(--class-${fill})`} stroke=${`var(--class-${stroke})`}
  stroke-width="1.8" />`;
const LEGEND = [
  ["checked", disc("right", "right")],
  ["landed", disc("panel", "right")],
  ["training", disc("panel", "ink")],
  [
    "ended",
    html`<path d="M9 1.4l5 9.2H4z" fill="var(--class-panel)" stroke="var(--class-wrong)"
    stroke-width="1.8" />`,
  ],
];

const statusOf = ({ state, is_checked: isChecked }) =>
  state === "landed" && isChecked ? "checked" : state === "paused" ? "training" : state;

const isInside = ({ pairs, expected }) => expected !== null && expected.low <= pairs && pairs <= expected.high;

/** What a wall counts: devices that train, those that landed, how many are over, and how many watch. */
export function countsOf({ dots }) {
  const inStates = (...states) => dots.filter(({ state }) => states.includes(state)),
    watching = inStates("watching").length;
  return {
    trains: dots.filter(({ state }) => state !== "watching"),
    landed: inStates("landed"),
    over: inStates("landed", "ended").length,
    watching,
  };
}

/** The pairs of the middle one of those that landed, and how far the slowest is from the quickest. */
export function spreadOfTimes(landed) {
  if (landed.length < 3) return null;
  const order = [...landed].sort((one, other) => one.pairs - other.pairs),
    [first, last] = [order[0], order.at(-1)];
  return {
    middle: order[Math.floor((order.length - 1) / 2)].pairs,
    first: first.nickname,
    last: last.nickname,
    times: last.pairs / first.pairs,
  };
}

const COLUMNS = [
  "nickname",
  "objects",
  "kinds",
  "density",
  "kappa",
  "pairs",
  "accuracy",
  "state",
  "scored",
  "expected",
  "expected_low",
  "expected_high",
];

/** A row per pupil whose device trains or watches. */
export const wallTable = ({ dots }) => [
  COLUMNS,
  ...dots.map(({ nickname, objects, kinds, density, kappa, pairs, accuracy, state, scored, expected }) => [
    nickname,
    objects,
    kinds,
    density,
    kappa,
    pairs,
    accuracy,
    state,
    scored,
    expected?.pairs,
    expected?.low,
    expected?.high,
  ]),
];
