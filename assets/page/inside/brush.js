// A thousand pictures of Look inside: points by how sure the model is, bars that filter each other, and the pictures.

import { pairwise, sigmoid } from "../../engine/metrics.js";
import { answerWords } from "./pair.js";
import { useSize } from "../size.js";
import {
  NUM_MANY,
  crossFilter,
  FEW,
  FIRST_GROUPS,
  RATIO_GROUPS,
  reachOfOdds,
  STANDS_OUT,
  stackScenes,
  findOutstanding,
} from "./thousand.js";
import { clamp, thousands } from "../numbers.js";
import { html, useRef } from "../vendor/preact.js";
import { Caption, Sentences, SLIDER_ARROWS } from "../ui.js";
import { markOf, oddsOf, percent, say } from "../words.js";

const FOOT = 40,
  HEAD = 26,
  SHOWN = 16,
  STEP = 0.25;
const TICKS = [
  [Math.log(99), () => say("99 to 1")],
  [Math.log(9), () => say("90 to 10")],
];
const RATIO_WORDS = ["up to 1.1", "to 1.25", "to 1.5", "over 1.5"],
  FIRST_WORDS = { larger: "the larger", smaller: "the smaller" };

/** @param {{state: {thousand: any}, acts: any}} props see `emptyInside` */
export function Thousand({ state: { thousand }, acts }) {
  const { scenes, brush, filters, isDone, problem } = thousand,
    found = crossFilter(scenes, brush, filters);
  return html`<${Facets} thousand=${thousand} rows=${found.rows} acts=${acts} />
    <section class="in-card in-all" aria-labelledby="in-h2"><h2 id="in-h2">
      ${
        isDone
          ? say`${thousands(scenes.reduce((sum, { odds }) => sum + pairwise(odds, 0), 0))} of ${thousands(scenes.length)} pictures are nearer to their own caption`
          : say`${thousands(scenes.length)} pictures have answered`
      }</h2>
      <p class="in-how">${say(
        "How to read this: each point is a picture and stands where its answer is. Drag across points to brush them, or drag an edge.",
      )}</p>
      ${problem ? html`<p class="in-how" role="alert">${problem}</p>` : html`<${Points} ...${{ thousand, found, acts }} />`}
      <p class="in-acts"><button type="button" class="in-link" id="inside-fewer" onClick=${acts.showFew}>
        ${say("Back to the 48 pictures")}</button> <button
        type="button" class="in-link" disabled=${!isDone} onClick=${acts.askFresh}>
        ${say("Try it on a thousand fresh scenes")}</button>
        ${thousand.first > 0 && html`<span>${say("These are fresh scenes; the same range of answers is brushed.")}</span>`}</p></section>
    <${Brushed} ...${{ thousand, found, acts }} />`;
}

// ---- Bars

function Facets({ thousand, rows, acts }) {
  const { filters, colors } = thousand,
    bar = (facet, group, label, color) => html`<${FacetButton} key=${group} ...${rows[facet](group)} label=${label}
      color=${color} isChosen=${filters[facet] === group} onClick=${() => acts.filter(facet, group)} />`;
  return html`<section class="in-card in-shows" aria-labelledby="in-h1"><h2 id="in-h1">
    ${say("What the brushed ones show")}</h2>
    <p class="in-how">${say(
      "How to read this: the dark bar is the share among the brushed pictures, the pale bar the share among all. Press a row to keep only its pictures.",
    )}</p>
    <h3>${say("Which colors")}</h3>${colors.map(({ word, fill }) => bar("colors", word, word, fill))}
    <h3>${say("Size ratio of the two things")}</h3>
    ${RATIO_GROUPS.map((group) => bar("ratio", group, say(RATIO_WORDS[group])))}
    <h3>${say("Which is named first")}</h3>
    ${FIRST_GROUPS.map((group) => bar("first", group, say(FIRST_WORDS[group])))}
    ${
      Object.values(filters).some((group) => group !== null) &&
      html`<button type="button" class="in-link" onClick=${acts.clearFilters}>${say("Keep all rows")}</button>`
    }</section>`;
}

