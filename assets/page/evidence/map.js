// The map: three captions and their times, every kind of captions as a strip of its trainings, and arrangements.

import { html } from "../vendor/preact.js";
import {
  FormChoice,
  cellAxis,
  budgetOf,
  FORMS,
  hasAllRun,
  PictureOf,
  Strip,
  stripAxis,
  cellTicks,
  timeOf,
  Word,
} from "./fourth-cells.js";
import { thousands } from "../numbers.js";
import { percent, say } from "../words.js";

const LITTLE = 1.25; // a factor of times below which leaving a thing out changes little
const COMPARED_WORDS = { better: "sooner", worse: "later", same: "no difference is shown" };
const NAMED = [
  [() => say("both things named"), () => say("2 of 2")],
  [() => say("half and half"), () => say("1 or 2 of 2")],
  [() => say("one thing named"), () => say("1 of 2")],
];
const ARRANGED = [() => say("each by itself"), () => say("both or neither"), () => say("at most one")];
const RATES = [() => say("the usual rate"), () => say("half of it"), () => say("a quarter of it")];
const SPARSEST = 0.25; // the share told at which lower learning rates were tried
const SHARES = {
  1: () => say("every color told"),
  0.5: () => say("half of the colors told"),
  0.25: () => say("a quarter of the colors told"),
};
const shareName = (share) => SHARES[share]?.() ?? say`${percent(share)} of the colors told`;

/** The headline, by what both cells of the contrast say: not naming a thing beside naming it without its color. */
function mapTitle({ cards: { B, C }, contrast }) {
  if (!hasAllRun(B) || !hasAllRun(C)) return say("What does it cost to name a thing without its color?");
  return (
    {
      better: say("Naming a thing without its color is worse than not naming it"),
      worse: say("Naming a thing without its color is better than not naming it"),
      same: say("Naming a thing without its color costs no more than not naming it"),
    }[contrast.agreed] ?? say("What it costs to name a thing without its color depends on what is asked")
  );
}

/** Whether both ways of asking were heard and do not agree. */
const isDivided = ({ canonical, agreed }) => canonical !== null && agreed === null;

/** How leaving a thing out compares in the ways of asking, where they do not agree. */
const leftOutWords = ({ canonical, single }) =>
  say`With a thing left out, asked about two things: ${COMPARED_WORDS[canonical]}. Asked about one thing: ${COMPARED_WORDS[single]}.`;

/** What leaving a thing out does at a share told, in one sentence; "" where a cell is not whole. */
export function rowSentence({ cells, compared }) {
  const [both, , one] = cells;
  if (!hasAllRun(both) || !hasAllRun(one)) return "";
  if (isDivided(compared)) return leftOutWords(compared);
  const [ofBoth, ofOne] = [both.forms.own, one.forms.own];
  if (ofBoth.bound + ofOne.bound === 0) return say("None of them learns it.");
  if (compared.agreed === "same") return say("Leaving a thing out shows no difference.");
  if (ofBoth.median === null || ofOne.median === null)
    return compared.agreed === "better"
      ? say("Leaving a thing out helps here.")
      : say("Leaving a thing out hurts here.");
  const factor = ofOne.median / ofBoth.median;
  return Math.max(factor, 1 / factor) < LITTLE
    ? say("Leaving a thing out changes little.")
    : say`With a thing left out it takes ${factor < 1 ? factor.toFixed(2) : factor.toFixed(1)} times as long.`;
}

/** Whether it matters in which captions the colors stand, of the shares at which all cells are whole. */
export function arrangementSentence(arrangement) {
  const judged = arrangement.filter(({ cells }) => cells.every(hasAllRun));
  if (!judged.length) return "";
  const all = judged.flatMap(({ compared }) => compared),
    apart = all.filter(({ agreed }) => agreed !== "same").length;
  const shares = judged.map(({ share }) => percent(share)).join(", ");
  return apart === 0
    ? say`With ${shares} of the colors told, it makes no difference that we can see in which captions they stand.`
    : say`At ${shares} told, ${apart} of ${all.length} comparisons show a difference or depend on what is asked.`;
}

/** How many trainings of the sparsest captions bind at each learning rate, once all have run. */
function ratesSentence(cells, form) {
  if (!cells.every(hasAllRun)) return "";
  const bound = cells.map(({ forms }) => forms[form].bound).join(", ");
  return say`All other cells have one learning rate, which was chosen for captions that tell every color. At this rate, at half of it and at a quarter, ${bound} of ${cells[0].seeds} bind.`;
}

