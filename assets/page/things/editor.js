// The box in which one thing is made: the pad, a photograph or an icon at the left, what becomes of it at the right.

import { contract } from "../contract.js";
import { Pixels } from "../pixels.js";
import { Caption, FileButton, Icon, moveFocus, Sentences } from "../ui.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { say } from "../words.js";
import { Pad } from "./pad.js";
import { outlinesOfThing, pictureOfThing, SIGNS, WAYS } from "./picture.js";
import { Shot } from "./shot.js";
import { CORNERS, objectOf, sceneWorld, drawPixels } from "./thing.js";

const TOOLS = [
  ["pen", "Pen", SIGNS.pen],
  ["fill", "Fill", "M3.5 9.5 9 4l6 6-5.5 5.5a1.4 1.4 0 0 1-2 0l-4-4a1.4 1.4 0 0 1 0-2zM9 4 7 2M4 10h10"],
  ["rub", "Eraser", "M2.5 11.5 9.5 4.5l4.5 4.5-6 6H6zM6 8l4.5 4.5M9 15h6"],
];
const UNDO = "M6 3 3 6l3 3M3 6h7a4.5 4.5 0 0 1 0 9H6";
const INKS = [
  ["body", "The color"],
  ["ink", "Dark"],
  ["light", "Light"],
];
/** Other things of the world beside this one. */
const MATES = 6;
const WIDTH_NAMES = ["Thin", "Medium", "Thick"];
const SIDE = 64;
/** What a photograph's lines say, by the word of photo.js. */
const CUT = {
  closed: ["", "The line is closed: what it encloses takes the color, and the line stays dark."],
  gap: [
    "The line has a gap, so the color runs out.",
    "Move the slider to the right, or go on with the pen and close the gap.",
  ],
  paper: [
    "Too much in the frame counts as ink.",
    "Drag the corners so that only the sheet is inside, or move the slider to the left.",
  ],
  none: ["No dark line was found.", "Move the slider to the right, or use a thicker marker."],
};

export function Editor({ making, editor, colors }) {
  const { way, word } = editor,
    { reason } = making,
    isDrawn = reason?.field !== "picture",
    box = useBox(editor.slot);
  function key(event) {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!isUndo || way !== "draw" || event.target.id === "thing-name") return;
    event.preventDefault();
    if (event.shiftKey) making.redo();
    else making.undo();
  }
  function keep() {
    making.keep();
    if (making.editor) box.current.querySelector("#thing-name").focus(); // it has no name yet
  }
  const { title } = WAYS.find((each) => each.way === way);
  return html`<dialog ref=${box} class=${`th-box th-is-${way}`} aria-labelledby="th-title" onKeyDown=${key}
    onCancel=${() => making.close()}>
    <div class="th-left"><div class="th-head"><h2 id="th-title">${say(title)}</h2>
      <${ToolChoice} label=${say("How to make its picture")} kind="th-seg" chosen=${way} choose=${(each) => making.setWay(each)}
        choices=${WAYS.map(({ way: name, label, sign }) => [name, html`<${Icon} path=${sign} />${say(label)}`])} /></div>
      ${way === "draw" && html`<${DrawingTools} ...${{ making, editor, colors }} />`}
      ${way === "photo" && html`<${Photo} ...${{ making, editor }} />`}
      ${way === "icon" && html`<${Icons} ...${{ making, editor }} />`}</div>
    <div class="th-right">
      <div class="th-field"><label for="thing-name">${say("Its name")}</label>
        <input type="text" id="thing-name" value=${word} maxlength=${contract.own_world.word_signs} autocapitalize="off" autocomplete="off"
          spellcheck=${false} translate=${false} aria-invalid=${String(reason?.field === "word" && Boolean(reason.said))}
          aria-describedby="thing-why" onInput=${({ target }) => making.setWord(target.value)}
          onKeyDown=${({ key: pressed, isComposing }) => pressed === "Enter" && !isComposing && isDrawn && keep()} />
        <small id="thing-why" role="status" class=${reason?.field === "word" && reason.said ? "th-bad" : ""}>
          ${
            (reason?.field === "word" && reason.said) ||
            say("One word, and not a color. CLIP has never read it and learns it from your captions.")
          }
          </small></div>
      ${way === "photo" && html`<${Slider} ...${{ making, editor }} />`}
      <${Previews} ...${{ making, editor, colors }} />
      <div class="th-hints" aria-live="polite"><${Hints} ...${{ making, editor }} /></div>
      <div class="th-foot"><button type="button" class="wb-go" id="thing-keep" disabled=${!isDrawn || Boolean(reason?.said)}
        onClick=${keep}><span>${word ? say`Keep ${new String(word)}` : say("Keep this thing")}</span></button>
        ${
          way !== "draw" &&
          html`<button type="button" class="wb-btn" data-act="to-pen" disabled=${!editor.parts.length}
          onClick=${() => making.setWay("draw")}>${say("Go on with the pen")}</button>`
        }
        <button type="button" class="wb-btn" data-act="cancel" onClick=${() => making.close()}>${say("Cancel")}</button>
      </div></div></dialog>`;
}

