// The dots of a class as one SVG: across, how much the captions tell; upward, the pairs that each device has read.
//
// A dot that landed is blue, and filled once the server has checked its model. Orange triangles have not bound within
// the budget; a dashed dot is silent.
// Colors are variables of the style sheet, so that the drawing follows the theme; savePng puts their values into a
// file.

import { logAxis } from "../log-axis.js";
import { clamp, thousands } from "../numbers.js";
import { html } from "../vendor/preact.js";

const LEFT = 0.09,
  RIGHT = 0.56,
  BOTTOM = 7000,
  TOP = 130_000,
  TICKS = [10_000, 20_000, 40_000, 80_000];
/** Rows of type below the axis: what half a square of a slanted name takes, and all of them at most. */
const LETTER = 0.37,
  MAX_FOOT = 8,
  MAX_HALVES = 13,
  WIDE = /[\u1100-\u9fff\uac00-\ud7ff\uf900-\uff60]|[^\0-\uffff]/u;
const INK = "var(--class-ink)",
  QUIET = "var(--class-quiet)",
  PANEL = "var(--class-panel)",
  LINE = "var(--class-line)",
  RIGHT_COLOR = "var(--class-right)",
  WRONG = "var(--class-wrong)";

/** Whether a drawing has room for whole phrases along its axes: as wide as a screen, and not as a phone. */
export const isWide = ({ width }) => width > 1000;

const halvesOf = (name) => [...name].reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0);

/** A name that ends above what stands below the axis: a letter takes half a square, one of Chinese a whole one. */
export function shortName(name) {
  if (halvesOf(name) <= MAX_HALVES) return name;
  const letters = [...name];
  while (halvesOf(letters.join("")) >= MAX_HALVES) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}

/**
 * @param size {width, height, type, radius, hasNames}: a wall has names below its axis
 * @param mine number of the pupil who looks
 * @param newest of the one that landed last
 */
export function Climb({ reference, id, wall: { dots, line, budget }, size, mine = null, newest = null, tell }) {
  const { width, height, type, hasNames } = size,
    longest = Math.max(0, ...dots.map(({ nickname }) => halvesOf(shortName(nickname)))),
    plot = {
      left: 4.4 * type,
      right: width - type,
      top: 1.4 * type,
      bottom: height - (hasNames ? Math.min(MAX_FOOT, 2.9 + LETTER * longest) : 1.9) * type,
    };
  const x = logAxis({ low: LEFT, high: RIGHT, from: plot.left, to: plot.right }),
    upward = logAxis({ low: BOTTOM, high: TOP, from: plot.bottom, to: plot.top }),
    y = (pairs) => upward(clamp(pairs, BOTTOM, TOP));
  const at = (side) => line.map((each) => `${x(each.kappa).toFixed(1)} ${y(each[side]).toFixed(1)}`),
    text = { fill: QUIET, "font-size": type },
    ends = isWide(size)
      ? { few: "wall.few_things", each: "wall.each_thing", size: 0.8 * type }
      : { few: "wall.few", each: "wall.each", size: type };
  return html`<svg ref=${reference} viewBox=${`0 0 ${width} ${height}`} id=${id} class="class-wall" role="group"
    aria-label=${tell("wall.axis")} font-family="system-ui, sans-serif">
    ${
      line.length > 0 &&
      html`<path d=${`M${at("high").join("L")}L${at("low").reverse().join("L")}Z`}
      fill="var(--class-band)"
      data-part="band" /><path d=${`M${at("pairs").join("L")}`} fill="none" stroke=${INK} stroke-width=${type / 10}
        data-part="line" />`
    }
    <text x=${type / 2} y=${type} ...${text}>${tell(hasNames ? "wall.axis" : "wall.pairs")}</text>
    ${TICKS.map(
      (pairs) => html`<path d=${`M${plot.left} ${y(pairs)}H${plot.right}`} stroke=${LINE} />
      <text x=${plot.left - type / 2} y=${y(pairs) + type / 3} text-anchor="end" ...${text}>
        ${thousands(pairs)}</text>`,
    )}
    <path d=${`M${plot.left} ${y(budget)}H${plot.right}`} stroke=${QUIET} stroke-width=${type / 14}
      stroke-dasharray=${`${type / 2} ${type / 3}`} />
        <text x=${plot.right} y=${y(budget) - type / 3} text-anchor="end" ...${text}>
      ${tell("wall.budget")}</text>
    <path d=${`M${plot.left} ${plot.bottom}H${plot.right}`} stroke=${LINE} />
      <text x=${plot.left} y=${height - type / 2} ...${text} font-size=${ends.size}>
      ${tell(ends.few)}</text><text x=${plot.right} y=${height - type / 2}
        text-anchor="end" ...${text} font-size=${ends.size}>${tell(ends.each)}</text>
    ${dots
      .filter(({ state }) => state !== "watching")
      .map(
        (dot) => html`<${ClimbDot} key=${dot.pupil} ...${{ dot, size, tell }}
      isMine=${dot.pupil === mine} isNewest=${dot.pupil === newest} top=${plot.top} x=${x(dot.kappa)}
        y=${y(dot.state === "ended" ? budget : dot.pairs)} bottom=${plot.bottom} />`,
      )}</svg>`;
}

