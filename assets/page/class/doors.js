// Before a class: its two doors, the form for a nickname, and what stands there when it is over.

import { contract } from "../contract.js";
import { html, useState } from "../vendor/preact.js";

/** What the devices of a class may train. */
const KINDS = [
  ["each", "class-with-each"],
  ["things", "class-with-things"],
  ["same", "class-with-same"],
];

export function Doors({ state, acts, tell }) {
  const { lesson, refused, isBusy, links, ownCode } = state,
    [kind, choose] = useState("each"),
    start = (isRehearsal) => () => acts.openRoom({ isRehearsal, kind });
  return html`<section id="class-start" class="class-doors"><h1>${tell("title")}</h1>
    <form id="class-enter" class="class-card" autocomplete="off" onSubmit=${(event) =>
      submit(event, (form) => acts.enter(form.get("room").trim().toUpperCase()))}>
      <h2>${tell("enter.title")}</h2><label for="class-code">${tell("enter.code")}</label>
      <input id="class-code" name="room" value=${refused.code ?? ""} maxlength=${lesson.length}
        minlength=${lesson.length} required
        autocapitalize="characters" spellcheck=${false} inputmode="text" aria-describedby="class-code-note" />
      <p id="class-code-note" class="class-bad" role="alert">${refused.sentence}</p>
        <button class="class-button" disabled=${isBusy}>
        ${tell("enter.button")}</button></form>
    <div class="class-card"><h2>${tell("start.title")}</h2><p>${tell("start.text", { hours: contract.class_hours })}</p>
      ${
        ownCode &&
        html`<button type="button" id="class-go-on" class="class-button class-first"
        onClick=${() => acts.goOn(ownCode)}>
        ${tell("start.go_on", { room: ownCode })}</button>`
      }
      <fieldset class="class-kinds"><legend>${tell("start.trains")}</legend>${KINDS.map(
        ([name, id]) => html`<label key=${name} class="class-switch"><input type="radio" name="kind" id=${id}
        checked=${kind === name} onChange=${() => choose(name)} /><span>${tell(`start.${name}`, {
          n: lesson.minutes.things,
        })}</span></label>`,
      )}</fieldset>
      <button type="button" id="class-open" class=${`class-button${ownCode ? "" : " class-first"}`} disabled=${isBusy}
        onClick=${start(false)}>
        ${tell("start.button")}</button>
      <button type="button" id="class-rehearse" class="class-button" disabled=${isBusy}
        onClick=${start(true)}>
        ${tell("start.rehearse")}</button>
      <p class="class-links"><a href=${links.plan}>${tell("plan")}</a>${" "}
        <a href=${links.lesson}>${tell("lesson")}</a>${" "}
        <a href=${links.share}>${tell("link")}</a></p></div></section>`;
}

export const Join = ({ state, acts, tell }) =>
  html`<form id="class-join" class="class-card class-door" autocomplete="off"
  onSubmit=${(event) => submit(event, (form) => acts.join(form.get("nickname")))}>
  <h1 id="class-joined-room" translate=${false}>${tell("enter.room", { room: state.code })}</h1><label for="class-nickname">
    ${tell("enter.nickname")}</label>
  <input id="class-nickname" name="nickname" maxlength=${state.lesson.longest_nickname} required spellcheck=${false} />
    <button class="class-button class-first" disabled=${state.isBusy}>${tell("enter.join")}</button></form>`;

export const Over = ({ state, tell }) => html`<div class="class-card class-door"><p id="class-over">
  ${state.over === "over" ? tell("gone") : ""}</p><a href=${state.links.class}>${tell("title")}</a></div>`;

function submit(event, act) {
  event.preventDefault();
  act(new FormData(event.target));
}
