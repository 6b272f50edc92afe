// The pictures as tiles, each where its answer is: a coin toss in the middle, its own caption to the right.

import { leanOf } from "../share-axis.js";
import { useSize } from "../size.js";
import { ARROWS } from "../ui.js";
import { html } from "../vendor/preact.js";
import { oddsOf, say } from "../words.js";
import { clamp } from "../numbers.js";

const GAP = 2,
  FOOT = 40,
  HEAD = 8,
  NARROW = 420,
  SIDES = { narrow: 20, wide: 29 },
  MIN_ROWS = 4;
const MARKS = [
  [0.01, () => say("99 to 1")],
  [0.25, () => say("75 to 25")],
  [0.5, () => say("coin toss")],
  [0.75, () => say("75 to 25")],
  [0.99, () => say("99 to 1")],
];

/**
 * {side, base, middle, tiles: [{scene, x, y, side}], x}: a column that is full gives to the next, never across the
 * middle.
 */
export function layOut(answers, width, height) {
  const side = width < NARROW ? SIDES.narrow : SIDES.wide,
    cell = side + GAP,
    middle = width / 2,
    base = height - FOOT;
  const half = Math.max(1, Math.floor((width - 8) / 2 / cell)),
    rows = Math.max(MIN_ROWS, Math.floor((height - FOOT - HEAD - side) / cell)),
    filled = {};
  const tiles = answers
    .filter(Boolean)
    .sort((one, other) => Math.abs(one.margin) - Math.abs(other.margin))
    .map((answer) => {
      const wanted = Math.min(half - 1, Math.floor(Math.abs(leanOf(answer.share)) * half * 0.999));
      const column = nearest(wanted, half, (column) => (filled[answer.side * (column + 1)] ?? 0) < rows),
        key = answer.side * (column + 1);
      const row = filled[key] ?? 0;
      filled[key] = row + 1;
      return {
        scene: answer.scene,
        side: answer.side,
        x: answer.side > 0 ? middle + column * cell + GAP : middle - (column + 1) * cell,
        y: base - (row + 1) * cell,
      };
    });
  return { side, base, middle, tiles, x: (share) => middle + leanOf(share) * half * cell };
}

/** The column nearest to the wanted one that is not full; where all are, the wanted one grows. */
function nearest(wanted, half, isFree) {
  for (let far = 0; far < half; far++) {
    for (const column of [wanted + far, wanted - far])
      if (column >= 0 && column < half && isFree(column)) return column;
  }
  return wanted;
}

export function Histogram({ step, scenes, chosen, choose }) {
  const [element, { width, height }] = useSize({ width: 526, height: 540 }),
    isNarrow = width < NARROW;
  const { side, base, middle, tiles, x } = layOut(step.answers, width, height),
    marks = isNarrow ? MARKS.filter((_, at) => at % 2 === 0) : MARKS;
  // In the order of the scenes, so that an element stays that of its picture and walks.
  const ordered = [...tiles].sort((one, other) => one.scene - other.scene);
  function walk(event) {
    const by = ARROWS[event.key],
      all = ordered.map((each) => each.scene);
    if (!by) return;
    event.preventDefault();
    choose(all[(all.indexOf(chosen) + by + all.length) % all.length], { isFocused: true });
  }
  return html`<div class="in-histogram" id="inside-histogram" ref=${element}>
    <svg viewBox=${`0 0 ${width} ${height}`} role="group" aria-label=${say("Pictures by how sure the model is")}
      onKeyDown=${walk}>
    ${marks.map(
      ([share, words]) => html`<path class="in-tick" d=${`M${x(share)} ${base + 2}v4`} />
      <text x=${clamp(x(share), 24, width - 24)} y=${base + 18} text-anchor="middle"
        class=${share === 0.5 ? "in-strong" : ""}>
      ${words()}</text>`,
    )}
    <path class="in-base" d=${`M4 ${base + 1}H${width - 4}`} />
      <path class="in-toss" d=${`M${middle} ${HEAD}V${base + 6}`} />
    <text x="4" y=${base + 35} class="in-wrong">
      ← ${isNarrow ? say("swapped caption") : say("nearer to the swapped caption")}</text>
      <text x=${width - 4} y=${base + 35} text-anchor="end" class="in-right">
      ${isNarrow ? say("its own") : say("nearer to its own caption")} →</text>
    ${ordered.map(
      (tile) => html`<${PictureTile} key=${tile.scene} ...${{ tile, side, choose }} seen=${scenes[tile.scene].seen}
      share=${step.answers[tile.scene].share} isChosen=${tile.scene === chosen} />`,
    )}</svg></div>`;
}

function PictureTile({ tile: { scene, x, y, side: where }, side, seen, share, isChosen, choose }) {
  const is = where > 0 ? "right" : "wrong",
    odds = oddsOf(share);
  return html`<g class=${`in-tile in-is-${is}${isChosen ? " in-chosen" : ""}`}
    style=${{ transform: `translate(${x}px, ${y}px)` }}
    role="button" tabindex=${isChosen ? 0 : -1} aria-pressed=${String(isChosen)} data-scene=${scene + 1}
    aria-label=${
      where > 0
        ? say`Picture ${scene + 1}: nearer to its own caption, ${odds}`
        : say`Picture ${scene + 1}: nearer to the swapped caption, ${odds}`
    }
      onClick=${() => choose(scene)}>
    <image href=${seen} width=${side} height=${side} />
      <rect x="0.8" y="0.8" width=${side - 1.6} height=${side - 1.6} rx="2" />
    ${isChosen && html`<rect class="in-frame" x="-2.2" y="-2.2" width=${side + 4.4} height=${side + 4.4} rx="4" />`}
      </g>`;
}
