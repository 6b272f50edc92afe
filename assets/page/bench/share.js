// A run to share: as a link, as a picture card, as a frame of another page, as one file; and dials as a link for a
// class.

import { isOwnWorld } from "../../engine/world.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { contract } from "../contract.js";
import { clamp, thousands } from "../numbers.js";
import { path, shareAxis } from "../share-axis.js";
import { copyText, saveFile, savePng } from "../save-file.js";
import { ClassLink } from "./class-link.js";
import { answersOf, hasModel, numberOf, savedIndex, shownOf, worldOf } from "./shown.js";
import { FRAMES } from "./state.js";
import { moveFocus, Sentences } from "../ui.js";
import { bare, choiceText, LETTERS, percent, plainText, say, MARK_SIGNS, sureness } from "../words.js";

const SIZE = { width: 1200, height: 630 };

/** A dialog over the page; Escape and the button close it, and the focus goes back. */
export function Share({ state, acts }) {
  const { run } = state,
    dialog = useRef(null),
    opener = useRef(globalThis.document?.activeElement);
  useEffect(() => {
    dialog.current.showModal();
    return () => opener.current?.focus({ preventScroll: true });
  }, []);
  return html`<dialog class="wb-share" aria-labelledby="wb-share-title" ref=${dialog}
    onClose=${() => acts.change({ Share: null })}
    onClick=${({ target }) => target === dialog.current && dialog.current.close()}>
    <header><h2 id="wb-share-title">${run ? say("Share this run") : say("Share")}</h2>${
      run && html`<${Named} run=${run} />`
    }<button type="button" class="wb-btn" onClick=${() => dialog.current.close()}>${say("Close")}</button></header>
    ${
      run &&
      html`<div class="wb-share-grid"><div>
      ${hasAddress() && html`<${Link} address=${linkTo(run.name)} isOfTab=${Boolean(run.in_tab)} acts=${acts} />`}
      <${Picture} state=${state} acts=${acts} /></div>
      <div>${hasAddress() && html`<${Embed} state=${state} acts=${acts} />`}<${OnePage} state=${state} acts=${acts} />
        ${isOwnWorld(worldOf(run)) && html`<${OwnThings} acts=${acts} />`}</div></div>`
    }
    ${
      !state.isStatic &&
      html`<${ClassLink} state=${state} onCopy=${(event, text, said) => copy(event, text, acts, said)} />`
    }
    <p role="status" class="wb-said">${state.said || "\u00a0"}</p></dialog>`;
}

function Named({ run }) {
  const number = numberOf(run, run.checkpoints.length - 1);
  return html`<p>${say(run.title)}${number && html`, <span>${percent(number.value)}</span>`}</p>`;
}

const Link = ({ address, isOfTab, acts }) => html`<section><h3>${say("Link")}</h3>
  <div class="wb-copy"><input type="text" readonly value=${address} aria-label=${say("Link to this run")} />
    <button type="button" class="wb-btn wb-primary"
      onClick=${(event) => copy(event, address, acts, say("Link copied."))}>
    ${say("Copy the link")}</button></div>
  <p>${
    isOfTab
      ? say("This address works in this browser only. Hand the run to the server for one that works anywhere.")
      : isLocal()
        ? say("This address works on this computer only.")
        : say("It opens this run with its answers.")
  }</p></section>`;

function Picture({ state, acts }) {
  const preview = useRef(null);
  async function save() {
    const isPng = await savePng(`${state.run.name}.png`, preview.current.firstChild, {
      ...SIZE,
      ground: "--wb-panel",
    });
    acts.change({
      said: isPng ? say("Card saved.") : say("This browser made no PNG of the card; it is saved as an SVG."),
    });
  }
  return html`<section><h3>${say("Picture card")}</h3>
    <div class="wb-preview" ref=${preview}><${ShareCard} state=${state} /></div>
    <button type="button" class="wb-btn" onClick=${save}>${say("Save a PNG card")}</button></section>`;
}