/** The color of a dot by its state. */
export const colorOf = ({ state }) => (state === "landed" ? RIGHT_COLOR : state === "ended" ? WRONG : INK);

/** What a dot says, and how it is found. */
export function propsOf(
  { pupil, nickname, pairs, state, is_silent: isSilent, is_checked: isChecked },
  { isMine, tell },
) {
  const said = tell("wall.dot", {
    name: nickname || tell("wall.somebody"),
    pairs: thousands(pairs),
    status: tell(isSilent ? "wall.silent" : isChecked ? "wall.checked" : `wall.${state}`),
  });
  const found = { pupil, state, silent: isSilent, checked: isChecked, mine: isMine };
  return {
    role: "img",
    "aria-label": said,
    translate: "no",
    ...Object.fromEntries(Object.entries(found).map(([name, value]) => [`data-${name}`, String(value)])),
  };
}

/** A triangle for what has not bound, else a disc: full once its model is checked, dashed without news. */
export function signOf(dot, { x, y, radius, line = radius / 4 }) {
  const { state, is_silent: isSilent, is_checked: isChecked } = dot,
    paint = { fill: isChecked ? colorOf(dot) : PANEL, stroke: colorOf(dot), "stroke-width": line };
  return state === "ended"
    ? html`<path d=${`M${x} ${y - radius}L${x + radius} ${y + radius}H${x - radius}Z`} ...${paint} fill=${PANEL} />`
    : html`<circle cx=${x} cy=${y} r=${radius} ...${paint}
        stroke-dasharray=${isSilent || state === "paused" ? `${2 * line} ${(4 * line) / 3}` : null} />`;
}

function ClimbDot({ dot, size: { type, radius, hasNames }, isMine, isNewest, x, y, top, bottom, tell }) {
  const { nickname, state } = dot,
    isLanded = state === "landed",
    color = colorOf(dot),
    r = isMine ? 2 * radius : radius,
    isClimbing = state === "training" && !dot.is_silent,
    props = propsOf(dot, { isMine, tell });
  return html`<g ...${props}><title>${props["aria-label"]}</title>
    ${
      (hasNames || isMine) &&
      html`<path d=${`M${x} ${bottom}V${y + r}`} stroke=${color} stroke-width=${radius / 4}
      opacity=${isLanded ? 0.4 : 0.8} />`
    }
    ${
      isMine &&
      isClimbing &&
      html`<path d=${`M${x} ${y - r}V${top}`} stroke=${INK}
      stroke-dasharray=${`${radius / 3} ${radius}`} />`
    }
    ${signOf(dot, { x, y, radius: r, line: radius / 4 })}
    ${
      (hasNames || isMine) &&
      isClimbing &&
      html`<path d=${`M${x - r / 2} ${y + r / 5}l${r / 2} ${-r / 2} ${r / 2} ${r / 2}`} fill="none"
      stroke=${INK} stroke-width=${radius / 4} />`
    }
    ${
      isNewest &&
      html`<circle cx=${x} cy=${y} r=${1.8 * radius} fill="none" stroke=${color}
      stroke-width=${radius / 5} />`
    }
    ${
      isMine &&
      !hasNames &&
      html`<text x=${x - 2 * r} y=${y + type / 3} text-anchor="end" fill=${INK}
      font-size=${type} font-weight="700"
      stroke=${PANEL} stroke-width=${type / 4} stroke-linejoin="round" paint-order="stroke">${nickname}</text>`
    }
    ${
      hasNames &&
      html`<text x=${x + type / 3} y=${bottom + type} text-anchor="end" fill=${isLanded ? INK : QUIET}
      font-size=${0.85 * type}
      font-weight=${isLanded ? 700 : 400} transform=${`rotate(-45 ${x + type / 3} ${bottom + type})`}>
        ${shortName(nickname)}</text>`
    }</g>`;
}
