// The tiles of a person's things, what CLIP will read of them, and the button that trains on them.

import { contract } from "../contract.js";
import { pictureOf } from "../drawing.js";
import { LONG_TRAINING_S } from "../recipe.js";
import { Caption, FileButton, Icon, Sentences, useFocusKept } from "../ui.js";
import { html, useEffect, useRef } from "../vendor/preact.js";
import { roughDuration, say, space } from "../words.js";
import { Editor } from "./editor.js";
import { pictureOfThing, SIGNS, WAYS } from "./picture.js";
import { captionOf, CORNERS, objectOf, sceneWorld } from "./thing.js";

const SOURCES = {
  built: "built in",
  drawn: "drawn",
  photo: "photo",
  icon: "icon",
  file: "from a file",
  link: "from a link",
};
/** A caption of things that somebody might draw. */
const EXAMPLE = [
  { word: "bello", color: 0 },
  { word: "rocket", color: 1 },
];
const SAMPLES = 3,
  SCENE_BOX = 30;

/** @param {any} props `canTrain` is null until it is known; `recorded` is the address of a recorded training, or "" */
export function View({ store, state, acts, time, canTrain = null, recorded = "", colors }) {
  const { editor, note, undone, isKept, offered, link, isCopied } = state,
    page = useFocusKept("[data-act=undo-empty]", "[data-act=empty-all]"),
    answer = useRef(null);
  // On a phone the buttons stand below the tiles, and what they answer is seen there; who works at a tile stays there.
  useEffect(() => {
    if ((note || link) && !document.activeElement?.closest("[data-tile]"))
      answer.current?.scrollIntoView({ block: "nearest" });
  }, [note, link]);
  return html`<div class="th-page" id="things" tabindex="-1" ref=${page}>
    <div class="th-lead"><div><h2>${say("Your own things")}</h2>
      <p>${say("Draw things and name them. A new CLIP then learns them from nothing, in this tab.")}</p></div>
      <div class="th-acts">${
        undone &&
        html`<button type="button" class="wb-link" data-act="undo-empty" onClick=${() => store.undoEmpty()}>
        ${say("Undo")}</button>`
      }<button type="button" class="wb-link" data-act="empty-all" disabled=${!store.things.length}
        onClick=${() => store.emptyAll()}>${say("Empty all tiles")}</button>
        <${FileButton} kind="wb-link" label=${say("Open a saved world")} id="open-things" accept=".json,application/json"
          onFiles=${([file]) => file && void store.openFile(file)}>${say("Open a saved world")}<//>
        <button type="button" class="wb-link" id="save-things" disabled=${!store.things.length}
          onClick=${() => store.save()}>${say("Save this world")}</button>
        ${
          store.isKept && // nobody else can open the address of a file
          html`<button type="button" class="wb-link" id="share-things" disabled=${Boolean(store.lack)}
          onClick=${() => void store.share()}>${say("Copy a link")}</button>`
        }
        <button type="button" class="wb-link" data-act="back" onClick=${acts.goBack}>${say("Back to the Workbench")}</button>
      </div></div>
    <p ref=${link ? null : answer} class="th-note" role="status">${note}</p>
    ${
      offered &&
      html`<p class="th-offer" role="status">${say`This link holds a world of ${offered.nouns.length} things. If you open it, it replaces yours.`}
      <button type="button" class="wb-btn" data-act="open-offered" onClick=${() => store.putThings(offered, "link")}>
        ${say("Open it")}</button>
      <button type="button" class="wb-btn" data-act="keep-mine" onClick=${() => store.change({ offered: null })}>
        ${say("Keep mine")}</button></p>`
    }
    ${
      link &&
      html`<p ref=${answer} class="th-offer" role="status"><span>${say(isCopied ? "Link copied. It holds your drawings." : "This link holds your drawings. Copy it:")}</span>
      <input class="th-link" type="text" readonly value=${link} aria-label=${say("Link to this world")} translate=${false}
        onFocus=${({ target }) => target.select()} /></p>`
    }
    <section class="wb-col th-world" aria-labelledby="th-things"><h2><i aria-hidden="true">1</i>
      <span id="th-things">${say`${contract.own_world.min_nouns} to ${contract.own_world.max_nouns} things`}</span><span class="th-sub">
      <${Sentences}>${say("Built-in things are here, so that you can start at once. Change them, or add yours.")}${
        !isKept && html`<span>${say("This page does not keep your things, so save the world.")}</span>`
      }<//></span></h2>
      <ul class="th-tiles">${store.slots.map(
        (thing, slot, slots) =>
          html`<${TileOrEmpty} key=${slot} ...${{ thing, slot, store }} isNext=${slots.indexOf(null) === slot} />`,
      )}</ul></section>
    <div class="th-below">
      <${Read} things=${store.things} loadedWorld=${store.loadedWorld} colors=${colors} />
      <${TrainThings} ...${{ store, time, canTrain, recorded }} /></div>
    ${editor && html`<${Editor} key=${editor.slot} ...${{ making: store.making, editor, colors }} />`}</div>`;
}

/** A tile, which keeps the focus where its thing goes. */
function TileOrEmpty(given) {
  const tile = useFocusKept("button");
  return html`<${given.thing ? Filled : Empty} ...${given} tile=${tile} />`;
}