function FacetButton({ label, color, share, usual, isChosen, onClick }) {
  const isMore = share >= STANDS_OUT * usual && share > 0;
  return html`<button type="button" class=${`in-facet${isChosen ? " is-kept" : ""}`} aria-pressed=${isChosen}
    aria-label=${say`${label}, ${percent(share)} of the brushed, ${percent(usual)} of all`} onClick=${onClick}>
    <span translate=${color ? false : undefined}>${color && html`<i style=${{ background: color }} />`}${label}</span>
    <span class="in-two"><i style=${{ width: `${100 * usual}%` }} /><b style=${{ width: `${100 * share}%` }} /></span>
    <span class=${isMore ? "in-more-often" : ""}>${percent(share)}</span></button>`;
}

// ---- Points

function Points({ thousand, found, acts }) {
  const [element, { width, height }] = useSize({ width: 526, height: 540 }),
    { scenes, brush, chosen } = thousand,
    reach = reachOfOdds(scenes),
    base = height - FOOT,
    x = (odds) => ((clamp(odds, -reach, reach) + reach) / (2 * reach)) * width,
    { start, move, end, nudge } = useBrush(element, brush, reach, acts);
  const brushed = new Set(found.brushed),
    points = stackScenes(scenes, { width, height: base - HEAD, reach });
  const [from, to] = [x(brush.from), x(brush.to)];
  const handle = (edge, at) => html`<g class="in-edge" role="slider" tabindex="0"
    aria-label=${edge === "from" ? say("Left edge of the brush") : say("Right edge of the brush")}
    aria-valuemin=${-reach} aria-valuemax=${reach} aria-valuenow=${clamp(brush[edge], -reach, reach)}
    aria-valuetext=${say(oddsOf(sigmoid(brush[edge])))} onKeyDown=${(event) => nudge(event, edge)}
    onPointerDown=${(event) => start(event, edge)}>
    <path d=${`M${at} ${HEAD - 4}V${base}`} /><rect x=${at - 6} y=${base / 3} width="12" height="34" rx="6" />
    <path d=${`M${at} ${base / 3 + 11}v12`} /></g>`;
  const tick = (odds, text) => html`<path class="in-tick" d=${`M${x(odds)} ${base + 2}v4`} />
    <text x=${clamp(x(odds), 24, width - 24)} y=${base + 18} text-anchor="middle"
      class=${odds === 0 ? "in-strong" : ""}>${text}</text>`;
  return html`<div class="in-histogram in-points" id="inside-thousand" ref=${element}
    onPointerDown=${(event) => start(event, "")} onPointerMove=${move} onPointerUp=${end} onPointerCancel=${end}>
    <svg viewBox=${`0 0 ${width} ${height}`} role="group" aria-label=${say("Pictures by how sure the model is")}>
    <rect class="in-brushed" x=${from} y=${HEAD - 4} width=${Math.max(0, to - from)} height=${base - HEAD + 4} />
    <path class="in-toss" d=${`M${x(0)} ${HEAD}V${base + 6}`} /><path class="in-base" d=${`M4 ${base + 1}H${width - 4}`} />
    ${TICKS.map(([odds, words]) => odds <= reach && [tick(-odds, words()), tick(odds, words())])}${tick(0, say("coin toss"))}
    <text x="4" y=${base + 35} class="in-wrong">← ${say("swapped caption")}</text>
    <text x=${width - 4} y=${base + 35} text-anchor="end" class="in-right">${say("its own")} →</text>
    ${points.map(
      ({ scene, x: left, y, radius }) =>
        html`<circle key=${scene.index} cx=${left} cy=${y + HEAD} r=${radius}
        class=${`in-point in-is-${markOf(scene.odds, 0)}${brushed.has(scene) ? "" : " is-off"}`} />
        ${scene.index === chosen && html`<circle class="in-ring" cx=${left} cy=${y + HEAD} r=${radius + 4} />`}`,
    )}
    ${handle("from", from)}${handle("to", to)}
    <g class="in-count"><text x=${clamp((from + to) / 2, 40, width - 40)} y="14" text-anchor="middle">
      ${say`${found.brushed.length} brushed`}</text></g></svg></div>`;
}

