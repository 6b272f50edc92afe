// Our things: each phone gives one thing to the class's own world, and the projector shows those that the teacher let
// through.
//
// What waits for the teacher lies in a box that is closed on the projector.

import { PartsAtlas } from "../../engine/atlas_from_parts.js";
import { colorsOf } from "../drawing.js";
import { clock } from "../texts.js";
import { pictureOfThing, WAYS } from "../things/picture.js";
import { ALIKE, likenessOf } from "../things/likeness.js";
import { captionOf, sceneWorld } from "../things/thing.js";
import { Caption, Heard, Icon, Sentences } from "../ui.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { useClock } from "./bar.js";
import { TeacherBox } from "./teacher-box.js";

const SAID_EVERY_MS = 5000;

export function OurThings(given) {
  return given.state.isTeacher ? html`<${World} ...${given} />` : html`<${OwnThing} ...${given} />`;
}

// ---- The projector

function World({ state: { view, drawings, loadedWorld, offset }, acts, tell }) {
  const { things } = view,
    [isHiding, hide] = useState(false),
    shown = things.given.filter(({ state }) => state === "shown"),
    waiting = things.given.filter(({ state }) => state === "waiting"),
    isOpen = !things.world,
    drawing = isOpen ? view.people - things.given.length : 0;
  return html`<div class="class-things"><section><h1 class="class-title">
      ${shown.length ? tell("own.count", { n: shown.length }) : tell("own.title")}</h1>
    <p class="class-quiet">${tell(isOpen ? "own.world" : "own.closed")}</p>
    <ol class="class-grid" id="class-grid">${shown.map(
      (thing, index) =>
        html`<${ThingTile} key=${thing.pupil} ...${{ thing, loadedWorld, drawings, tell }} isNew=${isOpen && index === shown.length - 1}>
        ${
          isHiding &&
          isOpen &&
          html`<button type="button" class="class-button" data-hide=${thing.pupil}
          onClick=${() => acts.askForAnother(thing.pupil)}>${tell("own.hide_it")}</button>`
        }<//>`,
    )}${
      shown.length + Math.max(drawing, 0) === 0 &&
      html`<li class="class-thing class-drawing"><span>${tell(waiting.length ? "own.looks" : "own.first")}</span></li>`
    }${drawing > 0 && html`<li class="class-thing class-drawing"><span>${tell("own.drawing", { n: drawing })}</span></li>`}
    </ol></section>
    <aside>
      <p class="class-big"><b>${shown.length}</b> ${tell("own.things")}</p>
      <p>${tell("own.from", { n: view.people, most: things.most })}</p>
      <${NewThingHeard} newest=${shown.at(-1)} count=${shown.length} tell=${tell} />
      <${Sample} ...${{ shown, loadedWorld, tell }} /><${Twins} ...${{ shown, drawings, loadedWorld, tell }} />
      ${isOpen && html`<${WaitingThings} ...${{ waiting, things, drawings, loadedWorld, acts, tell }} />`}
      ${
        isOpen &&
        html`<div class="class-close"><button type="button" class="class-button class-first" id="class-close"
        disabled=${!shown.length} onClick=${() => acts.closeWorld()}>${tell("own.train")}</button>
      <p class="class-quiet">${
        !shown.length
          ? tell("own.none")
          : things.built_in.length > 0 &&
            html`${tell("own.fill", { n: things.built_in.length })} <span lang="en" translate=${false}>${things.built_in.join(", ")}</span>`
      }</p>
      <button type="button" class="class-button" id="class-hide" aria-pressed=${String(isHiding)} disabled=${!shown.length}
        onClick=${() => hide(!isHiding)}>${tell(isHiding ? "own.hide_end" : "own.hide")}</button>
      <button type="button" class="class-button" id="class-last" disabled=${things.ends !== null}
        onClick=${() => acts.callLast()}>
        ${things.ends === null ? tell("own.last") : html`<${DrawingTimeLeft} ends=${things.ends} offset=${offset} tell=${tell} />`}</button></div>`
      }</aside></div>`;
}

function ThingTile({ thing, loadedWorld, drawings, isNew = false, tell, children }) {
  const { pupil, word, nickname, drawing } = thing,
    noun = drawings[drawing];
  return html`<li class="class-thing" data-pupil=${pupil} data-new=${String(isNew)}>
    <span class="class-thing-picture">${
      noun &&
      loadedWorld &&
      html`<img src=${pictureOfThing(sceneWorld(loadedWorld, [noun]), 0, pupil % loadedWorld.description.kinds[0].values.length, 256)}
        alt=${tell("own.by", { word, name: nickname })} />`
    }</span>
    <p><b translate=${false} data-word>${word}</b><span translate=${false}>${isNew ? tell("own.new", { name: nickname }) : nickname}</span></p>
    ${children}</li>`;
}

/** What a screen reader hears of new things, at most once in five seconds. */
const NewThingHeard = ({ newest, count, tell }) => html`<${Heard} after=${SAID_EVERY_MS} translate=${false}
  text=${newest ? tell("own.said", { word: newest.word, name: newest.nickname, n: count }) : ""} />`;

/** A caption of the newest two things. */
function Sample({ shown, loadedWorld, tell }) {
  if (shown.length < 2 || !loadedWorld) return null;
  const pair = shown.slice(-2).map(({ word }, index) => ({ word, color: index }));
  return html`<p class="class-box">${tell("own.caption")} <span lang="en" translate=${false}>“<${Caption}
    words=${captionOf(pair, colorsOf(loadedWorld.description))} />”</span></p>`;
}

/** The two things on the wall that look most alike to a model, where they do. */
function Twins({ shown, drawings, loadedWorld, tell }) {
  const nouns = shown
      .filter(({ drawing }) => drawings[drawing])
      .map(({ drawing, word }) => ({ word, parts: drawings[drawing].parts })),
    found = useRef({ key: "", twins: null }),
    key = shown.map(({ drawing, word }) => `${word} ${drawing}`).join();
  if (loadedWorld && nouns.length === shown.length && found.current.key !== key)
    found.current = { key, twins: findTwins(loadedWorld, nouns) };
  const { twins } = found.current;
  return twins
    ? html`<p class="class-box" id="class-twins"><${Sentences}>
      <b translate=${false}>${tell("own.alike", twins)}</b>${tell("own.apart")}<//></p>`
    : null;
}

