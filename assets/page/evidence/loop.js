// The loop: how large a share of the colors is needed to learn who has what, and how small a share to keep it.

import { useSize } from "../size.js";
import { html } from "../vendor/preact.js";
import { contract, isBoundAtEnd } from "../contract.js";
import { FormChoice, budgetOf, endOf, hasAllRun, notHereText, roughly, trainingsOf } from "./fourth-cells.js";
import { logAxis } from "../log-axis.js";
import { path, ShareRules, shareAxis } from "../share-axis.js";
import { moveFocus, pressByKey, Sentences, Sign } from "../ui.js";
import { percent, say } from "../words.js";

const LEFT = 48,
  RIGHT = 22,
  TOP = 14,
  FOOT = 46,
  INSET = 38, // of the first share: the dots at its left end before the axis
  NUMBER_WIDTH = 29, // of a share's number
  APART = 11, // of the dots of two seeds at one share, at most
  CIRCLES = 50;
const TICKS = { 1: "all", 0.5: "half", 0.25: "a quarter", 0.1: "one in ten" };

/** The headline of the figure, by what its whole cells say. */
export function loopTitle({ state, kept: keptShares }) {
  if (state === "kept")
    return keptShares.canonical === null || keptShares.canonical >= 1
      ? say("It is lost as soon as fewer colors are told")
      : keptShares.single === keptShares.canonical
        ? say`Once learned, binding is kept down to ${percent(keptShares.canonical)} of the colors`
        : say`Asked about two things, binding is kept down to ${percent(keptShares.canonical)} of the colors`;
  return (
    {
      holds: say("Learning it takes many colors. Keeping it takes few."),
      divided: say("Whether few colors keep it depends on what is asked"),
      refuted: say("A model keeps what it can learn, and no more"),
    }[state] ?? say("How few colors are enough to keep it?")
  );
}

/** Every dot in the order of the way: fresh weights, then each model down and up again. */
export function loopStops({ down, up, fresh }, dots) {
  const way = [...down.map((each) => ["down", each]), ...up.map((each) => ["up", each])];
  const stops = (list, kind) =>
    list.flatMap(({ share, cell }) =>
      trainingsOf(dots, cell).map((training) => ({
        kind,
        share,
        cell,
        training,
        id: `${cell.label} ${training.seed}`,
      })),
    );
  const seeds = [...new Set(way.flatMap(([, { cell }]) => trainingsOf(dots, cell).map((each) => each.seed)))].sort();
  const ofSeed = (seed) =>
    way.flatMap(([kind, each]) => stops([each], kind).filter(({ training }) => training.seed === seed));
  return { fresh: stops(fresh, "fresh"), models: seeds.map(ofSeed), seeds };
}

export function Loop({ state, acts }) {
  const { fourth, dots, loopForm: form } = state,
    { loop } = fourth,
    { fresh, models } = loopStops(loop, dots),
    all = [...fresh, ...models.flat()];
  const chosen =
    all.find((each) => each.id === (state.hovered ?? state.chosen)) ??
    all.find((each) => each.kind === "down" && each.share === (loop.kept.canonical ?? 1)) ??
    null;
  return html`<div class="ev-loop"><section class="wb-col ev-loop-figure" aria-labelledby="ev-l1">
    <h2 id="ev-l1">${say("Pictures that find their own caption, by the share of colors told")}</h2>
    <${FormChoice} id="ev-asked-loop" forms=${["canonical", "single"]} form=${form}
      onChoose=${(each) => acts.change({ loopForm: each })} />
    <${LoopLegend} fresh=${loop.fresh[0].cell} models=${loop.down[0].cell.seeds} isShown=${loop.state === "holds"}
      hasFresh=${fresh.length > 0 || !all.length} hasUnbound=${all.some(({ training }) => !isBoundAtEnd(training, form))} />
    <${LoopFigure} loop=${loop} fresh=${fresh} models=${models} chosen=${chosen} form=${form} acts=${acts} />
    <p class="ev-under">${say("share of the named things whose color is told")}</p>
    <${LoopSentences} loop=${loop} /></section>
    <${StopPanel} stop=${chosen} models=${models} fills=${fillsOf(state.pictures)} form=${form} acts=${acts} /></div>`;
}