function Filled({ thing, slot, store, tile }) {
  const world = sceneWorld(store.loadedWorld, [thing]);
  return html`<li class="th-tile" data-tile=${slot} ref=${tile} translate=${false}>
    <img src=${pictureOfThing(world, 0, slot % world.kinds[0].values.length)} alt="" width="128" height="128" />
    <p><b data-name>${thing.word}</b> <small>${say(SOURCES[thing.from] ?? SOURCES.file)}</small></p>
    <span class="th-edit"><button type="button" data-act="edit" aria-label=${say`Change ${new String(thing.word)}`}
      onClick=${() => store.making.open(slot, "draw")}><${Icon} path=${SIGNS.pen} /></button>
    <button type="button" data-act="empty" aria-label=${say`Remove ${new String(thing.word)}`}
      onClick=${() => store.emptyTile(slot)}><${Icon} path=${SIGNS.bin} /></button></span></li>`;
}

const Empty = ({ slot, store, isNext, tile }) => html`<li class=${isNext ? "th-tile th-no th-next" : "th-tile th-no"}
  data-tile=${slot} ref=${tile} aria-label=${say`Tile ${slot + 1}, empty`}>
  <span class="th-ways">${WAYS.map(
    ({ way, label, sign }) => html`<button type="button" data-act=${way} onClick=${() => store.making.open(slot, way)}>
    <${Icon} path=${sign} />${say(label)}</button>`,
  )}</span>
  <p>${say(isNext ? "Your next thing" : "Another thing")}</p></li>`;

function Read({ things, loadedWorld, colors }) {
  const count = Math.min(SAMPLES, Math.floor(things.length / 2));
  const samples = Array.from({ length: count }, (_, sample) =>
    [0, 1].map((side) => {
      const at = (2 * sample + side) % things.length;
      return { ...things[things.length - 1 - at], color: (3 * sample + 4 * side + 1) % colors.length };
    }),
  );
  return html`<section class="wb-col th-read" aria-labelledby="th-read"><h2><i aria-hidden="true">2</i>
    <span id="th-read">${say("What CLIP will read")}</span><span class="th-colors">${say("each thing comes in eight colors")}
    ${colors.map(({ word, fill }) => html`<i key=${word} title=${word} style=${{ background: fill }} />`)}</span></h2>
    <p>${say("Every caption names two things, each with its color.")}${
      things.every(({ from }) => from === "built") &&
      html`${space(say("Every caption names two things, each with its color."))}<span>
        ${say("Once you have drawn a bello and a rocket, CLIP also reads")}</span>
        ${" "}<span translate=${false}>“<${Caption} words=${captionOf(EXAMPLE, colors)} />”</span>${say(".")}`
    }</p>
    <div class="th-samples" translate=${false}>${samples.map((pair) => {
      const words = captionOf(pair, colors),
        world = sceneWorld(loadedWorld, pair),
        objects = pair.map(({ color }, noun) => objectOf(world, noun, color, CORNERS[noun]));
      return html`<figure key=${words.map(({ text }) => text).join(" ")}>
        <img src=${pictureOf(world, objects, SCENE_BOX, 128)} alt="" width="128" height="128" />
        <figcaption><${Caption} words=${words} /></figcaption></figure>`;
    })}</div></section>`;
}

/** What is to be expected of a training, by those that were made beforehand. */
function Expected({ ending }) {
  if (!ending) return null;
  const { count, n, bound } = ending,
    [low, high] = [ending.low, ending.high].map((share) => Math.round(100 * share)),
    shares = low === high ? `${low}` : `${low}–${high}`;
  return html`<p class="th-sub" data-part="ending">
    ${say`Worlds of ${count} such things were trained beforehand: ${bound} of ${n} bound, and they ended at ${shares} %.`}</p>`;
}

function TrainThings({ store, time, canTrain, recorded }) {
  const isRefused = canTrain === false,
    obstacle = store.lack || (isRefused ? say("not in this browser") : "");
  return html`<section class="wb-col th-train" aria-labelledby="th-h3"><h2 id="th-h3"><i aria-hidden="true">3</i>
    ${say("Train a CLIP on them")}</h2>
    <p>${say("It starts with no knowledge and reads 46,080 pairs of a picture and its caption. Then it has to say who has which color.")}</p>
    <${Expected} ending=${store.ending} />
    <button type="button" class="wb-go" id="train-things" disabled=${Boolean(obstacle)}
      onClick=${() => void store.train()}><span>${say("Train on these things")}<small>${
        obstacle || (time ? say`in this tab, about ${roughDuration(time)}` : say("in this tab"))
      }</small></span></button>
    ${
      isRefused &&
      html`<p class="th-sub" data-part="refused"><${Sentences}>
      <b>${say("This browser cannot train here.")}</b>
      ${say("It refuses WebAssembly, the fast arithmetic that training needs.")}
      <span>${say("You can still draw here, save this world and pass it on.")}</span><//></p>`
    }
    ${
      recorded &&
      (isRefused || time > LONG_TRAINING_S) &&
      html`<p><a class="wb-link" data-act="recorded" href=${recorded}>${say("Or watch a recorded one")}</a></p>`
    }
    <p class="th-safe"><${Icon} path=${SIGNS.lock} />
      <span>${say("Your drawings stay on this device until you share them.")}</span></p></section>`;
}
