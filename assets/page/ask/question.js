// The first column of *Ask a real CLIP*: a picture, a caption as it was read, and the swap that is wrong.

import { contract } from "../contract.js";
import { html, useState } from "../vendor/preact.js";
import { filesOf, MAX_PICTURES, unreadable } from "./picture.js";
import { FileButton, Heading, Icon, Sign, useFocusKept } from "../ui.js";
import { say } from "../words.js";

const FILE = "M10 2H4v14h10V6zM10 2v4h4",
  CAMERA = "M2 5h3l1.5-2h5L13 5h3v10H2zM9 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  PASTE = "M6 3H4v13h10V3h-2M6 2h6v3H6z";

export function AskQuestion({ state, acts }) {
  const section = useFocusKept(".ask-several [aria-pressed=true]", ".ask-sources button");
  return html`<section class="wb-col ask-question" aria-labelledby="ask-question-title" tabindex="-1" ref=${section}>
  <${Heading} id="ask-question-title" number="1" title=${say("Your picture, your caption")} />
  <${QuestionPictures} state=${state} acts=${acts} /><${CaptionField} state=${state} acts=${acts} />
  <div class="ask-foot">${state.pictures.length === 1 && html`<${Swapped} state=${state} acts=${acts} />`}
    <button type="button" class="wb-link" onClick=${acts.restart}>${say("Start over")}</button></div></section>`;
}

// ---- Pictures

function QuestionPictures({ state, acts }) {
  const { pictures, at, note, examples, example, hasCamera } = state,
    shown = pictures[at];
  const words = example === null ? shown?.name : shown?.name || say("Drop a picture here, or paste it");
  return html`<div class="ask-shot" id="ask-picture">${
    shown
      ? html`<img src=${shown.uri} alt=${
          example === null
            ? say`Your picture: ${shown.name}`
            : say`Example: ${examples[example].captions[shown.captionIndex]}`
        } width="294" height="277" />`
      : html`<div class="ask-none" />`
  }<p class="ask-drop">${words ?? say("Drop a picture here, or paste it")}</p></div>
  ${pictures.length > 1 && html`<${Several} state=${state} acts=${acts} />`}
  <div class=${`ask-sources${hasCamera ? "" : " ask-two"}`}>
    <${FileButton} kind="ask-btn" label=${say("File")} isSeveral onFiles=${acts.addPictures}><${Icon} path=${FILE} />
      ${say("File")}<//>
    ${
      hasCamera &&
      html`<${FileButton} kind="ask-btn" label=${say("Camera")} capture="environment"
      onFiles=${acts.addPictures}>
      <${Icon} path=${CAMERA} />${say("Camera")}<//>`
    }
    <button type="button" class="ask-btn" onClick=${() => paste(acts)}><${Icon} path=${PASTE} />
      ${say("Paste")}</button></div>
  <p class="ask-note" role="status">${note}</p>
  <div class="ask-examples" role="group" aria-label=${say("Examples")}><span>${say("Examples")}</span>
    ${examples.map(
      (each, index) => html`<button type="button" key=${index} aria-pressed=${index === example}
    aria-label=${say`Example: ${each.captions[0]}`} onClick=${() => acts.showExample(index)}>
    <img src=${each.image} alt="" width="42" height="42" /></button>`,
    )}</div>`;
}

async function paste(acts) {
  try {
    const items = await navigator.clipboard.read(),
      files = [];
    for (const item of items)
      for (const type of item.types)
        if (type.startsWith("image/"))
          files.push(new File([await item.getType(type)], say("pasted picture"), { type }));
    if (files.length) acts.addPictures(files);
    else acts.change({ note: say("No picture was copied.") });
  } catch {
    acts.change({ note: say("Press Ctrl-V to paste: this browser lets no button read what was copied.") });
  }
}

function Several({ state, acts }) {
  const { pictures, at } = state;
  return html`<div class="ask-several" role="group" aria-label=${say("Pictures")}>
    ${pictures.map(
      (each, index) => html`<span key=${index}><button type="button" aria-pressed=${index === at}
    aria-label=${say`Picture ${index + 1}`} onClick=${() => acts.change({ at: index })}>
    <img src=${each.uri} alt="" width="42" height="42" />
      <small>${each.captionIndex ? say("of the swap") : say("of the caption")}</small></button>
    <button type="button" class="ask-x" aria-label=${say`Remove picture ${index + 1}`}
      onClick=${() => acts.removePicture(index)}>✕</button></span>`,
    )}
    ${
      pictures.length < MAX_PICTURES &&
      html`<${FileButton} kind="ask-plus" label=${say("Add another picture")} isNamed isSeveral
      onFiles=${(files) => acts.addPictures(files, { isAdded: true })}>+<//>`
    }</div>`;
}

/** The second picture of Winoground's pair: an example has one, else a file is chosen. */
const Swapped = ({ state, acts }) => html`<${FileButton} kind="wb-link" label=${say("Add a picture of the swap")}
  onPress=${state.pictures[0].swapped && acts.addSwapPicture}
  onFiles=${(files) => acts.addPictures(files, { captionIndex: 1 })}>
    ${say("Add a picture of the swap")}<//>`;

// ---- The caption

