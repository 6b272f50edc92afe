// The wall as one SVG: a column per recipe, a dot per pupil; the study's interval behind once the teacher shows it.
//
// Filled dots are finished, hollow ones in training, dashed diamonds recorded. A click opens the training. Colors are
// variables of the style sheet, so that the drawing follows the theme; saving.js puts their values into a file.

import { percent } from "../texts.js";
import { html, useRef } from "../vendor/preact.js";
import { say as word } from "../words.js";
import { savePng, saveCsv } from "./saving.js";

const WIDTH = 1760, HEIGHT = 700, PLOT = { left: 110, right: 1750, top: 96, bottom: 590 };
const LOW = 0.4, HIGH = 0.8, HALF = 0.5, TICKS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], RADIUS = 13, MOST_NAMES = 6;
const INK = "var(--class-ink)", QUIET = "var(--class-quiet)", PANEL = "var(--class-panel)";
const y = (share) => PLOT.bottom - ((Math.max(LOW, share) - LOW) / (1 - LOW)) * (PLOT.bottom - PLOT.top);

export function Wall({ state, acts, say }) {
  const { view: { wall, study }, lesson } = state, drawing = useRef(null), size = { width: WIDTH, height: HEIGHT };
  const wide = (PLOT.right - PLOT.left) / lesson.recipes.length, columns = lesson.recipes.map((recipe, place) => ({ recipe, left: PLOT.left + place * wide, wide }));
  const of = (some, recipe) => some.filter((each) => each.recipe === recipe);
  // Bands first: a long name reaches over the band of the next column.
  return html`<div class="class-wall-box"><svg ref=${drawing} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} class="class-wall" id="class-wall" role="group" aria-label=${say("wall.axis")} font-family="system-ui, sans-serif">
      <${Axis} say=${say} />${columns.map((column) => html`<${Column} key=${column.recipe} ...${{ ...column, say, title: word(state.titles[column.recipe].title), band: of(wall.bands, column.recipe)[0] }} />`)}
      ${columns.map((column) => html`<${Dots} key=${column.recipe} ...${{ ...column, say, dots: of(wall.dots, column.recipe) }} />`)}</svg>
    <div class="class-wall-foot"><p class="class-quiet" id="class-waiting" translate="no">${waitingOf(wall, say)}</p>
      <button type="button" class=${`class-button${study ? "" : " class-first"}`} id="class-study" aria-pressed=${String(study)} disabled=${!study && !hasDots(wall)} onClick=${acts.study}>${say(study ? "train.hide_study" : "train.study")}</button>
      <button type="button" class="class-button" id="class-png" onClick=${() => savePng("class-wall.png", drawing.current, size)}>${say("wall.png")}</button><button type="button" class="class-button" id="class-csv" onClick=${() => saveCsv("class-wall.csv", wall)}>${say("wall.csv")}</button></div></div>`;
}

/** Whether the class has a number of its own, or nothing that could give one. */
export const hasDots = ({ dots }) => dots.some((dot) => dot.is_final && !dot.is_recorded) || dots.every((dot) => dot.is_recorded);

function waitingOf({ dots }, say) {
  const names = dots.filter((dot) => dot.binding === null).flatMap((dot) => dot.pupils);
  const more = names.length > MOST_NAMES ? ` ${say("wall.more", { n: names.length - MOST_NAMES })}` : "";
  return names.length > 0 && say("wall.waiting", { names: names.slice(0, MOST_NAMES).join(", ") + more });
}

const Axis = ({ say }) => html`${TICKS.map((share) => html`<path d=${`M${PLOT.left} ${y(share)}H${PLOT.right}`} stroke=${share === HALF ? INK : "var(--class-line)"} stroke-width=${share === HALF ? 3 : 1.5} stroke-dasharray=${share === HALF ? "12 8" : null} />
    <text x=${PLOT.left - 12} y=${y(share) + 9} text-anchor="end" fill=${QUIET} font-size="30">${percent(share)} %</text>`)}
  <text x=${PLOT.left} y="30" fill=${QUIET} font-size="30">${say("wall.axis")}</text><text x=${PLOT.right} y=${y(HALF) + 38} text-anchor="end" fill=${INK} font-size="30">${say("wall.coin")}</text>`;

function Column({ recipe, left, wide, title, band, say }) {
  const middle = left + wide / 2, low = band?.low ?? band?.value, high = band?.high ?? band?.value;
  return html`<text x=${middle} y=${PLOT.bottom + 50} text-anchor="middle" fill=${INK} font-size="40" font-weight="650">${title}</text>
    ${band && html`<text x=${middle} y=${PLOT.bottom + 92} text-anchor="middle" fill=${QUIET} font-size="30">${say("wall.study", { value: percent(band.value, 1) })}</text>
    <rect x=${left + 10} y=${y(high)} width=${wide - 20} height=${Math.max(4, y(low) - y(high))} fill="var(--class-band)" data-band=${recipe}><title>${say("wall.study_seeds", { seeds: band.seeds, low: percent(low, 1), high: percent(high, 1) })}</title></rect>`}`;
}

function Dots({ dots, left, wide, say }) {
  const all = dots.filter((dot) => dot.binding !== null).flatMap((dot) => (dot.pupils.length ? dot.pupils : [""]).map((name) => ({ dot, name })));
  const apart = Math.min(64, (wide - 60) / Math.max(1, all.length)), first = left + wide / 2 - (apart * (all.length - 1)) / 2;
  return all.map(({ dot, name }, place) => html`<${Dot} key=${`${dot.group} ${name}`} dot=${dot} name=${name} x=${first + apart * place} say=${say} />`);
}

function Dot({ dot, name, x, say }) {
  const at = y(dot.binding), status = say(dot.is_recorded ? "wall.recorded" : dot.is_final ? "wall.done" : "wall.going");
  const told = say("wall.dot", { name: name || say("wall.recorded"), value: percent(dot.binding, 1), status });
  // A name goes up from its dot; below a high dot it goes down, as above the axis there is no room for twenty letters.
  const [start, angle] = dot.binding > HIGH ? [at + 34, 40] : [at - 22, -40];
  return html`<a href=${addressOf(dot)} target="_blank" data-run=${dot.run} data-name=${name} data-final=${String(dot.is_final)} data-recorded=${String(dot.is_recorded)} aria-label=${told} translate="no"><title>${told}</title>
    ${dot.is_recorded ? html`<path d=${`M${x} ${at - 17}l17 17l-17 17l-17 -17Z`} fill=${PANEL} stroke="var(--class-ghost)" stroke-width="3.5" stroke-dasharray="6 4" />`
      : html`<circle cx=${x} cy=${at} r=${RADIUS} fill=${dot.is_final ? INK : PANEL} stroke=${INK} stroke-width="3.5" />`}
    ${name && html`<text x=${x + 8} y=${start} fill=${INK} font-size="27" transform=${`rotate(${angle} ${x + 8} ${start})`}>${name}</text>`}</a>`;
}

/** The Workbench with the run, or with the recipe whose recorded training it shows. */
export const addressOf = ({ run, recipe, is_recorded: isRecorded }) => `./?tab=workbench&${isRecorded ? `preset=${encodeURIComponent(recipe)}` : `run=${encodeURIComponent(run)}`}`;
