// The teacher's bar at the foot of the projector: steps with minutes, the time left, back and next, and a menu.

import { contract } from "../contract.js";
import { clock } from "../texts.js";
import { html, useEffect, useState } from "../vendor/preact.js";

const TICK_MS = 500;

/** The stops of a room's lesson. */
export const stopsOf = (lesson, view) => (view.has_things ? lesson.stops_with_things : lesson.stops);

export function ClassBar({ state, acts, tell }) {
  const { view, lesson } = state,
    stops = stopsOf(lesson, view),
    names = [...new Set(stops.map(({ step }) => step))],
    isWaiting = view.step === "things" && !view.things.world; // there another button closes the world
  return html`<footer id="class-bar" class="class-bar"><ol class="class-steps">
    ${names.map(
      (step, index) =>
        html`<li key=${step}><button type="button" aria-current=${step === view.step ? "step" : null}
    onClick=${() => acts.goTo(stops.findIndex((stop) => stop.step === step))}>
      ${index ? `${index}. ` : ""}${tell(`step.${step}`)}${
        lesson.minutes[step] > 0 && html` <small>${tell("minutes", { n: lesson.minutes[step] })}</small>`
      }</button></li>`,
    )}</ol>
    <${StepTimeLeft} ...${{ view, tell, offset: state.offset }} />
      <b class="class-bar-code" translate=${false}>${view.room}</b>
      <span class="class-people" id="class-people">${tell("people", { n: view.people })}
      </span><${Menu} ...${{ state, acts, tell }} />
    <button type="button" class="class-button" id="class-back" disabled=${view.stop === 0} onClick=${() => acts.goBy(-1)}>
      ${tell("back_step")}
      </button><button type="button" class=${isWaiting ? "class-button" : "class-button class-first"} id="class-next"
        disabled=${view.stop === stops.length - 1}
      onClick=${() => acts.goBy(1)}>${tell("next")}</button></footer>`;
}

/** The seconds of this device's clock, again and again. */
export function useClock() {
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now / 1000;
}

/** What is left of the step's minutes, by the server's clock. */
function StepTimeLeft({ view, offset, tell }) {
  const now = useClock(),
    left = view.since + 60 * view.minutes - (now + offset),
    isOver = view.minutes > 0 && left <= 0;
  return html`<span class="class-time" id="class-time" role="timer" data-over=${String(isOver)}>
    ${view.minutes > 0 && (isOver ? tell("over") : tell("left", { time: clock(left) }))}</span>`;
}

function Menu({ state: { view, links, deviceLink }, acts, tell }) {
  const [isSure, ask] = useState(false),
    [isShown, show] = useState(false);
  return html`<details class="class-menu" id="class-menu" onToggle=${() => ask(false)}><summary>${tell("menu")}</summary><div class="class-menu-list">
    <button type="button" class="class-button" id="class-keep" onClick=${() => acts.keepWall(!view.is_kept)}>
      ${tell(view.is_kept ? "menu.kept" : "menu.keep", { hours: contract.class_hours })}</button>
    <a href=${links.plan} target="_blank">${tell("plan")}</a>
    ${
      isShown
        ? html`<input type="text" id="class-device" readonly value=${deviceLink} aria-label=${tell("menu.device")}
      translate=${false}
      onFocus=${(event) => event.target.select()} />`
        : html`<button type="button" class="class-button" id="class-show-device"
      onClick=${() => show(true)}>${tell("menu.device")}</button>`
    }
    <b>${tell("menu.names")}</b><ul>${view.names.map(
      ([number, name]) => html`<li key=${number}>
      <button type="button" class="class-button" translate=${false} data-pupil=${number}
        onClick=${() => acts.removePupil(number)}>
      ${tell("menu.remove", { name })}</button></li>`,
    )}</ul>
    <button type="button" class="class-button" id="class-end" data-sure=${String(isSure)}
      onClick=${() => (isSure ? acts.endClass() : ask(true))}>${tell(isSure ? "menu.end_sure" : "menu.end")}
      </button></div></details>`;
}
