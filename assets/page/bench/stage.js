// Two pictures, two captions, and a line from each picture to the caption that it prefers, which glides to another one.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { contract } from "../contract.js";
import { decimal } from "../numbers.js";
import { leanOf } from "../share-axis.js";
import { Caption, isCalm } from "../ui.js";
import { choiceText, LETTERS, markOf, plainText, say, sureness } from "../words.js";

const GLIDE_MS = 110,
  FAR = 0.002,
  LUCK = 0.12;
/**
 * The lines are drawn 100 wide, from the middle of one picture to that of the other; lines to one caption end apart.
 */
const APART = 4,
  RIGHT_END = 100;

/** `pair` is {a, b}; `answers` are the cosines [[own, other] x 2] of its pictures, null where there are none. */
export function Stage({ name, pair, answers, scale, isHidden, isSwinging }) {
  const own = answers ? answers.map((cosines) => sureness(cosines, scale)) : [0.5, 0.5],
    ends = endsOf(own);
  const { seen, swing } = useGlide([...own, ...ends], name, isSwinging);
  const isOpen = !isSwinging && (isHidden || !answers),
    now = { own: seen.slice(0, 2), ends: swing ?? seen.slice(2), isOpen, isSwinging };
  const sides = [pair.a, pair.b],
    isSure = !isOpen && !isSwinging && now.own.every((value) => value > contract.sureness.fairly_sure);
  return html`<div id="outcome-pair" class="wb-stage">
      <div class="wb-pics">${sides.map(
        (side, index) => html`<figure class=${isSure ? "wb-pic wb-snap" : "wb-pic"}
        data-answer=${isOpen || isSwinging ? "" : frameOf(now.own[index])}>
        <img src=${side.image} alt=${say`Picture ${new String(LETTERS[index])}: ${new String(plainText(side.caption))}`}
          data-picture=${String(index)} width="192" height="192" /><span class="wb-letter">${LETTERS[index]}</span>
            </figure>`,
      )}</div>
      <div class="wb-caps">
        ${sides.map(
          (side, index) => html`<p class="wb-cap" data-caption=${String(index)}><span class="wb-letter">
        ${LETTERS[index]}</span><span translate=${false}><${Lines} words=${side.caption} /></span></p>`,
        )}</div>
      <${Wires} ...${now} /></div>`;
}

/** What the two pictures say, as a rope between A and B, and in words. */
export const Ropes = ({ name, pair, answers, scale, isHidden, isSwinging }) => {
  const own = answers ? answers.map((cosines) => sureness(cosines, scale)) : [0.5, 0.5],
    { seen } = useGlide(own, name, false);
  return html`<div class="wb-tug" data-part="tug">${[pair.a, pair.b].map(
    (side, index) =>
      html`<${Rope} image=${side.image} index=${index} seen=${seen[index]} goal=${own[index]}
      isOpen=${isHidden || !answers}
    isSwinging=${isSwinging} />`,
  )}</div>`;
};

function Rope({ image, index, seen, goal, isOpen, isSwinging }) {
  const mark = markOf(seen, 1 - seen),
    isRight = mark === "right",
    side = (isRight ? index : 1 - index) ? 1 : -1,
    name = `wb-${mark}`,
    sign = distanceFromToss(seen) < LUCK ? `${name} wb-luck` : name;
  const x = 65 + side * Math.abs(leanOf(seen)) * 56,
    said = choiceText(goal);
  return html`<div class="wb-tr"><img src=${image} alt=${say`Picture ${new String(LETTERS[index])}`}
    width="30" height="30" />
    <div class="wb-rope"><span>A</span>
      <svg viewBox="0 0 130 24" aria-hidden="true"><path d="M3 12H127" class="wb-track" />
      <path d="M65 2V22" class="wb-half" />
      ${
        !isOpen &&
        html`<path d=${`M65 12H${x.toFixed(1)}`} class=${`wb-pull ${name}`}
        stroke-dasharray=${isRight ? null : "4 2.5"} />
        <circle cx=${x.toFixed(1)} cy="12" r="7.5" class=${`wb-knot ${sign}`} />
        <path d=${
          mark === "open"
            ? ""
            : isRight
              ? `M${(x - 3).toFixed(1)} 12.2l2.2 2.4 4-5`
              : `M${(x - 2.6).toFixed(1)} 9.4l5.2 5.2m0-5.2-5.2 5.2`
        }
          class=${`wb-tick ${sign}`} />`
      }</svg><span>B</span></div>
    <div class="wb-v">${
      isOpen
        ? html`<b>${isSwinging && say("thinking …")}</b>`
        : html`<b class=${said.isLuck ? "" : said.mark === "right" ? "wb-ok" : "wb-no"}>${said.head}</b><span>${said.rest}</span>`
    }
      </div></div>`;
}

const frameOf = (own) => (Math.max(own, 1 - own) <= contract.sureness.fairly_sure ? "" : markOf(own, 1 - own));

/** Where the two lines end: at a picture's own caption, at the other one, or between them. */
function endsOf(own) {
  const to = own.map((value, index) => ({ right: index, wrong: 1 - index, open: 0.5 })[markOf(value, 1 - value)]),
    apart = to[0] === to[1] ? APART : 0;
  return to.map((caption, index) => RIGHT_END * caption + (index ? apart : -apart));
}

