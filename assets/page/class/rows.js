// The trainings of a class on its own world as one SVG: a row for each phone, whose line grows while it trains and ends
// in the sign of climb.js. All read captions of the same kind, so how far the rows differ is chance.

import { logAxis } from "../log-axis.js";
import { clamp, thousands } from "../numbers.js";
import { pressByKey } from "../ui.js";
import { html } from "../vendor/preact.js";
import { colorOf, isWide, propsOf, shortName, signOf } from "./climb.js";

const BOTTOM = 6500,
  MIN_SPAN = 7, // of a rehearsal whose trainings are short
  TICKS = [7_000, 10_000, 15_000, 20_000, 30_000];
const INK = "var(--class-ink)",
  QUIET = "var(--class-quiet)",
  LINE = "var(--class-line)",
  STATE_ORDER = { landed: 0, training: 1, paused: 1, ended: 2 };

/**
 * First those that landed, the soonest at the top, then those that train, the furthest first, and at last the others.
 */
export const inRows = (dots) =>
  dots
    .filter(({ state }) => state in STATE_ORDER)
    .sort(
      (one, other) =>
        STATE_ORDER[one.state] - STATE_ORDER[other.state] ||
        (one.state === "landed" ? one.pairs - other.pairs : other.pairs - one.pairs) ||
        one.pupil - other.pupil,
    );

/**
 * @param size as of `Climb`; @param mine number of the pupil who looks; @param newest of the one that landed last
 * @param open shows the pictures of a row whose model was checked; null on a phone
 */
export function Rows({
  reference,
  id,
  wall: { dots, line, budget },
  size,
  mine = null,
  newest = null,
  open = null,
  tell,
}) {
  const { width, height, type, hasNames } = size,
    rows = inRows(dots),
    bottom = Math.min(BOTTOM, budget / MIN_SPAN),
    plot = {
      left: hasNames ? 9 * type : type,
      right: width - 4.6 * type,
      top: 2.4 * type,
      bottom: height - 1.8 * type,
    };
  const across = logAxis({ low: bottom, high: budget, from: plot.left, to: plot.right }),
    x = (pairs) => across(clamp(pairs, bottom, budget)),
    step = (plot.bottom - plot.top) / Math.max(rows.length, 8),
    letter = Math.min(0.85 * type, 0.8 * step),
    text = { fill: QUIET, "font-size": 0.85 * type },
    band = line.length > 0 && dots[0]?.expected;
  return html`<svg ref=${reference} viewBox=${`0 0 ${width} ${height}`} id=${id} class="class-wall" role="group"
    aria-label=${tell("wall.axis")} font-family="system-ui, sans-serif">
    ${
      band &&
      html`<rect x=${x(band.low)} y=${plot.top} width=${x(band.high) - x(band.low)} height=${plot.bottom - plot.top}
      fill="var(--class-band)" data-part="band" />
      <path d=${`M${x(band.pairs)} ${plot.top}V${plot.bottom}`} stroke=${INK} stroke-width=${type / 10} data-part="line" />`
    }
    <text x=${plot.left} y=${1.2 * type} ...${text} fill=${INK} font-weight="600">${tell(isWide(size) ? "wall.axis" : "wall.pairs")}</text>
    ${TICKS.filter((pairs) => pairs < budget && (isWide(size) || pairs !== 15_000)).map(
      (pairs) => html`<path d=${`M${x(pairs)} ${plot.top}V${plot.bottom}`} stroke=${LINE} />
      <text x=${x(pairs)} y=${plot.bottom + 1.3 * type} text-anchor="middle" ...${text}>${thousands(pairs)}</text>`,
    )}
    <path d=${`M${x(budget)} ${plot.top}V${plot.bottom}`} stroke=${QUIET} stroke-width=${type / 14}
      stroke-dasharray=${`${type / 2} ${type / 3}`} />
    ${hasNames && html`<text x=${x(budget)} y=${plot.top - type / 2} text-anchor="middle" ...${text}>${tell("own.ends")}</text>`}
    ${rows.map((dot, index) => {
      const at = { x: x(dot.state === "ended" ? budget : dot.pairs), y: plot.top + (index + 0.5) * step },
        isMine = dot.pupil === mine,
        radius = Math.min(size.radius, 0.4 * step) * (isMine ? 1.4 : 1);
      return html`<${DeviceRow} key=${dot.pupil} ...${{ dot, at, radius, letter, hasNames, isMine, open, tell }} left=${plot.left}
        band=${{ x: 0, y: plot.top + index * step, width, height: step }}
        isNewest=${dot.pupil === newest} />`;
    })}</svg>`;
}

function DeviceRow({ dot, at: { x, y }, radius, letter, hasNames, isMine, isNewest, left, band, open, tell }) {
  const { nickname, pairs, state } = dot,
    color = colorOf(dot),
    props = propsOf(dot, { isMine, tell }),
    canOpen = open && dot.scored !== null;
  const press = () => open(dot.pupil),
    button = canOpen && { role: "button", tabindex: 0, onClick: press, onKeyDown: pressByKey(press) };
  return html`<g ...${props} ...${button || {}}><title>${props["aria-label"]}</title>
    ${canOpen && html`<rect ...${band} class="class-row" />`}
    <path d=${`M${left} ${y}H${x - radius}`} stroke=${color} stroke-width=${Math.max(1, radius / 4)}
      opacity=${state === "landed" ? 0.4 : 0.8} stroke-dasharray=${state === "ended" || dot.is_silent ? `${radius / 2} ${radius / 3}` : null} />
    ${signOf(dot, { x, y, radius })}
    ${isNewest && html`<circle cx=${x} cy=${y} r=${1.8 * radius} fill="none" stroke=${color} stroke-width=${radius / 5} />`}
    ${
      hasNames &&
      html`<text x=${left - radius - letter / 2} y=${y + letter / 3} text-anchor="end" fill=${state === "landed" ? INK : QUIET}
      font-weight=${state === "landed" ? 700 : 400} font-size=${letter}>${shortName(nickname)}</text>`
    }
    ${
      (hasNames || isMine) &&
      state !== "ended" &&
      html`<text x=${x + radius + letter / 2} y=${y + letter / 3} fill=${QUIET} font-size=${hasNames ? 0.85 * letter : 11}>
      ${state === "landed" ? thousands(pairs) : tell(`wall.${state}`)}</text>`
    }</g>`;
}