/** What the figure shows, and no sign that it has not. */
const LoopLegend = ({ fresh, models, isShown, hasFresh, hasUnbound }) => html`<p class="ev-legend">
  ${
    hasFresh &&
    html`<span><svg viewBox="0 0 30 12" aria-hidden="true"><path class="ev-fresh-line" d="M0 6h30" />
    <rect class="ev-dot" x="10" y="1" width="10" height="10" rx="1.5" /></svg>
    ${say`each from fresh weights, ${roughly(budgetOf(fresh))} pairs`}</span>`
  }
  <span><svg viewBox="0 0 30 12" aria-hidden="true"><path class="ev-way" d="M0 6h30" />
    <circle class="ev-dot" cx="15" cy="6" r="5" /></svg>${say`${models} models, each from share to share`}</span>
  ${
    hasUnbound &&
    html`<span><svg viewBox="0 0 18 12" aria-hidden="true"><circle class="ev-hollow-dot" cx="9" cy="6" r="4.6" /></svg>
    ${say("it does not bind")}</span>`
  }
  ${
    isShown &&
    html`<span><svg viewBox="0 0 18 12" aria-hidden="true"><rect class="ev-between" width="18" height="12" /></svg>
    ${say("a share that is kept and cannot be learned")}</span>`
  }<span>${say("Press a dot to see its training.")}</span></p>`;

// ---- The figure

function LoopFigure({ loop, fresh, models, chosen, form, acts }) {
  const [box, { width, height }] = useSize({ width: 860, height: 440 }),
    shares = loop.down.map((each) => each.share),
    low = Math.min(...shares),
    foot = height - FOOT,
    right = width - RIGHT,
    inset = Math.min(INSET, 0.06 * width);
  const x = logAxis({ low: 1, high: low, from: LEFT + inset, to: right - 24 }),
    y = shareAxis({ low: 0.44, high: 1.01, from: foot, to: TOP });
  // A number that would reach the next one is left out, from the smallest share on.
  const numbered = shares.reduceRight(
    (shown, share) => (shown.length && x(shown[0]) - x(share) < NUMBER_WIDTH ? shown : [share, ...shown]),
    [],
  );
  // At a share the models on their way down stand at its left, those on their way up at its right, and fresh ones on
  // it.
  const gaps = shares.slice(1).map((share, at) => x(share) - x(shares[at])),
    apart = Math.min(APART, Math.min(...gaps) / (2 * models.length + 2)),
    beside = (kind, at) => (kind === "down" ? at - models.length : at + 1) * apart,
    pointsOf = (stops, at) =>
      stops.map(({ kind, share, training }) => [x(share) + beside(kind, at), endOf(training, form)]);
  const same = (value) => value,
    isOpen = loop.state === "holds",
    choose = (stop) => acts.change({ chosen: stop.id, hovered: null });
  return html`<div class="ev-graph" ref=${box}><svg viewBox=${`0 0 ${width} ${height}`} role="group"
    aria-label=${say("Binding against the share of named things whose color is told. Lines: trainings from fresh weights, and models whose share is lowered and raised again.")}>
    <${ShareRules} y=${y} left=${LEFT} right=${right} />
    <text x=${LEFT + 6} y=${y(0.5) + 17}>${say("coin toss")}</text>
    <path class="ev-axis" d=${`M${LEFT} ${foot}H${right}`} />
    ${shares.map(
      (share) => html`<path class="ev-tick" d=${`M${x(share)} ${foot}v4`} />
        ${numbered.includes(share) && html`<text class="ev-strong" x=${x(share)} y=${foot + 18} text-anchor="middle">${share}</text>`}
        ${TICKS[share] && html`<text x=${x(share)} y=${foot + 34} text-anchor="middle">${say(TICKS[share])}</text>`}`,
    )}
    ${isOpen && html`<${Between} loop=${loop} form=${form} x=${x} y=${y} />`}
    ${
      !models.length &&
      html`<text class="ev-name" x=${(LEFT + right) / 2} y=${y(contract.binding.level) - 12} text-anchor="middle">
      ${notHereText()}</text>`
    }
    <path class="ev-fresh-line" d=${path(middles(loop.fresh, form), x, y)} />
    ${models.map(
      (stops, at) => html`<path class="ev-way" d=${path(pointsOf(stops, at), same, y)} />
      <${Arrows} points=${pointsOf(stops, at)} y=${y} isShown=${at === 0} />`,
    )}
    <g role="group" aria-label=${say("Trainings")} onKeyDown=${moveFocus}>
      ${fresh.map(
        (
          stop,
        ) => html`<${Stop} key=${stop.id} stop=${stop} left=${x(stop.share)} y=${y} reach=${0.7 * apart} form=${form}
        isChosen=${stop === chosen} choose=${choose} acts=${acts} />`,
      )}
      ${models.map((stops, at) =>
        stops.map(
          (
            stop,
          ) => html`<${Stop} key=${stop.id} stop=${stop} left=${x(stop.share) + beside(stop.kind, at)} y=${y} reach=${0.7 * apart} form=${form}
          isChosen=${stop === chosen} choose=${choose} acts=${acts} />`,
        ),
      )}</g></svg></div>`;
}