/** A reference to the box, which is open while it is there and has the focus. */
function useBox(slot) {
  const box = useRef(null);
  useEffect(() => {
    const { current: dialog } = box,
      { activeElement: before } = document;
    dialog.showModal?.();
    // On a phone the keyboard would cover the pad before anything is drawn.
    if (!globalThis.matchMedia?.("(pointer: coarse)").matches) dialog.querySelector("#thing-name").focus();
    // The focus goes back to what opened the box; a thing that was kept has other buttons.
    return () => {
      dialog.close();
      const home = before?.tabIndex >= 0 && before.isConnected; // not in a browser whose presses give no focus
      (home ? before : document.querySelector(`[data-tile="${slot}"] button, .class-ways button`))?.focus();
    };
  }, []);
  return box;
}

/** A group of radio buttons, which arrows walk through. */
function ToolChoice({ label, kind, chosen, choose, choices }) {
  function walk(event) {
    const next = moveFocus(event);
    if (next) choose(next.dataset.choice);
  }
  return html`<div class=${kind} role="radiogroup" aria-label=${label} onKeyDown=${walk}>
    ${choices.map(
      ([name, content, aria]) => html`<button key=${name} type="button" role="radio" data-choice=${name}
      aria-checked=${String(name === chosen)} aria-label=${aria} title=${aria}
        tabindex=${name === chosen ? 0 : -1} onClick=${() => choose(name)}>${content}</button>`,
    )}</div>`;
}

function DrawingTools({ making, editor, colors }) {
  const { tool, ink, width, past, parts } = editor;
  return html`<${Pad} ...${{ making, editor, colors }} />
    <div class="th-row"><${ToolChoice} label=${say("Tool")} kind="th-seg th-tools" chosen=${tool}
      choose=${(each) => making.setTool(each)}
      choices=${TOOLS.map(([name, label, path]) => [
        name,
        html`<${Icon} path=${path} />${say(label)}${name === "pen" && html`<i class=${`th-width-${width}`} />`}`,
      ])} />
      <button type="button" class="wb-btn th-undo" data-act="undo" disabled=${!past.length}
        onClick=${() => making.undo()}><${Icon} path=${UNDO} />${say("Undo")}</button>
      <button type="button" class="wb-btn th-over" data-act="start-over" disabled=${!parts.length}
        onClick=${() => making.startOver()}>${say("Start over")}</button></div>
    <div class="th-row th-ink-row"><${ToolChoice} label=${say("Ink")} kind="th-inks" chosen=${ink}
      choose=${(each) => making.setInk(each)}
      choices=${INKS.map(([name, label]) => [name, html`<i class=${`th-ink-${name}`} />${say(label)}`])} />
      <${ToolChoice} label=${say("Width of the pen")} kind="th-widths" chosen=${String(width)}
      choose=${(each) => making.change({ width: Number(each) })}
      choices=${WIDTH_NAMES.map((name, index) => [String(index), html`<i class=${`th-width-${index}`} />`, say(name)])} />
      </div>
    <p class="th-sub">${say("What you draw with the color takes all eight colors. Dark and light parts stay as they are.")}</p>`;
}