function Embed({ state, acts }) {
  const { run, embed, height } = state,
    code = frameCode(run.name, embed, height);
  return html`<section><h3>${say("Embed")}</h3>
    <div class="wb-embed"><div role="radiogroup" aria-label=${say("Show")}
      onKeyDown=${(event) => moveFocus(event)?.click()}>
      ${Object.entries(FRAMES).map(
        ([name, [said, tall]]) =>
          html`<button type="button" role="radio" aria-checked=${String(name === embed)}
      tabindex=${name === embed ? 0 : -1} data-show=${name} onClick=${() => acts.change({ embed: name, height: tall })}>
        ${say(said)}
      </button>`,
      )}</div>
      <label for="wb-height">${say("Height, pixels")}</label>
        <input type="number" id="wb-height" min="200" max="4000" value=${height}
        onChange=${({ target }) =>
          acts.change({
            height: clamp(Math.round(Number(target.value)) || FRAMES[embed][1], 200, 4000),
          })} /></div>
    <div class="wb-copy"><code>${code}</code><button type="button" class="wb-btn" onClick=${(event) =>
      copy(event, code, acts, say("Code copied."))}>${say("Copy the code")}</button></div>
    ${
      run.in_tab &&
      html`<p><${Sentences}><b>${say("Others would see no run:")}</b><span>
      ${say("it is kept in this browser only. Hand it to the server first.")}
      </span><//></p>`
    }
    <p>${say`It fits into a column of 320 pixels or more. Below 560 pixels its parts stand one below the other, so set the height to ${thousands(FRAMES[embed][2])}.`}</p>
    <p><${Sentences}><b>${say("Does the frame stay empty?")}</b><span>
      ${say("A server lets other sites show it in a frame only if it is told to. Start it with")}
      </span><code>EXPLORER_FRAMED_BY=https://your.blog</code><//></p></section>`;
}

function OnePage({ state: { run, isStatic }, acts }) {
  const [bytes, weigh] = useState(run.in_tab?.page_bytes ?? 0),
    address = `runs/${encodeURIComponent(run.name)}.html`;
  const isThere = run.in_tab || (!isStatic && hasModel(run));
  useEffect(() => {
    if (isThere && !bytes)
      fetch(address, { method: "HEAD" }).then(
        ({ headers }) => weigh(Number(headers.get("X-File-Bytes"))),
        () => undefined,
      );
  }, []);
  if (!isThere) return null;
  const said = bytes ? say`Save the page, ${(bytes / 1e6).toFixed(1)} MB` : say("Save the page");
  return html`<section><h3>${say("One web page")}</h3>
    <p>${say("One HTML file with the run and its model; it works without network.")}</p>
    ${
      run.in_tab
        ? html`<button type="button" class="wb-btn" data-way="home" onClick=${acts.saveRun}>${said}</button>`
        : html`<a class="wb-btn" href=${address} download="" data-way="home">${said}</a>`
    }</section>`;
}

/** The things of a run without its model: as a link where they fit into one, and as a file. */
function OwnThings({ acts }) {
  const [world, found] = useState(null);
  useEffect(() => {
    void acts.loadRunWorld().then(found);
  }, []);
  return html`<section data-part="own-things"><h3>${say("The things")}</h3>
    <p>${say("Your things without the model, for somebody who wants to train on them.")}${
      world && !world.link && html` <span>${say("They do not fit into a link of 8 kB.")}</span>`
    }</p>
    ${
      world?.link &&
      html`<div class="wb-copy"><input type="text" readonly value=${world.link} aria-label=${say("Link to this world")}
      translate=${false} />
      <button type="button" class="wb-btn" onClick=${(event) => copy(event, world.link, acts, say("Link copied."))}>
        ${say("Copy the link")}</button></div>`
    }
    <button type="button" class="wb-btn" data-act="save-world" disabled=${!world}
      onClick=${() => saveFile(JSON.stringify(world.document), "world.json", "application/json")}>
      ${say("Save this world")}</button></section>`;
}

