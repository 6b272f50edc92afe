// A run to share: as a link, as a picture card, as a frame of another page, as one file.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { copied, saved } from "../save-file.js";
import { answersOf, numberOf, place, shown } from "./shown.js";
import { walked } from "../ui.js";
import { bare, choice, percent, plain, say, sureness } from "../words.js";

const WIDTH = 1200, HEIGHT = 630, FRAMES = { outcome: ["The outcome", 560], scene: ["Your own scene", 560],
  workbench: ["The Workbench", 800] };

/** A dialog over the page; Escape and the button close it, and the focus goes back. */
export function Share({ state, acts }) {
  const { run } = state, dialog = useRef(null), opener = useRef(globalThis.document?.activeElement), address = linkTo(run.name),
    number = numberOf(run, run.checkpoints.length - 1);
  useEffect(() => { dialog.current.showModal(); return () => opener.current?.focus({ preventScroll: true }); }, []);
  return html`<dialog class="wb-share" aria-labelledby="wb-share-title" ref=${dialog} onClose=${acts.unshare}
    onClick=${({ target }) => target === dialog.current && dialog.current.close()}>
    <header><h2 id="wb-share-title">${say("Share this run")}</h2><p>${run.label}${number && html`, <span>${percent(number.value)}</span>`}
      </p><button type="button" class="wb-btn" onClick=${() => dialog.current.close()}>${say("Close")}</button></header>
    <div class="wb-share-grid"><div><${Link} address=${address} isOfTab=${Boolean(run.in_tab)} acts=${acts} />
      <${Picture} state=${state} acts=${acts} /></div>
      <div><${Embed} state=${state} acts=${acts} /><${OnePage} state=${state} acts=${acts} /></div></div>
    <p role="status" class="wb-said">${state.said || "\u00a0"}</p></dialog>`;
}

const Link = ({ address, isOfTab, acts }) => html`<section><h3>${say("Link")}</h3>
  <div class="wb-copy"><input type="text" readonly value=${address} aria-label=${say("Link to this run")} />
    <button type="button" class="wb-btn wb-primary" onClick=${(event) => copy(event, address, acts, say("Link copied."))}>
    ${say("Copy the link")}</button></div>
  <p>${isOfTab ? say("This address works in this browser only. Hand the run to the server for one that works anywhere.") : isLocal()
    ? say("This address works on this computer only.") : say("Opens this run with its answers.")}</p></section>`;