/** [share, binding of the middle seed] of the cells that are whole. */
const middles = (list, form) =>
  list.filter(({ cell }) => hasAllRun(cell)).map(({ share, cell }) => [share, cell.forms[form].end]);

/** The area between the way down and fresh weights, where both are whole: what is kept and could not be learned. */
function Between({ loop, form, x, y }) {
  const fresh = middles(loop.fresh, form),
    down = middles(loop.down, form).filter(([share]) => fresh.some(([other]) => other === share));
  return html`<path class="ev-between"
    d=${`${path(down, x, y)}${path([...fresh].reverse(), x, y).replace("M", "L")}Z`} />`;
}

const ON_THE_WAY = [0.2, 0.45, 0.8]; // shares of it at which arrows stand

function Arrows({ points, y, isShown }) {
  if (!isShown || points.length < 2) return null;
  return ON_THE_WAY.map((share) => {
    const at = Math.min(Math.floor(share * (points.length - 1)), points.length - 2),
      [[x0, v0], [x1, v1]] = [points[at], points[at + 1]],
      turn = (180 / Math.PI) * Math.atan2(y(v1) - y(v0), x1 - x0);
    const transform = `translate(${(x0 + x1) / 2} ${(y(v0) + y(v1)) / 2}) rotate(${turn.toFixed(1)})`;
    return html`<path class="ev-arrow" transform=${transform} d="M-5-5.5 6 0-5 5.5-2.5 0z" />`;
  });
}

const WAYS = {
  fresh: () => say("From fresh weights"),
  down: () => say("One model, on the way down"),
  up: () => say("One model, on the way up"),
};

const saidOf = ({ kind, share, training }, form) =>
  isBoundAtEnd(training, form)
    ? say`${WAYS[kind]()}, share ${share}, seed ${training.seed}: ${percent(endOf(training, form))}, it binds`
    : say`${WAYS[kind]()}, share ${share}, seed ${training.seed}: ${percent(endOf(training, form))}, it does not bind`;