function Photo({ making, editor }) {
  const { picture } = editor,
    [problem, setProblem] = useState("");
  async function openFile([file]) {
    try {
      await making.openPhoto(import("./shot.js").then(({ openPicture }) => openPicture(file)));
      setProblem("");
    } catch {
      setProblem(say("The browser cannot read this picture. Choose another file."));
    }
  }
  const buttons = html`<div class="th-row th-left-row">
    <${FileButton} kind="wb-btn" label=${say("Take a photograph")} capture="environment" onFiles=${openFile}>
      <${Icon} path=${SIGNS.camera} />${say(picture ? "Take another" : "Take a photograph")}<//>
    <${FileButton} kind="wb-btn" label=${say("Choose a file")} onFiles=${openFile}>${say("Choose a file")}<//>
    ${
      editor.photo &&
      html`<button type="button" class="wb-btn" data-act="turn"
      onClick=${() => making.change({ photo: { ...editor.photo, turns: (editor.photo.turns + 1) % 4 } })}>
        ${say("Turn")}</button>`
    }</div>`;
  return html`${
    editor.photo
      ? html`<${Shot} photo=${editor.photo} onCrop=${(levels) => making.setPhoto(levels)} />
      <p class="th-sub">${say("Drag the corners so that only the drawing is inside.")}</p>`
      : html`<div class="th-blank"><p>
      ${say("Draw with a black marker on white paper, and fill the sheet.")}</p></div>`
  }
  ${buttons}<p class="th-bad" role="status">${problem}</p>
  <p class="th-safe"><${Icon} path=${SIGNS.lock} /><span>
    ${say("Nothing leaves this device. The photograph is forgotten when you close this box, and only the cut-out drawing is kept.")}
    </span></p>`;
}

function Slider({ making, editor: { slider, cutOutcome, picture } }) {
  if (!picture) return null;
  const [bold, rest] = CUT[cutOutcome] ?? ["", ""];
  return html`<div class="th-cut-out"><div class="th-slider"><label for="thing-dark">${say("How dark a line must be")}</label>
    <output for="thing-dark">${slider}</output>
    <input type="range" id="thing-dark" min="2" max="84" value=${slider}
      aria-valuetext=${say`${slider} of 100. ${bold || rest}`} onInput=${({ target }) => making.cutPhoto(Number(target.value))} />
    <small>${say("only the blackest")}</small><small>${say("every gray")}</small></div>
    <p class=${bold ? "th-hint" : "th-hint th-fine"} role="status"><span><${Sentences}>
      ${bold && html`<b>${say(bold)}</b>`}${say(rest)}<//></span></p></div>`;
}

function Icons({ making, editor: { icon } }) {
  return html`<ul class="th-icons" translate=${false}>${making.icons.map(
    (thing) => html`<li key=${thing.word}><button type="button" data-icon=${thing.word}
    aria-pressed=${String(thing.word === icon)}
      onClick=${() => making.setIcon(thing.word)}><svg viewBox="0 0 1 1" aria-hidden="true">${thing.parts.map(
        ({ role, points }) =>
          html`<polygon class=${`th-${role}`} points=${points.map((each) => each.join()).join(" ")} />`,
      )}</svg>
    <span>${thing.word}</span></button></li>`,
  )}</ul>`;
}