/** Whether this page has an address to pass on; one that a notebook shows in a frame has none. */
const hasAddress = () => globalThis.location?.protocol !== "about:";

const isLocal = () => ["localhost", "127.0.0.1", "[::1]"].includes(globalThis.location?.hostname);

function linkTo(name) {
  if (!globalThis.location) return "";
  const query = new URLSearchParams(location.search);
  query.set("tab", "bench");
  query.set("run", name);
  return new URL(`?${query}`, document.baseURI).href;
}

function frameCode(name, view, height) {
  const { location, explorerLanguage: lang = "en" } = globalThis,
    query = new URLSearchParams({ run: name, only: view, ...(lang === "en" ? {} : { lang }) }),
    address = location ? new URL(`./?${query}`, document.baseURI).href : "";
  const title = `CLIP Binding Explorer: ${FRAMES[view][0].toLowerCase()}`,
    look = `width="100%" height="${height}" style="border:0"`;
  return `<iframe src="${address.replaceAll("&", "&amp;")}" ${look} title="${title}" loading="lazy"></iframe>`;
}

async function copy({ currentTarget }, text, acts, said) {
  const isCopied = await copyText(text, currentTarget.parentElement.querySelector("input, code"));
  acts.change({ said: isCopied ? said : say("Selected: press Ctrl-C.") });
}

// ---- The card. Its colors are variables of the page, which savePng puts into the file, and its look is in no style
// sheet

const CardText = ({
  x,
  y,
  size,
  paint = "quiet",
  weight = 400,
  anchor,
  translate,
  children,
}) => html`<text x=${x} y=${y}
  font-size=${size} fill=${`var(--wb-${paint})`} font-weight=${weight} text-anchor=${anchor} translate=${translate}>
    ${children}</text>`;
const CardLine = ({ d, paint, width = 1.5, isDashed }) =>
  html`<path d=${d} fill="none" stroke=${`var(--wb-${paint})`} stroke-width=${width}
  stroke-dasharray=${isDashed ? "7 5" : null} />`;

export function ShareCard({ state }) {
  const { run } = shownOf(state),
    at = savedIndex(state),
    number = numberOf(run, at),
    { a, b } = state.pairs.list[state.pair],
    { answers, scale } = answersOf(run, at),
    { width, height } = SIZE;
  return html`<svg viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${say("Picture card")}
    font-family="system-ui, sans-serif">
    <rect width=${width} height=${height} fill="var(--wb-panel)" />
    <${CardText} x="48" y="78" size="34" paint="ink" weight="650">${say("Does it bind?")}<//>
    <${CardText} x="48" y="116" size="22">${say(run.title)}<//>
    ${
      number &&
      html`<${CardText} x="48" y="214" size="84" paint="ink" weight="700">${percent(number.value)}<//>
      <${CardText} x="48" y="254" size="19">
      ${say`of pictures find their own caption; ${bare(number.low)} to ${bare(number.high)}, n = ${thousands(number.n)}`}<//>`
    }
    ${run.curve.length > 0 ? html`<${CardCurve} run=${run} />` : number && html`<${Interval} ...${number} />`}
    ${[a, b].map(
      (side, index) => html`<${CardSide} side=${side} letter=${LETTERS[index]} x=${660 + index * 260}
      own=${answers && sureness(answers[2 * state.pair + index], scale)} />`,
    )}
    <${CardText} x="48" y=${height - 36} size="18">
      ${say`${run.steps} steps of ${run.spec.train.batch_size} pairs. A coin toss finds 50 %.`}<//>
    <${CardText} x=${width - 48} y=${height - 62} size="18" weight="600" anchor="end">CLIP Binding Explorer<//>
    <${CardText} x=${width - 48} y=${height - 36} size="16" anchor="end">${globalThis.location?.host}<//></svg>`;
}

