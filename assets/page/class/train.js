// The training: on the projector the wall, on a phone one's own captions and the training of this device.

import { contract } from "../contract.js";
import { shareAxis } from "../share-axis.js";
import { fixedDigits, thousands } from "../numbers.js";
import { LONG_TRAINING_S } from "../recipe.js";
import { Caption } from "../ui.js";
import { bare } from "../words.js";
import { html } from "../vendor/preact.js";
import { Climb } from "./climb.js";
import { BitsOfMine } from "./equal-bits.js";
import { Rows } from "./rows.js";
import { kindOf, Wall } from "./wall.js";

const PHONE = { width: 360, height: 300, type: 13, radius: 4.5, hasNames: false };

export function Train({ state, acts, tell }) {
  return html`<div class="class-train">${
    state.isTeacher
      ? html`<${Wall} ...${{ state, acts, tell }} />`
      : html`<${OwnTraining} ...${{ state, acts, tell }} />`
  }</div>`;
}

function OwnTraining({
  state: {
    view: { wall, deal, me },
    device,
  },
  acts,
  tell,
}) {
  const { objects_in_image: objects, attribute_kinds: kinds, attribute_density: density } = deal.values,
    dot = wall.dots.find((each) => each.pupil === me.number),
    hasClassWorld = Boolean(wall.world),
    kind = kindOf(wall),
    Drawing = kind === "train" ? Climb : Rows,
    isWatching = device.canTrain === false || (device.canTrain === null && dot?.state === "watching");
  return html`<h1 class="class-title" id="class-deal" data-kappa=${deal.kappa} data-seed=${deal.seed}>
    ${tell(`${kind}.mine`)}</h1>
    <div class="class-mine"><span>
      ${device.sample && html`<img src=${device.sample.image} alt="" width="128" height="128" />`}</span>
      <div><p id="class-sample" lang="en" translate=${false}>
        ${device.sample && html`<${Caption} words=${device.sample.words} />`}</p>
      ${
        !hasClassWorld &&
        html`<dl class="class-dials"><dt>${tell("train.density")}</dt><dd>${density.toFixed(2)}</dd>
        <dt>${tell("train.objects")}</dt><dd>${objects}
      </dd><dt>${tell("train.kinds")}</dt><dd>${kinds.length}</dd></dl>`
      }</div></div>
    <h2 class="class-label">${tell(isWatching ? "train.watches" : "train.device")}</h2><p class="class-quiet">
      ${tell(`${kind}.${isWatching ? "neighbor" : "how_mine"}`, { minutes: LONG_TRAINING_S / 60 })}</p>
    ${
      isWatching &&
      device.seconds !== null &&
      html`<p>${tell("train.slow", { min: Math.max(LONG_TRAINING_S / 60, Math.ceil(device.seconds / 60)) })} <button
      type="button" id="class-again" class="class-button" onClick=${acts.tellDevice("measureAgain")}>
        ${tell("train.measure")}</button> <button
      type="button" id="class-anyway" class="class-button" onClick=${acts.tellDevice("trainAnyway")}>
        ${tell("train.anyway")}</button></p>`
    }
    ${isWatching && device.recorded && html`<${Recorded} ...${device.recorded} tell=${tell} />`}
    <${Drawing} id="class-climb" wall=${wall} size=${PHONE}
      mine=${isWatching ? (neighborOf(wall.dots, deal.kappa)?.pupil ?? null) : me.number}
      tell=${tell} />
    ${wall.bits && html`<${BitsOfMine} bits=${wall.bits} tell=${tell} />`}
    ${!isWatching && html`<${TrainingProgress} ...${{ dot, device, wall, hasClassWorld, acts, tell }} />`}${
      device.why && html`<p class="class-bad">${device.why}</p>`
    }`;
}

