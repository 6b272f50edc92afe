/**
 * The wall as one SVG: a column per recipe, a dot per pupil, the study's interval behind, saved as PNG and CSV.
 *
 *     const wall = new Wall(context);
 *     wall.show({ dots, bands })
 *
 * Filled dots are finished, hollow ones in training, dashed diamonds recorded. A click opens the training.
 */

import { svg } from "../scene/drawing.js";
import { element } from "../scene/html.js";
import { download, toCsv, toPng } from "./saving.js";
import { percent } from "./texts.js";

/** @typedef {import("./page.js").Context} Context */

const WIDTH = 1760;
const HEIGHT = 700;
const PLOT = { left: 110, right: 1750, top: 96, bottom: 590 };
const LOW = 0.4;
const RADIUS = 13;
const HIGH = 0.8;
const TICKS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
const MOST_NAMES = 6;

const y = (/** @type {number} */ share) => PLOT.bottom - ((Math.max(LOW, share) - LOW) / (1 - LOW)) * (PLOT.bottom - PLOT.top);
const words = (/** @type {string} */ text, /** @type {any} */ attributes) => svg("text", { "font-size": 30, ...attributes }, [document.createTextNode(text)]);

export class Wall {
  /** @param {Context} context */
  constructor(context) {
    this.context = context;
    this.hasRecorded = false;
    const { say } = context, button = (/** @type {string} */ id, /** @type {() => void} */ onclick) => element("button",
      { type: "button", class: "class-button", id: `class-${id}`, onclick }, [say(`wall.${id}`)]);
    this.svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "class-wall", id: "class-wall", role: "group", "font-family": "system-ui, sans-serif" });
    this.waiting = element("p", { class: "class-quiet", id: "class-waiting" });
    this.node = element("div", { class: "class-wall-box" }, [this.svg, element("div", { class: "class-wall-foot" }, [this.waiting,
      button("png", () => this.savePng()), button("csv", () => this.saveCsv())])]);
  }

  /** @param {any} wall */
  show(wall) {
    this.shown = wall;
    const { say, facts } = this.context, style = getComputedStyle(document.body);
    const color = (/** @type {string} */ name) => style.getPropertyValue(`--class-${name}`).trim();
    this.color = color;
    const recipes = Object.keys(facts.recipes), wide = (PLOT.right - PLOT.left) / recipes.length;
    this.hasRecorded = false;
    const columns = recipes.map((recipe, place) => ({ recipe, left: PLOT.left + place * wide }));
    const of = (/** @type {any[]} */ some, /** @type {string} */ recipe) => some.filter((each) => each.recipe === recipe);
    // Bands first: a long name reaches over the band of the next column.
    this.svg.replaceChildren(...this.axis(), ...columns.flatMap(({ recipe, left }) => this.column(recipe, left, wide, of(wall.bands, recipe)[0])),
      ...columns.flatMap(({ recipe, left }) => this.dots(of(wall.dots, recipe), left, wide)));
    const names = wall.dots.filter((/** @type {any} */ dot) => dot.binding === null).flatMap((/** @type {any} */ dot) => dot.pupils);
    const more = names.length > MOST_NAMES ? ` ${say("wall.more", { n: names.length - MOST_NAMES })}` : "";
    this.waiting.textContent = names.length ? say("wall.waiting", { names: names.slice(0, MOST_NAMES).join(", ") + more }) : "";
  }

  /** @returns {SVGElement[]} */
  axis() {
    const { say } = this.context, ink = this.color("quiet"), line = this.color("line");
    const ticks = TICKS.flatMap((share) => [svg("path", { d: `M${PLOT.left} ${y(share)}H${PLOT.right}`, stroke: share === 0.5 ? this.color("ink") : line,
      "stroke-width": share === 0.5 ? 3 : 1.5, ...(share === 0.5 ? { "stroke-dasharray": "12 8" } : {}) }),
      words(`${percent(share)} %`, { x: PLOT.left - 12, y: y(share) + 9, "text-anchor": "end", fill: ink })]);
    return [...ticks, words(say("wall.axis"), { x: PLOT.left, y: 30, fill: ink, "font-size": 30 }),
      words(say("wall.coin"), { x: PLOT.right, y: y(0.5) + 38, "text-anchor": "end", fill: this.color("ink") })];
  }

  /** @param {string} recipe @param {number} left @param {number} wide @param {any} band @returns {SVGElement[]} */
  column(recipe, left, wide, band) {
    const { say, facts } = this.context, middle = left + wide / 2;
    const title = words(facts.recipes[recipe].title, { x: middle, y: PLOT.bottom + 50, "text-anchor": "middle", fill: this.color("ink"), "font-size": 40, "font-weight": 650 });
    if (!band) return [title];
    const low = band.low ?? band.value, high = band.high ?? band.value;
    const said = [words(say("wall.study", { value: percent(band.value, 1) }), { x: middle, y: PLOT.bottom + 92, "text-anchor": "middle", fill: this.color("quiet") })];
    const about = svg("title", {}, [document.createTextNode(say("wall.study_seeds", { seeds: band.seeds, low: percent(low, 1), high: percent(high, 1) }))]);
    return [title, ...said, svg("rect", { x: left + 10, y: y(high), width: wide - 20, height: Math.max(4, y(low) - y(high)), fill: this.color("band"), "data-band": recipe }, [about])];
  }

  /** @param {any[]} dots @param {number} left @param {number} wide @returns {SVGElement[]} */
  dots(dots, left, wide) {
    const placed = dots.filter((dot) => dot.binding !== null), all = placed.flatMap((dot) => (dot.pupils.length ? dot.pupils : [""]).map((/** @type {string} */ name) => ({ dot, name })));
    const apart = Math.min(64, (wide - 60) / Math.max(1, all.length)), first = left + wide / 2 - (apart * (all.length - 1)) / 2;
    return all.map(({ dot, name }, place) => this.mark(dot, name, first + apart * place));
  }

  /** @param {any} dot @param {string} name @param {number} x @returns {SVGElement} */
  mark(dot, name, x) {
    const { say } = this.context, at = y(dot.binding), ink = this.color("ink");
    if (dot.is_recorded) this.hasRecorded = true;
    const status = say(dot.is_recorded ? "wall.recorded" : dot.is_final ? "wall.done" : "wall.going");
    const told = say("wall.dot", { name: name || say("wall.recorded"), value: percent(dot.binding, 1), status });
    const shape = dot.is_recorded
      ? svg("path", { d: `M${x} ${at - 17}l17 17l-17 17l-17 -17Z`, fill: this.color("panel"), stroke: this.color("ghost"), "stroke-width": 3.5, "stroke-dasharray": "6 4" })
      : svg("circle", { cx: x, cy: at, r: RADIUS, fill: dot.is_final ? ink : this.color("panel"), stroke: ink, "stroke-width": 3.5 });
    // A name goes up from its dot; below a high dot it goes down, as above the axis there is no room for twenty letters.
    const [start, angle] = dot.binding > HIGH ? [at + 34, 40] : [at - 22, -40];
    const label = words(name, { x: x + 8, y: start, fill: ink, "font-size": 27, transform: `rotate(${angle} ${x + 8} ${start})` });
    return svg("a", { href: addressOf(dot), target: "_blank", "data-run": dot.run, "data-name": name, "data-final": String(dot.is_final), "data-recorded": String(dot.is_recorded), "aria-label": told },
      [svg("title", {}, [document.createTextNode(told)]), shape, label]);
  }

  async savePng() {
    download("class-wall.png", await toPng(this.svg, { width: WIDTH, height: HEIGHT, background: this.color("panel") }));
  }

  saveCsv() {
    download("class-wall.csv", new Blob([toCsv(this.shown)], { type: "text/csv" }));
  }
}

/** @param {any} dot @returns {string} the Workbench with the run, or with the recipe whose recorded training it shows */
export function addressOf({ run, recipe, is_recorded: isRecorded }) {
  return `./?tab=workbench&${isRecorded ? `preset=${encodeURIComponent(recipe)}` : `run=${encodeURIComponent(run)}`}`;
}