function Stop({ stop, left, y, reach, form, isChosen, choose, acts }) {
  const { kind, training } = stop,
    up = y(endOf(training, form)),
    name = isBoundAtEnd(training, form) ? "ev-dot" : "ev-hollow-dot",
    said = saidOf(stop, form);
  return html`<g class=${isChosen ? "ev-stop ev-chosen" : "ev-stop"} role="button" tabindex=${isChosen ? 0 : -1}
    aria-label=${said} aria-pressed=${String(isChosen)} data-training=${training.key} onClick=${() => choose(stop)}
    onFocus=${() => choose(stop)} onKeyDown=${pressByKey(() => choose(stop))}
    onPointerEnter=${() => acts.change({ hovered: stop.id })} onPointerLeave=${() => acts.change({ hovered: null })}>
    <title>${said}</title><circle class="ev-hit" cx=${left} cy=${up} r=${Math.max(4.6, reach)} />
    ${isChosen && html`<circle class="ev-ring" cx=${left} cy=${up} r="9" />`}
    ${
      kind === "fresh"
        ? html`<rect class=${name} x=${left - 4.6} y=${up - 4.6} width="9.2" height="9.2" rx="1.5" />`
        : html`<circle class=${name} cx=${left} cy=${up} r="4.4" />`
    }</g>`;
}

// ---- What it says

function LoopSentences({ loop }) {
  return html`<div class="ev-said" role="status">${sentencesOf(loop).map((each, at) => html`<p key=${at}>${each}</p>`)}
    </div>`;
}

/** The finding in sentences: of whole cells alone. */
export function sentencesOf({ state, ran, asked: numAsked, kept: keptShares, lost, regained, parted, fresh, up }) {
  if (state === "none") return [notHereText()];
  if (state === "begun")
    return [
      say`${ran} of ${numAsked} trainings have run. They are drawn as they come, and nothing is judged before all are there.`,
    ];
  const about = [
    keptShares.canonical === null
      ? say("It was not bound when its captions told every color.")
      : lost === null
        ? say`It was still bound with ${percent(keptShares.canonical)} of the colors told, the fewest that were tried.`
        : regained === null
          ? say`It was still bound with ${percent(keptShares.canonical)} of the colors told; at ${percent(lost)} it was lost.`
          : say`It was still bound with ${percent(keptShares.canonical)} of the colors told; at ${percent(lost)} it was lost, and on the way up it was back at ${percent(regained)}.`,
  ];
  if (state === "holds") about.push(say`To learn it for the first time, ${percent(parted)} of the colors are too few.`);
  if (state === "kept") {
    const [done, all] = [
      fresh.reduce((sum, { cell }) => sum + cell.ran, 0),
      fresh.reduce((sum, { cell }) => sum + cell.seeds, 0),
    ];
    about.push(
      say`Whether so few are enough to learn it is not known yet: ${done} of ${all} trainings of fresh weights have run.`,
    );
  }
  if (state === "refuted") about.push(say("At every share, a model from fresh weights learns what this model kept."));
  if (state === "divided") about.push(say("Asked about two things and about one, it does not come out alike."));
  if (keptShares.single !== keptShares.canonical)
    about.push(
      keptShares.single === null
        ? say("Asked about one thing alone, in captions that it never read, it is not surely bound.")
        : up.at(-1).cell.forms.single.is_kept
          ? say`Asked about one thing alone, in captions that it never read, it was bound down to ${percent(keptShares.single)}.`
          : say`Asked about one thing alone, in captions that it never read, it was bound down to ${percent(keptShares.single)}, and not again with all colors told. No model read as long with all of them, so few colors need not be the cause.`,
    );
  return about;
}

// ---- The training that is chosen

const SIZE = { width: 280, height: 112, left: 38, top: 10, foot: 22 };