/** The curve of a training with these dials in another browser: across the pairs, upward the share of pictures. */
function Recorded({ curve, pairs, tell }) {
  const { width, type } = PHONE,
    height = 190,
    plot = { left: 3.4 * type, right: width - type, top: type, bottom: height - 2 * type },
    most = curve.at(-1)[0];
  const x = (at) => plot.left + (at / most) * (plot.right - plot.left),
    y = shareAxis({ from: plot.bottom, to: plot.top });
  const text = { fill: "var(--class-quiet)", "font-size": type },
    said =
      pairs === null
        ? tell("train.recorded_not", { pairs: thousands(most) })
        : tell("train.recorded", { pairs: thousands(pairs) });
  return html`<p class="class-quiet">${tell("train.recording")}</p>
    <svg viewBox=${`0 0 ${width} ${height}`} id="class-recorded" role="img"
    aria-label=${said} font-family="system-ui, sans-serif">
    ${[0.5, contract.binding.level, 1].map(
      (share) => html`<path d=${`M${plot.left} ${y(share)}H${plot.right}`} stroke="var(--class-line)"
      stroke-dasharray=${share === 0.5 ? "4 4" : null} />
        <text x=${plot.left - type / 2} y=${y(share) + type / 3} text-anchor="end"
      ...${text}>${bare(share)}</text>`,
    )}
    <path d=${`M${curve.map(([at, share]) => `${x(at).toFixed(1)} ${y(share).toFixed(1)}`).join("L")}`} fill="none"
      stroke="var(--class-ink)" stroke-width="2" />
    ${
      pairs !== null &&
      html`<circle cx=${x(pairs)} cy=${y(curve.find(([at]) => at === pairs)[1])} r="6"
      fill="var(--class-right)" />`
    }
    <text x=${plot.right} y=${height - type / 2} text-anchor="end" ...${text}>
      ${tell("train.pairs", { pairs: thousands(most) })}</text></svg>
      <p>${said}</p>`;
}

/** The training dot whose captions are most like those of a device that watches. */
export function neighborOf(dots, kappa) {
  const far = (dot) => Math.abs(Math.log(dot.kappa / kappa)),
    training = dots.filter(({ state }) => state !== "watching");
  return training.sort((one, other) => far(one) - far(other))[0] ?? null;
}

/** On the class's own world a run stays in this browser only where its pupil asks for it. */
const KeepRun = ({ device: { run, isKept }, acts, tell }) =>
  run &&
  (isKept
    ? html`<p class="class-quiet" id="class-kept-run">${tell("own.run_kept")}</p>`
    : html`<p><button type="button" class="class-button" id="class-keep-run" onClick=${acts.tellDevice("keepRun")}>
    ${tell("own.keep_run")}</button></p>`);

function TrainingProgress({ dot, device, wall: { budget, line }, hasClassWorld, acts, tell }) {
  const { canTrain, seconds, run, ownBinding } = device,
    keepRun = hasClassWorld && html`<${KeepRun} ...${{ device, acts, tell }} />`;
  if (dot?.state === "landed")
    return html`<p class="class-number" id="class-run" data-status="landed">
    ${tell("train.landed", { pairs: thousands(dot.pairs) })}</p><p id="class-checked" class="class-quiet"
    data-checked=${String(dot.is_checked)}>${
      dot.scored === null
        ? tell("train.unchecked")
        : tell(dot.is_checked ? "train.checked" : "train.not_checked", { value: bare(dot.scored) })
    }</p>
    ${
      dot.expected &&
      html`<p>${tell("train.expected", { n: line.length, pairs: thousands(Number(dot.expected.pairs.toPrecision(2))) })}
      </p>`
    }${keepRun}`;
  if (dot?.state === "ended")
    return html`<p class="class-number" id="class-run" data-status="ended">
    ${tell("train.ended", { pairs: thousands(budget) })}</p>${keepRun}`;
  const hasBegun = Boolean(dot) && dot.state !== "watching";
  if (!run && hasClassWorld && !device.why)
    return html`<p class="class-quiet" id="class-begins">${tell("own.begins")}</p>`;
  if (!run)
    return html`<button type="button" id="class-go" class="class-button class-first"
    disabled=${!canTrain || hasBegun}
    onClick=${acts.tellDevice("begin")}>${tell(hasBegun ? "train.again" : "train.go")}</button>
    ${
      seconds !== null &&
      html`<p class="class-quiet">${tell("train.seconds", { s: Math.max(1, Math.round(seconds)) })}
      </p>`
    }`;
  const { isPaused, said } = run.in_tab;
  return html`<div class="class-track" role="progressbar" aria-label=${tell("train.progress")}
    aria-valuemin="0" aria-valuemax="100"
    aria-valuenow=${Math.round((100 * run.pairs_seen) / budget)}>
      <i class="class-fill" style=${{ width: `${fixedDigits(100 * (run.pairs_seen / budget), 1)}%` }} /></div>
    <p id="class-run" data-status=${isPaused ? "paused" : run.status} data-run=${run.name}>
      ${tell("train.read", { pairs: thousands(run.pairs_seen), most: thousands(budget) })}${
        run.left_words && html`${" "}<span class="class-quiet">${run.left_words}</span>`
      }</p>
    <div class="class-own"><p>${ownBinding && tell("train.binding", { value: bare(ownBinding.value), level: bare(contract.binding.level) })}</p>
      <button type="button" id="class-pause" class="class-button" onClick=${acts.tellDevice(isPaused ? "resume" : "pause")}>
      ${tell(isPaused ? "train.go_on" : "train.pause")}</button></div>
    <p class="class-quiet" role="status">${said || tell("train.keep")}</p>`;
}