const KEYS = [
  ["recognition", "faint", 2, "knows the words", 330],
  ["binding", "right", 4, "knows who has what", 92],
];
function CardCurve({ run }) {
  const [left, right, top, bottom] = [92, 580, 300, 540],
    x = (step) => left + (step / run.steps) * (right - left),
    y = shareAxis({ from: bottom, to: top });
  const along = (name) => run.curve.filter((point) => point[name] !== null).map((point) => [point.step, point[name]]);
  return html`${[0.5, contract.binding.level, 1].map(
    (share) => html`<${CardLine} d=${`M${left} ${y(share)}H${right}`} paint=${share === 0.5 ? "quiet" : "line"}
      isDashed=${share === 0.5} /><${CardText} x="36" y=${y(share) + 6} size="15">${percent(share)}<//>`,
  )}
    <${CardText} x=${left} y=${bottom + 20} size="15">0<//>
    <${CardText} x=${right} y=${bottom + 20} size="15" anchor="end">${say`step ${run.steps}`}<//>
    ${KEYS.map(
      ([name, paint, width, said, at]) => html`<${CardLine} d=${`M${at} 281h26`} ...${{ paint, width }} />
      <${CardText} x=${at + 34} y="286" size="15">${say(said)}<//>
        <${CardLine} d=${path(along(name), x, y)} ...${{ paint, width }} />`,
    )}`;
}

/** What a model has that comes without its training: its number on a scale, beside the coin toss. */
function Interval({ value, low, high }) {
  const at = 400,
    x = (share) => 48 + share * 532;
  return html`<${CardLine} d=${`M${x(0)} ${at}H${x(1)}`} paint="line2" width="6" />
    <${CardLine} d=${`M${x(low)} ${at}H${x(high)}`} paint="right" width="14" />
    <circle cx=${x(value)} cy=${at} r="13" fill="var(--wb-right)" />
      <${CardLine} d=${`M${x(0.5)} ${at - 40}v80`} paint="quiet" isDashed />
    <${CardText} x=${x(0.5) + 8} y=${at - 28} size="15">${say("coin toss")}<//>
    ${[0, 0.5, 1].map(
      (share) => html`<${CardText} x=${x(share)} y=${at + 62} size="15" anchor="middle">
      ${percent(share)}<//>`,
    )}`;
}

/** A picture with its caption on two lines, and what it chose; `own` is null where nothing was asked. */
function CardSide({ side, letter, x, own }) {
  const said = plainText(side.caption),
    at = said.indexOf(" and "),
    reply = own === null ? null : choiceText(own);
  const paint = reply?.isLuck ? "ink" : reply?.mark,
    words = reply?.head.split(" ") ?? [],
    // another language needs no second line
    half = globalThis.explorerWords ? words.length : Math.ceil(words.length / 2);
  return html`<image href=${side.image} x=${x} y="60" width="232" height="232" />
    <${CardText} x=${x} y="330" size="19" paint="ink" weight="700">${letter}<//>
    <${CardText} x=${x + 26} y="330" size="19" paint="ink" translate="no">${said.slice(0, at)}<//>
    <${CardText} x=${x + 26} y="356" size="19" paint="ink" translate="no">${said.slice(at + 1)}<//>
    ${
      reply &&
      html`<${CardText} x=${x} y="402" size="30" paint=${reply.mark === "open" ? "ink" : reply.mark} weight="700">
      ${MARK_SIGNS[reply.mark]}<//>
      ${[words.slice(0, half), words.slice(half)].map(
        (line, down) =>
          html`<${CardText} x=${x + 34} y=${398 + 23 * down} size="17" weight="600"
        paint=${paint}>${line.join(" ")}<//>`,
      )}<${CardText} x=${x + 34} y="448" size="16">${reply.rest}<//>`
    }`;
}