export function ColorMap({ state, acts, level: Title = "h2" }) {
  const { fourth, dots, mapForm: form } = state,
    { map } = fourth,
    { contrast, cards } = map;
  const cells = [
      ...map.rows.flatMap((row) => row.cells),
      ...map.arrangement.flatMap((row) => row.cells),
      ...map.rates,
      ...Object.values(cards),
    ],
    axis = cellAxis(cells, dots, form),
    shared = { dots, form, axis, acts },
    ran = new Map(cells.map((cell) => [`${cell.sweep} ${cell.label}`, cell]));
  const [done, planned] = ["ran", "seeds"].map((name) => [...ran.values()].reduce((sum, each) => sum + each[name], 0));
  const told = map.rows.map((row) => ({
      name: shareName(row.share),
      about: rowSentence(row),
      cells: row.cells.map((cell) => ({ cell, letter: letterOf(map, cell) })),
    })),
    framed = {
      name: say("one color in each caption"),
      about: say("The framed two differ in one thing only: whether the second thing is named."),
      cells: [{ cell: cards.C, letter: "C", isFramed: true }, null, { cell: cards.B, letter: "B", isFramed: true }],
    };
  return html`<section class="ev-map" aria-labelledby="ev-map-title"><div class="ev-lead">
      <${Title} id="ev-map-title" class="ev-title" tabindex="-1">${mapTitle(map)}<//>
      <p>${say("A small CLIP reads pictures of two things with their captions, until it can tell which thing has which color. How long that takes depends on the captions.")}</p>
      ${isDivided(contrast) && html`<p>${leftOutWords(contrast)}</p>`}
      ${!done && html`<p>${say`None of its ${planned} trainings has run yet. They are drawn here as they come.`}</p>`}</div>
    ${
      done > 0 &&
      html`<div class="ev-three">${CARDS.map(
        ({ letter, ...about }) =>
          html`<${CaptionCard} key=${letter} letter=${letter} cell=${cards[letter]} ...${about}
        ...${shared} picture=${state.pictures.two} />`,
      )}</div>
    <section class="wb-col ev-grid" aria-labelledby="ev-g1"><h3 id="ev-g1">
      ${say`All kinds of captions, ${cards.A.seeds} trainings each`}
      ${done < planned && html`<span class="ev-pill ev-open">${say`${done} of ${planned} trainings have run`}</span>`}</h3>
      <div class="ev-keys"><${FormChoice} id="ev-asked" forms=${FORMS} form=${form}
        onChoose=${(each) => acts.change({ mapForm: each })} /><${Keys} /></div>
      <${Grid} corner=${html`<span class="ev-corner">${say("pairs until it knows who has what")}</span>`}
        columns=${NAMED.map(([name, many]) => ({ name: name(), more: html` (${many()})` }))}
        rows=${[...told, framed]} ...${shared} />
      <h3>${say("Does it matter in which captions the colors stand? Both things named")}</h3>
      <p>${arrangementSentence(map.arrangement)}</p>
      <${Grid} columns=${ARRANGED.map((name) => ({ name: name() }))}
        rows=${map.arrangement.map((row) => ({
          name: shareName(row.share),
          cells: row.cells.map((cell) => ({ cell })),
        }))}
        ...${shared} />
      <h3>${say("Is it the learning rate? Both things named, a quarter of the colors told")}</h3>
      <p>${ratesSentence(map.rates, form)}</p>
      <${Grid} columns=${RATES.map((name) => ({ name: name() }))}
        rows=${[{ name: shareName(SPARSEST), cells: map.rates.map((cell) => ({ cell })) }]} ...${shared} />
    </section>`
    }</section>`;
}

/**
 * Cells below the names of their `columns` and behind those of their `rows`, {name, about, cells: [{cell, letter,
 * isFramed}, ...]}, with an axis below each column; a cell is null where there is none.
 */
function Grid({ corner = html`<span class="ev-gap" />`, columns, rows, ...shared }) {
  return html`<div class="ev-cells">${corner}
    ${columns.map(({ name, more }) => html`<span class="ev-head"><b>${name}</b>${more}</span>`)}
    ${rows.map(
      ({ name, about, cells }) => html`<span class="ev-side-name"><b>${name}</b>${about}</span>
      ${cells.map((each, at) =>
        each
          ? html`<${MapCell} key=${each.cell.label} name=${columns[at].name} share=${name} ...${each} ...${shared} />`
          : html`<span class="ev-gap" />`,
      )}`,
    )}
    <span class="ev-gap" />${columns.map((_, at) => html`<${PairsAxis} key=${at} axis=${shared.axis} />`)}</div>`;
}