function Picture({ state, acts }) {
  const preview = useRef(null);
  useEffect(() => { card(state).then((canvas) => { canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", say("Picture card")); preview.current?.replaceChildren(canvas); }); }, []);
  return html`<section><h3>${say("Picture card")}</h3><div class="wb-preview" ref=${preview} />
    <button type="button" class="wb-btn" onClick=${() => saveCard(state, acts)}>${say("Save a PNG card")}</button></section>`;
}

function Embed({ state, acts }) {
  const { run, embed, height } = state, code = frameCode(run.name, embed, height);
  return html`<section><h3>${say("Embed")}</h3>
    <div class="wb-embed"><div role="radiogroup" aria-label=${say("Show")} onKeyDown=${(event) => walked(event)?.click()}>
      ${Object.entries(FRAMES).map(([name, [said, tall]]) => html`<button type="button" role="radio" aria-checked=${String(name === embed)}
      tabindex=${name === embed ? 0 : -1} data-show=${name} onClick=${() => acts.embed({ embed: name, height: tall })}>${say(said)}
      </button>`)}</div>
      <label for="wb-height">${say("Height, pixels")}</label><input type="number" id="wb-height" min="200" max="4000" value=${height}
        onChange=${({ target }) => acts.embed({ height: Math.min(4000, Math.max(200, Math.round(Number(target.value))
        || FRAMES[embed][1])) })} /></div>
    <div class="wb-copy"><code>${code}</code><button type="button" class="wb-btn" onClick=${(event) =>
      copy(event, code, acts, say("Code copied."))}>${say("Copy the code")}</button></div>
    <p>${say("Fits a column from 320 pixels on. Below 560 it stacks: set the height to 1,000.")}</p>
    <p><b>${say("The frame stays empty?")}</b> <span>${say("A server lets other sites frame it only if it is told so: start it with")}
      </span> <code>EXPLORER_FRAMED_BY=https://your.blog</code></p></section>`;
}

function OnePage({ state: { run, isStatic }, acts }) {
  const [bytes, weigh] = useState(run.in_tab?.page_bytes ?? 0), address = `runs/${encodeURIComponent(run.name)}.html`;
  const isThere = run.in_tab || (!isStatic && (run.has_model || run.kind === "shipped"));
  useEffect(() => {
    if (isThere && !bytes) fetch(address, { method: "HEAD" }).then(({ headers }) => weigh(Number(headers.get("X-File-Bytes"))),
      () => undefined);
  }, []);
  if (!isThere) return null;
  const said = bytes ? say`Save the page, ${(bytes / 1e6).toFixed(1)} MB` : say("Save the page");
  return html`<section><h3>${say("One web page")}</h3><p>${say("One HTML file with the run and its model; it works without network.")}</p>
    ${run.in_tab ? html`<button type="button" class="wb-btn" data-way="home" onClick=${acts.saveRun}>${said}</button>`
      : html`<a class="wb-btn" href=${address} download="" data-way="home">${said}</a>`}</section>`;
}

const isLocal = () => ["localhost", "127.0.0.1", "[::1]"].includes(globalThis.location?.hostname);

function linkTo(name) {
  if (!globalThis.location) return "";
  const query = new URLSearchParams(location.search);
  query.set("tab", "workbench");
  query.set("run", name);
  return new URL(`?${query}`, location.href).href;
}

function frameCode(name, view, height) {
  const address = globalThis.location ? new URL(`./?${new URLSearchParams({ run: name, only: view })}`, location.href).href : "";
  return `<iframe src="${address.replaceAll("&",
    "&amp;")}" width="100%" height="${height}" style="border:0" title="CLIP Binding Explorer: ${FRAMES[view][0].toLowerCase()}" loading="lazy"></iframe>`;
}

async function copy({ currentTarget }, text, acts, said) {
  acts.say(await copied(text, currentTarget.parentElement.querySelector("input, code")) ? said : say("Selected: press Ctrl-C."));
}

async function saveCard(state, acts) {
  const canvas = await card(state);
  saved(await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), `${state.run.name}.png`, "image/png");
  acts.say(say("Card saved."));
}

/** The card as a canvas, 1200 x 630. */
async function card(state) {
  const { run } = shown(state), at = place(state), number = numberOf(run, at);
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT }), pen = canvas.getContext("2d");
  const style = getComputedStyle(document.getElementById("workbench-outcome")),
    color = (name) => style.getPropertyValue(name).trim() || "#888";
  pen.fillStyle = color("--wb-panel");
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  const text = (said, x, y, size, paint = "--wb-ink", weight = 400) => {
    pen.font = `${weight} ${size}px system-ui, sans-serif`;
    pen.fillStyle = color(paint);
    pen.fillText(say(said), x, y);
  };
  text("Does it bind?", 48, 78, 34, "--wb-ink", 650);
  text(run.label, 48, 116, 22, "--wb-quiet");
  if (number) {
    text(percent(number.value), 48, 214, 84, "--wb-ink", 700);
    text(say`of pictures find their own caption; ${bare(number.low)} to ${bare(number.high)}, n = ${number.n.toLocaleString("en-US")}`, 48,
      254, 19, "--wb-quiet");
  }
  if (run.curve.length) curve(pen, run, color, text);
  else if (number) interval(pen, number, color, text);
  await pair(pen, state.pairs.list[state.pair], answersOf(run, at), state.pair, color, text);
  text(say`${run.steps} steps of ${run.spec.train.batch_size} pairs. A coin toss finds 50 %.`, 48, HEIGHT - 36, 18, "--wb-quiet");
  text("CLIP Binding Explorer", WIDTH - 250, HEIGHT - 62, 18, "--wb-quiet", 600);
  pen.textAlign = "right";
  text(new URL(linkTo(run.name)).host, WIDTH - 48, HEIGHT - 36, 16, "--wb-quiet");
  return canvas;
}

function curve(pen, run, color, text) {
  const [left, right, top, bottom] = [92, 580, 300, 540];
  const x = (step) => left + (step / run.steps) * (right - left), y = (share) => bottom - ((Math.max(0.4,
    share) - 0.4) / 0.6) * (bottom - top);
  for (const share of [0.5, 0.75, 1]) {
    pen.strokeStyle = color(share === 0.5 ? "--wb-quiet" : "--wb-line");
    pen.setLineDash(share === 0.5 ? [7, 5] : []);
    pen.lineWidth = 1.5;
    path(pen, [[left, y(share)], [right, y(share)]]);
    text(percent(share), 36, y(share) + 6, 15, "--wb-quiet");
  }
  pen.setLineDash([]);
  text("0", left, bottom + 20, 15, "--wb-quiet");
  text(say`step ${run.steps}`, right - 62, bottom + 20, 15, "--wb-quiet");
  const keys = [["recognition", "--wb-faint", 2, "knows the words", 330], ["binding", "--wb-right", 4, "knows who has what", left]];
  for (const [name, paint, width, said, at] of keys) {
    pen.strokeStyle = color(paint);
    pen.lineWidth = width;
    path(pen, [[at, 281], [at + 26, 281]]);
    text(said, at + 34, 286, 15, "--wb-quiet");
    path(pen, run.curve.map((point) => [x(point.step), y(point[name])]));
  }
}

/** What a model has that comes without its training: its number on a scale, beside the coin toss. */
function interval(pen, { value, low, high }, color, text) {
  const [left, right, at] = [48, 580, 400], x = (share) => left + share * (right - left);
  for (const [from, to, paint, width] of [[0, 1, "--wb-line2", 6], [low, high, "--wb-right", 14]]) {
    pen.strokeStyle = color(paint);
    pen.lineWidth = width;
    path(pen, [[x(from), at], [x(to), at]]);
  }
  pen.fillStyle = color("--wb-right");
  pen.beginPath();
  pen.arc(x(value), at, 13, 0, 2 * Math.PI);
  pen.fill();
  pen.strokeStyle = color("--wb-quiet");
  pen.lineWidth = 1.5;
  pen.setLineDash([7, 5]);
  path(pen, [[x(0.5), at - 40], [x(0.5), at + 40]]);
  pen.setLineDash([]);
  text("coin toss", x(0.5) + 8, at - 28, 15, "--wb-quiet");
  for (const share of [0, 0.5, 1]) text(percent(share), x(share) - 18, at + 62, 15, "--wb-quiet");
}

function path(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}

async function pair(pen, { a, b }, { answers, scale }, index, color, text) {
  const sides = [a, b];
  for (const [place, side] of sides.entries()) {
    const x = 660 + place * 260;
    pen.drawImage(await picture(side.image), x, 60, 232, 232);
    const said = plain(side.caption), at = said.indexOf(" and ");
    text(`${"AB"[place]}  ${said.slice(0, at)}`, x, 330, 19);
    text(said.slice(at + 1), x + 26, 356, 19);
    if (!answers) continue;
    const found = choice(sureness(answers[2 * index + place], scale));
    text(found.isRight ? "✓" : "✗", x, 402, 30, found.isRight ? "--wb-right" : "--wb-wrong", 700);
    wrapped(text, found.head, x + 34, 398, found.isLuck ? "--wb-ink" : found.isRight ? "--wb-right" : "--wb-wrong");
    text(found.rest, x + 34, 448, 16, "--wb-quiet");
  }
}

function wrapped(text, said, x, y, paint) {
  const words = said.split(" "), half = Math.ceil(words.length / 2);
  if (globalThis.explorerWords) return text(said, x, y, 17, paint, 600); // of another language, which needs no second line
  text(words.slice(0, half).join(" "), x, y, 17, paint, 600);
  text(words.slice(half).join(" "), x, y + 23, 17, paint, 600);
}

function picture(source) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = source;
  });
}