function CaptionField({ state, acts }) {
  const { caption, reading, problem, isMissing } = state,
    pairs = reading?.pairs ?? [],
    chips = useFocusKept(".ask-missing input", ".ask-add"),
    swaps = useFocusKept("#ask-others", "[data-act=change]");
  return html`<div class="ask-field">
    <label for="ask-caption">${say("Caption, in English: two things and what is said of them")}</label>
    <input id="ask-caption" type="text" maxlength=${contract.question.caption_length} autocomplete="off" spellcheck="false"
      placeholder="a red mug and a green book"
      translate=${false} value=${caption} onInput=${({ target }) => acts.type(target.value)} /></div>
  ${
    caption &&
    html`<div class="ask-field"><span class="ask-label" id="ask-read">${say("Read as")}</span>
    <div class="ask-chips" role="group" aria-labelledby="ask-read" tabindex="-1" ref=${chips}>
    ${pairs.map(
      (pair) => html`<${Chip} key=${pair.place} pair=${pair}
      onPress=${() => acts.togglePair(pair.place)} />`,
    )}
    ${
      isMissing && reading
        ? html`<${Missing} things=${reading.things} acts=${acts} />`
        : reading?.things.length > 0 &&
          html`<button type="button" class="ask-chip ask-add" onClick=${() => acts.change({ isMissing: true })}>
      ${say("missed a word?")}</button>`
    }
      </div></div>`
  }
  <div class="ask-swaps" tabindex="-1" ref=${swaps}>
    <div class="ask-problem" role="status">${
      problem &&
      html`<p>${problem} ${
        !state.isChanging &&
        caption &&
        html`<button type="button" class="wb-link" data-act="change" onClick=${() => acts.change({ isChanging: true })}>
    ${say("Write the other caption")}</button>`
      }</p>`
    }</div>
    ${caption && html`<p class="ask-swap"><${Round} kind="right" /><span translate=${false}>${caption}</span></p>`}
    <${Others} state=${state} acts=${acts} /></div>`;
}

/** An attribute with its noun; pressed while it counts. */
const Chip = ({ pair, onPress }) => html`<button type="button" class="ask-chip" aria-pressed=${pair.counts}
  translate=${false} title=${say(pair.counts ? "Read wrongly? Press to remove" : "Press to count it again")} onClick=${onPress}>
  <b>${pair.kind === "color" && html`<i class="ask-dot" style=${{ background: pair.attribute.split(" ").at(-1) }} />`}
    ${pair.attribute}
    </b> <span>${pair.noun}</span><em aria-hidden="true">${pair.counts ? "✕" : "↺"}</em></button>`;

function Missing({ things, acts }) {
  const [word, setWord] = useState(""),
    [thing, setThing] = useState(0),
    add = () => word.trim() && acts.addWord(word.trim(), thing);
  return html`<span class="ask-missing"><input type="text" maxlength="40" placeholder=${say("attribute")}
    aria-label=${say("An attribute that was missed")} value=${word} onInput=${({ target }) => setWord(target.value)}
    onKeyDown=${({ key }) => key === "Enter" && add()} />
    <span>${say("of")}</span><select aria-label=${say("of which object")} translate=${false} value=${thing}
      onChange=${({ target }) => setThing(Number(target.value))}>${things.map(
        (each, index) => html`<option key=${index} value=${index}>${each}</option>`,
      )}</select>
    <button type="button" class="ask-btn" onClick=${add}>${say("Add")}</button></span>`;
}

function Others({ state, acts }) {
  const { others, isChanging, isByHand, reading } = state;
  if (isChanging) {
    return html`<div class="ask-field ask-others"><label for="ask-others">${say("Wrong captions, one a line")}</label>
      <textarea id="ask-others" rows=${Math.max(2, others.length)} translate=${false} value=${others.join("\n")}
        onInput=${({ target }) => acts.writeOthers(target.value)} />
      <p>${
        reading?.confusions.length > 0 &&
        html`<button type="button" class="wb-link" onClick=${acts.addConfusions}>
        ${say("Add captions with repeated attributes")}</button>`
      }<button type="button" class="wb-link"
        onClick=${() => (isByHand ? acts.takeSwap() : acts.change({ isChanging: false }))}>
        ${say(isByHand ? "Back to the swap" : "Done")}</button></p></div>`;
  }
  const shown = others.filter((each) => each.trim());
  return html`<div role="status">${shown.map(
    (each, index) =>
      html`<p class="ask-swap" key=${index}><${Round} kind="wrong" /><span><span translate=${false}>${each}
    </span> ${
      index === shown.length - 1 &&
      html`<button type="button" class="wb-link" data-act="change" onClick=${() => acts.change({ isChanging: true })}>
    ${say("change")}</button>`
    }</span></p>`,
  )}</div>`;
}

/** The mark of a caption or an answer: right or wrong; hollow where it is luck. */
export const Round = ({ kind, hollow }) =>
  html`<i class=${`ask-round ask-${kind}${hollow ? " ask-hollow" : ""}`} role="img"
  aria-label=${say({ right: "right", wrong: "wrong", open: "a tie" }[kind])}>
  ${kind !== "open" && html`<${Sign} name=${kind} />`}</i>`;

/** Take a picture that is dropped or pasted anywhere on the page, while this view is shown. */
export function listen(isShown, acts) {
  document.addEventListener("dragover", (event) => {
    if (isShown()) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!isShown()) return;
    event.preventDefault();
    const files = filesOf(event.dataTransfer);
    if (files.length) acts.addPictures(files);
    else if (event.dataTransfer.files.length) acts.change({ note: unreadable() });
  });
  document.addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData);
    if (!isShown() || !files.length) return;
    event.preventDefault();
    acts.addPictures(files);
  });
}