// ---- Cards

const CARDS = [
  {
    letter: "A",
    title: () => say("Both told"),
    caption: ([one, other]) =>
      html`a <${Word} fill=${one.fill}>yellow<//> submarine and a <${Word} fill=${other.fill}>blue<//> bus`,
    about: () => say("Each thing is named with its color."),
    named: 2,
  },
  {
    letter: "B",
    title: () => say("One left out"),
    caption: ([one]) => html`a <${Word} fill=${one.fill}>yellow<//> submarine`,
    about: () => say("The bus is in the picture, and no word is said of it."),
    named: 1,
  },
  {
    letter: "C",
    title: () => say("Named, color not told"),
    caption: ([one]) => html`a <${Word} fill=${one.fill}>yellow<//> submarine and a bus`,
    about: () => say("Each caption tells one of the two colors."),
    named: 2,
  },
];

function CaptionCard({ letter, title, caption, about, named, cell, dots, form, axis, acts, picture }) {
  const isJudged = hasAllRun(cell),
    isLate = isJudged && cell.forms[form].median === null,
    name = isJudged ? (isLate ? "ev-verdict ev-not" : "ev-verdict ev-plain") : "ev-verdict ev-waits";
  return html`<article class="wb-col ev-card-big"><${PictureOf} label=${say("A yellow submarine and a blue bus")}
      objects=${picture.map((each, at) => ({ ...each, is_told: at < named }))} />
    <div><h3><span class="ev-letter">${letter}</span>${title()}</h3>
      <p class="ev-cap" translate=${false}>${caption(picture)}</p></div>
    <p class=${name}>${timeOf(cell, form)}</p><p class="ev-about">${about()}</p>
    <${TimeBar} cell=${cell} dots=${dots} form=${form} axis=${axis} acts=${acts} /></article>`;
}

/** The time of a card on the axis of all cells: a bar to the median, and every training that has run. */
function TimeBar({ cell, dots, form, axis, acts }) {
  const at = stripAxis(axis),
    { median } = cell.forms[form],
    isNever = hasAllRun(cell) && median === null;
  return html`<div class="ev-bar"><${Strip} cell=${cell} dots=${dots} form=${form} axis=${axis}
      acts=${acts} />
    ${median && html`<i class="ev-bar-time" style=${{ width: `${at(median)}%` }} />`}
    ${isNever && html`<i class="ev-bar-never" style=${{ width: `${at(budgetOf(cell))}%` }} />`}
    <${PairsAxis} axis=${axis} /></div>`;
}

// ---- The grid

const letterOf = ({ cards }, cell) =>
  Object.entries(cards).find(([, each]) => each.sweep === cell.sweep && each.label === cell.label)?.[0] ?? "";

function MapCell({ cell, name, share, letter = "", isFramed = false, dots, form, axis, acts }) {
  const isUnread = cell.read[form] === 0;
  return html`<div class=${isFramed ? "ev-cell ev-framed" : "ev-cell"} role="group"
    aria-label=${say`${share}, ${name}: ${timeOf(cell, form)}`}><span class="ev-cell-name">${name}</span>
    <${Strip} cell=${cell} dots=${dots} form=${form} axis=${axis} acts=${acts} />
    ${letter && html`<span class="ev-letter">${letter}</span>`}
    ${isUnread && html`<span class="ev-unread">${say("never read in this form")}</span>`}</div>`;
}

const PairsAxis = ({ axis: { low, high } }) => html`<div class="ev-ticks" aria-hidden="true">
  ${cellTicks(low, high).map((each) => html`<span style=${{ left: `${stripAxis({ low, high })(each)}%` }}>${thousands(each)}</span>`)}</div>`;

const Keys =
  () => html`<p class="ev-legend"><span><i class="ev-spot ev-key" />${say("a training that learns it")}</span>
  <span><i class="ev-strip-median ev-key" />${say("the middle one")}</span>
  <span><i class="ev-strip-end ev-key" />${say("the training ends")}</span>
  <span><i class="ev-spot ev-unbound ev-key" />${say("not learned by then")}</span></p>`;