/** @returns {{one: string, other: string} | null} */
export function findTwins(loadedWorld, nouns) {
  if (nouns.length < 2) return null;
  const world = sceneWorld(loadedWorld, nouns),
    atlas = new PartsAtlas(world);
  let best = null,
    most = ALIKE;
  for (let one = 0; one < nouns.length; one++)
    for (let other = one + 1; other < nouns.length; other++) {
      const share = likenessOf(atlas, world, one, other);
      if (share < most) continue;
      most = share;
      best = { one: nouns[one].word, other: nouns[other].word };
    }
  return best;
}

/** What waits for the teacher, one thing after the other. */
function WaitingThings({ waiting: [thing, ...others], things, drawings, loadedWorld, acts, tell }) {
  const count = thing ? others.length + 1 : 0,
    title = tell(count ? "own.waiting" : "own.no_waiting", { n: count });
  return html`<div class="class-wait"><${TeacherBox} id="class-waiting" ...${{ title, tell }}>${
    thing &&
    html`<ul><${ThingTile} key=${thing.pupil} ...${{ thing, loadedWorld, drawings, tell }}>
        <button type="button" class="class-button class-first" data-show=${thing.pupil}
          onClick=${() => acts.showThing(thing.pupil)}>${tell("own.show")}</button>
        <button type="button" class="class-button" data-another=${thing.pupil}
          onClick=${() => acts.askForAnother(thing.pupil)}>${tell("own.another")}</button><//></ul>`
  }<//>
    <label class="class-switch"><input type="checkbox" id="class-at-once" checked=${things.are_shown_at_once}
      onChange=${({ target }) => acts.showAtOnce(target.checked)} />${tell("own.at_once")}</label></div>`;
}

/** Until the teacher waits no longer, by the server's clock as this page knows it. */
function DrawingTimeLeft({ ends, offset, tell }) {
  const left = ends - (useClock() + offset);
  return html`<span role="timer">${left > 0 ? tell("own.left", { time: clock(left) }) : tell("own.over")}</span>`;
}

// ---- A phone

function OwnThing({ state: { view, giving, offset }, acts, tell }) {
  const { things, me } = view,
    { mine } = things,
    isClosed = Boolean(things.world),
    isFull = things.is_full && !mine?.drawing;
  useEffect(() => {
    acts.openGiving();
  }, []);
  const thing = giving?.thing ?? null,
    isGiven = Boolean(mine?.drawing);
  return html`<div class="class-give"><h1 class="class-title">${tell("own.give")}</h1>
    ${things.ends !== null && !isClosed && html`<p class="class-label"><${DrawingTimeLeft} ends=${things.ends} offset=${offset} tell=${tell} /></p>`}
    <p class="class-box" id="class-mine-thing" data-state=${isClosed ? "closed" : (mine?.state ?? "none")} role="status">
      <${Sentences}>${tell(
        isClosed ? "own.mine_closed" : isFull ? "own.mine_full" : `own.mine_${mine?.state ?? "none"}`,
        {
          word: mine?.word ?? "",
          n: isFull ? things.most : things.shown,
        },
      )}${
        isGiven &&
        mine.word !== mine.typed &&
        html`<b id="class-numbered">${tell("own.mine_numbered", { word: mine.word, typed: mine.typed })}</b>`
      }<//></p>
    ${
      thing &&
      html`<figure class="class-my-thing"><img src=${giving.picture} alt=${tell("own.by", { word: thing.word, name: me.nickname })} />
      <figcaption translate=${false}>${isGiven ? mine.word : thing.word}</figcaption></figure>`
    }
    ${
      giving &&
      !isClosed &&
      !isFull &&
      html`<div class="class-ways">${
        thing
          ? html`<button type="button" class="class-button" data-act="draw" onClick=${() => giving.edit("draw")}>
        ${tell("own.change")}</button>${
          !isGiven &&
          !giving.isSent &&
          html`<button type="button" class="class-button class-first" id="class-give"
          onClick=${acts.give}>${tell("own.send")}</button>`
        }`
          : WAYS.map(
              ({ way, sign }) => html`<button type="button" class="class-button" data-act=${way}
        onClick=${() => giving.edit(way)}><${Icon} path=${sign} />${tell(`own.${way}`)}</button>`,
            )
      }</div>`
    }
    ${isClosed || isFull || html`<p class="class-quiet">${tell("own.kept")}</p>`}
    ${giving?.box()}</div>`;
}