const curve = (from, to) => `M${from} 0C${from} 55 ${to.toFixed(1)} 45 ${to.toFixed(1)} 100`;
const em = (value) => `${value.toFixed(3)}em`;

function Wires({ own, ends, isOpen, isSwinging }) {
  const threads = [0, 1].flatMap((from) =>
    [0, 1].map((to) => curve(RIGHT_END * from, RIGHT_END * to + (from === to ? 0 : from ? APART : -APART))),
  );
  return html`<div class="wb-wires" aria-hidden="true"><svg viewBox="0 0 100 100" preserveAspectRatio="none">
    ${threads.map((d) => html`<path d=${d} class=${isOpen ? "wb-thread wb-open" : "wb-thread"} />`)}
    ${
      !isOpen &&
      own.map(
        (value, index) => html`<path d=${curve(RIGHT_END * index, ends[index])}
      ...${isSwinging ? { class: "wb-swing" } : lineOf(value)} />`,
      )
    }</svg>
    ${own.map(
      (value, index) =>
        html`<${Badge} answer=${isOpen || isSwinging ? "open" : markOf(value, 1 - value)}
      isLuck=${distanceFromToss(value) < LUCK} x=${isOpen ? RIGHT_END * index : (RIGHT_END * index + ends[index]) / 2}
        isHigh=${isOpen} />`,
    )}</div>`;
}

const distanceFromToss = (own) => Math.abs(2 * own - 1);

/** Thicker where it is surer; dashed where it is wrong. */
function lineOf(own) {
  const width = 0.16 + 0.7 * distanceFromToss(own),
    mark = markOf(own, 1 - own);
  return {
    class: `wb-line wb-${mark}`,
    style: {
      strokeWidth: em(width),
      strokeDasharray:
        mark === "right" ? "none" : `${em(Math.max(0.47, width * 1.15))} ${em(Math.max(0.4, width * 0.8))}`,
    },
  };
}

const Badge = ({ answer, isLuck, x, isHigh }) =>
  html`<svg viewBox="-13 -13 26 26" class=${`wb-badge wb-${answer}${
    isLuck && answer !== "open" ? " wb-luck" : ""
  }`} style=${{ left: `${x.toFixed(1)}%`, top: isHigh ? "33%" : "50%" }}>
  <circle r="11.5" />
  ${
    answer === "open"
      ? html`<text text-anchor="middle" y="5">?</text>`
      : html`<path d=${answer === "right" ? "M-4.5 .3-1.2 3.8 5-4" : "M-4-4 4 4M4-4-4 4"} />`
  }
    </svg>`;

/** A caption on two lines, broken before its "and". */
function Lines({ words }) {
  const at = words.findIndex((word) => word.text === "and");
  return at < 0
    ? html`<${Caption} words=${words} />`
    : html`<${Caption} words=${words.slice(0, at)} /> <br />
    <${Caption} words=${words.slice(at)} />`;
}

/** What gives the same answer again, in a table. */
export function Cosines({ answers, scale, isHidden }) {
  if (!answers || isHidden) return html`<p>${say("No answer is shown yet.")}</p>`;
  const heads = [say("cosine"), say("own caption"), say("other caption"), say("margin")];
  return html`<table><thead><tr>${heads.map((said) => html`<th scope="col">${said}</th>`)}</tr></thead>
    <tbody>
      ${answers.map(
        ([own, other], side) => html`<tr><th scope="row">${say`picture ${new String(LETTERS[side])}`}</th>
      ${[own, other, own - other].map((value) => html`<td>${decimal(value, 4)}</td>`)}</tr>`,
      )}</tbody></table>
    <p>
      ${say`Margin: own caption minus the other. Sureness: softmax over the two at a logit scale of ${scale.toFixed(1)}.`}</p>`;
}

/**
 * Numbers on their way to `goals`, drawn anew with each frame; another `name` puts them there at once, as does a reader
 * who wants no motion. While it swings, `swing` are the ends of lines that cannot decide.
 */
function useGlide(goals, name, isSwinging) {
  const motion = useRef({ name, seen: goals, since: 0 }),
    [, draw] = useState(0),
    here = motion.current;
  if (here.name !== name || isCalm()) Object.assign(here, { name, seen: goals });
  useEffect(() => {
    let frame = 0,
      before = performance.now();
    here.since = before;
    function step(time) {
      const share = 1 - Math.exp(-Math.min(60, time - before) / GLIDE_MS);
      before = time;
      here.seen = here.seen.map((value, index) => stepToward(value, goals[index], share));
      draw(time);
      if (isSwinging || here.seen.some((value, index) => value !== goals[index])) frame = requestAnimationFrame(step);
    }
    if (!isCalm() && (isSwinging || here.seen.some((value, index) => value !== goals[index])))
      frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [name, isSwinging, ...goals]);
  return {
    seen: here.seen,
    swing:
      isSwinging && !isCalm() ? [0, 1].map((index) => swingTo(index, (performance.now() - here.since) / 1000)) : null,
  };
}

function stepToward(value, goal, share) {
  const next = value + (goal - value) * share;
  return Math.abs(next - goal) > FAR * Math.max(1, Math.abs(goal)) ? next : goal;
}

/** Where the line of a picture swings to after so many seconds: fast at first, then slower and less far. */
const swingTo = (index, passed) =>
  (RIGHT_END / 2) * (1 + Math.sin(passed * (7 - 1.6 * passed) + index * 1.3) * Math.max(0.2, 1 - passed / 2.1));