/** Handlers that draw a new brush, move an edge of it, with a pointer or with arrows. */
function useBrush(element, brush, reach, acts) {
  const dragged = useRef(null),
    oddsAt = (event) => {
      const { left, width: whole } = element.current.getBoundingClientRect();
      return ((event.clientX - left) / whole) * 2 * reach - reach;
    };
  function start(event, edge) {
    event.preventDefault();
    event.stopPropagation();
    element.current.setPointerCapture(event.pointerId);
    dragged.current = { edge, from: oddsAt(event) };
    if (!edge) acts.brush({ from: dragged.current.from, to: dragged.current.from });
  }
  function move(event) {
    const drag = dragged.current;
    if (!drag) return;
    const at = oddsAt(event);
    if (drag.edge) acts.brush(inOrder({ ...brush, [drag.edge]: at }));
    else acts.brush({ from: Math.min(drag.from, at), to: Math.max(drag.from, at) });
  }
  function end() {
    dragged.current = null;
  }
  function nudge(event, edge) {
    const by = SLIDER_ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    acts.brush(inOrder({ ...brush, [edge]: clamp(brush[edge] + STEP * by, -reach, reach) }));
  }
  return { start, move, end, nudge };
}

const inOrder = ({ from, to }) => ({ from: Math.min(from, to), to: Math.max(from, to) });

// ---- Pictures

function Brushed({ thousand, found: { brushed }, acts }) {
  const { scenes, chosen, isAll, isTable } = thousand,
    shown = brushed.slice(0, isAll ? brushed.length : SHOWN),
    opened = brushed.find(({ index }) => index === chosen) ?? brushed[0];
  return html`<section class="in-card in-side" aria-labelledby="in-h3"><h2 id="in-h3" aria-live="polite">
    ${brushed.length ? say`${brushed.length} pictures are brushed` : say("No picture is brushed.")}</h2>
    <p class="in-how"><${Sentences}>${brushed.length > 0 && outWords(brushed, scenes)}<//></p>
    ${
      isTable
        ? html`<${BrushedTable} brushed=${brushed} />`
        : html`<ul class="in-many">${shown.map(
            (scene) => html`<li key=${scene.index}><button type="button"
          class=${`in-is-${markOf(scene.odds, 0)}${scene === opened ? " is-picked" : ""}`}
          aria-label=${scene.caption} aria-pressed=${scene === opened} onClick=${() => acts.choosePicture(scene.index)}>
          <img src=${scene.image} alt="" width="64" height="64" loading="lazy" /></button></li>`,
          )}</ul>`
    }
    <p class="in-acts">${
      !isTable &&
      brushed.length > SHOWN &&
      html`<button type="button" class="in-link" onClick=${acts.toggleAll}>
      ${isAll ? say("Show fewer") : say`Show the other ${brushed.length - SHOWN}`}</button>`
    }
      <button type="button" class="in-link" aria-pressed=${isTable} onClick=${acts.toggleTable}>
      ${isTable ? say("As pictures") : say("As a table")}</button></p>
    ${opened && html`<${ChosenPicture} scene=${opened} />`}</section>`;
}

function outWords(brushed, scenes) {
  const out = findOutstanding(brushed, scenes),
    few = brushed.length < FEW ? say`With fewer than ${FEW} pictures it may be chance.` : "";
  if (!out) return [say("No pair of colors stands out among them."), few];
  const chance = few || (out.isSure ? "" : say("So small a difference may be chance."));
  const pair = out.pair.length > 1 ? say`${out.pair[0]} and ${out.pair[1]} together` : say`${out.pair[0]} twice`;
  return [
    say`${percent(out.share)} of them show ${pair}; among all it is ${percent(out.usual)}. The hardest comes first.`,
    chance,
  ];
}

function ChosenPicture({ scene }) {
  const share = sigmoid(scene.odds),
    sure = answerWords({ share, side: scene.odds > 0 ? 1 : -1 });
  return html`<div class="in-picked"><img src=${scene.image} alt="" width="96" height="96" />
    <div><p class="in-words" translate=${false}><${Caption} words=${scene.words} /></p>
    <p class=${`in-sure in-is-${sure.is}`}>${sure.words}</p></div></div>`;
}

function BrushedTable({ brushed }) {
  return html`<div class="in-scroll" tabindex="0" role="region" aria-label=${say("Brushed pictures")}><table><thead><tr>
    <th scope="col">${say("caption")}</th><th scope="col">${say("right to wrong")}</th>
    <th scope="col">${say("Size ratio of the two things")}</th><th scope="col">${say("Which is named first")}</th></tr>
    </thead><tbody>${brushed.slice(0, NUM_MANY).map(
      (scene) => html`<tr key=${scene.index}><th scope="row" translate=${false}>${scene.caption}</th>
      <td>${say(oddsOf(sigmoid(scene.odds)))}</td><td>${say(RATIO_WORDS[scene.ratio])}</td>
      <td>${say(FIRST_WORDS[scene.first])}</td></tr>`,
    )}</tbody></table></div>`;
}