/** Colors, the model's scene in true size and enlarged, and the thing beside the others. */
function Previews({ making, editor: { world: finished, sketch, word, alike }, colors }) {
  const world = sketch ?? finished,
    shown = colors.slice(0, 3),
    name = word || "…";
  const mates = making.others.slice(0, MATES);
  if (alike && !mates.some((mate) => mate.word === alike.word))
    mates[MATES - 1] = making.others.find((other) => other.word === alike.word);
  const pixels =
    world &&
    drawPixels(world, [
      objectOf(world, 0, 0, CORNERS[0]),
      objectOf(world, Math.min(1, world.nouns.length - 1), 1, CORNERS[1]),
    ]);
  return html`<div class="th-both"><div><h3>${say("It will come in all colors")}</h3>
    <div class="th-three" translate=${false}>${shown.map(
      ({ word: color, fill }, index) => html`<figure key=${color}>
      ${world ? html`<img src=${pictureOfThing(world, 0, index)} alt="" width="128" height="128" />` : html`<i />`}
      <figcaption><span>${"a "}</span><${Caption} words=${[{ text: color, kind: "color", color: fill }]} /><span>
        ${` ${name}`}</span></figcaption></figure>`,
    )}</div></div>
    <div><h3>${say("What the model sees of it")}</h3><div class="th-eye"><figure><${Pixels} pixels=${pixels} side=${SIDE} class="th-true" role="img"
      aria-label=${say("The scene as the model sees it")} /><figcaption>${say("true size")}</figcaption></figure>
      <${Pixels} pixels=${pixels} side=${SIDE} class="th-enlarged" aria-hidden="true" /></div></div></div>
    <p class="th-sub">${say("A scene has only 64 by 64 pixels, and your thing is at most 28 of them wide and high. Draw it large and simple.")}</p>
    ${
      mates.length > 0 &&
      html`<h3>${say("Beside the other things of this world")}</h3>
      <ul class="th-mates" translate=${false}>
        <li class="th-me">${world ? html`<img src=${pictureOfThing(world, 0, 0, 96)} alt="" />` : html`<i />`}<b>${name}</b></li>
        ${mates.map((mate) => {
          const own = sceneWorld(making.things.loadedWorld, [mate]);
          return html`<li key=${mate.word} class=${alike?.word === mate.word ? "th-twin" : ""}>
          <img src=${pictureOfThing(own, 0, 0, 96)} alt="" />${mate.word}</li>`;
        })}</ul>`
    }`;
}

function Hints({ making, editor: { way, thin, alike, said, word, world } }) {
  const { reason } = making,
    own = new String(word || say("It")),
    hints = [];
  if (!world)
    return (
      way !== "photo" && // the slider or the empty box says what to do
      html`<p class="th-hint th-fine"><span>${say(
        way === "draw"
          ? "Draw something large. It can be as simple as a circle with two eyes."
          : "Choose one. The pen can change it afterwards.",
      )}</span></p>`
    );
  if (said) hints.push(["", said]);
  if (reason?.field === "picture" && reason.said) hints.push(["", reason.said]);
  if (thin)
    hints.push(
      way === "draw"
        ? [
            say("The ringed line is too thin to be seen."),
            say`It is ${thin.pixels.toFixed(1)} pixels wide in a scene. Draw it again with a thicker pen.`,
          ]
        : [
            say("A line is too thin to be seen."),
            say`It is ${thin.pixels.toFixed(1)} pixels wide in a scene. Go on with the pen and make it thicker.`,
          ],
    );
  if (alike)
    hints.push([
      say`${own} and ${new String(alike.word)} look alike.`,
      say`${Math.round(100 * alike.share)} % of what the model sees of them is the same, so CLIP may take one for the other. Another outline, or other dark parts, would help.`,
      html`<${Overlap} ...${{ world, alike }} />`,
    ]);
  if (!hints.length)
    return html`<p class="th-hint th-fine"><span>
      ${say("It looks like none of your other things, and no line is too thin.")}</span></p>`;
  return hints.map(
    ([bold, rest, drawing]) => html`<p key=${rest} class="th-hint"><i aria-hidden="true">!</i><span>
    <${Sentences}>${bold && html`<b>${bold}</b>`}${rest}<//></span>${drawing}</p>`,
  );
}

/** The thing in gray, and over it the outlines of the one that it looks like. */
const Overlap = ({ world, alike }) => html`<span class="th-overlap" aria-hidden="true">
  <img src=${pictureOfThing(world, 0, 0, 96)} alt="" />
  <svg viewBox="0 0 64 64">${outlinesOfThing(world, alike.noun).map((points) => html`<polygon points=${points} />`)}</svg></span>`;