function StopPanel({ stop, models, fills, form, acts }) {
  if (!stop) return html`<aside class="wb-col ev-loop-side"><p>${notHereText()}</p></aside>`;
  const { kind, share, cell, training } = stop,
    isBound = isBoundAtEnd(training, form),
    value = percent(endOf(training, form));
  const way = models.find((stops) => stops.includes(stop)) ?? [],
    before = way[way.indexOf(stop) - 1],
    pairs = roughly(budgetOf(cell));
  const from =
    kind === "fresh"
      ? say`It started with no knowledge and read ${pairs} pairs at this share.`
      : before
        ? say`It came here from share ${before.share}, where it found ${percent(endOf(before.training, form))}, and read ${pairs} more pairs.`
        : say("The model starts here, and it learns as any other model does.");
  return html`<aside class="wb-col ev-loop-side" aria-live="polite"><h2>${WAYS[kind]()}</h2>
    <p><${Sentences}><b>${say`Share ${share}, seed ${training.seed}.`}</b>${toldWords(share)}<//></p>
    <p class=${isBound ? "ev-verdict" : "ev-verdict ev-not"}>
      ${isBound ? say`It binds: ${value}` : say`It does not bind: ${value}`}</p>
    <${StopCurve} training=${training} cell=${cell} isBound=${isBoundAtEnd(training, "canonical")} />
    ${form !== "canonical" && html`<p>${say("Its curve is that of two things.")}</p>`}<${Fifty} share=${share} fills=${fills} />
    <p>${from}</p>

    <button type="button" class="ev-btn ev-go" data-act="training"
      onClick=${({ currentTarget }) => acts.openTraining(cell, training, currentTarget)}><${Sign} name="play" />
      ${kind === "fresh" || !before ? say("Train this very one again") : say("Train it up to this dot")}</button></aside>`;
}

const toldWords = (share) =>
  share >= 1
    ? say("Every named thing has its color told.")
    : say`${percent(share)} of the named things have their color told.`;

function StopCurve({ training: { curves, batch_size: size }, cell, isBound }) {
  const { width, height, left, top, foot } = SIZE,
    all = budgetOf(cell),
    points = curves.at(-1).map(([step, value]) => [step * size, value]);
  const x = (pairs) => left + (pairs / all) * (width - left - 10),
    y = shareAxis({ high: 1.02, from: height - foot, to: top });
  return html`<svg class="ev-small-curve" viewBox=${`0 0 ${width} ${height}`} role="img"
    aria-label=${say`Its curve over ${roughly(all)} pairs, from ${percent(points[0][1])} to ${percent(points.at(-1)[1])}`}>
    <${ShareRules} y=${y} left=${left} right=${width - 10} gap=${6} />
    <text x=${left} y=${height - 4}>0</text><text x=${width - 10} y=${height - 4} text-anchor="end">
      ${say`${roughly(all)} pairs`}</text>
    <path class=${isBound ? "ev-line-right" : "ev-line-wrong"} d=${path(points, x, y)} /></svg>`;
}

/** The colors of the page's pictures, each once. */
const fillsOf = (pictures) => [
  ...new Set(Object.values(pictures).flatMap((objects) => objects.map(({ fill }) => fill))),
];

/** Fifty named things, of which a share has its color told. Which ones is the same for every share. */
function Fifty({ share, fills }) {
  const told = Math.round(CIRCLES * share),
    order = Array.from({ length: CIRCLES }, (_, at) => at).sort((a, b) => shuffleKey(a) - shuffleKey(b)),
    on = new Set(order.slice(0, told));
  return html`<figure class="ev-fifty"><svg viewBox="0 0 280 125" role="img"
    aria-label=${say`Of fifty named things, ${told} have their color told`}>${order.map(
      (_, at) =>
        html`<circle class=${on.has(at) ? "ev-told-one" : "ev-bare-one"}
          style=${on.has(at) ? { color: fills[at % fills.length] } : null} cx=${14 + (at % 10) * 28} cy=${12 + Math.floor(at / 10) * 25} r="8" />`,
    )}</svg><figcaption>${say`Of fifty named things, ${told} have their color told.`}</figcaption></figure>`;
}

const shuffleKey = (at) => (Math.sin(12.9898 * at + 4.1) * 43758.5453) % 1;
