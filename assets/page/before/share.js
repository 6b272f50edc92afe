// A run as a link and as a PNG card with the pair, the curve, the number and the seed.

import { html } from "../vendor/preact.js";
import { answersOf, numberOf, place, shown } from "./shown.js";
import { bare, choice, percent, plain, say, sureness } from "../words.js";

const WIDTH = 1200, HEIGHT = 630;
const focused = (button) => button?.focus();

/** The two ways in a box beside the button, and the run's own file where it has a model. */
export function Share({ state, acts }) {
  const { run } = state, hasFile = run.has_model || run.kind === "shipped", address = linkTo(run.name);
  // Said from the start, so that a later word moves no button.
  const said = state.said || (isLocal() ? say("This address works on this computer only.") : "\u00a0");
  return html`<div class="wb-pop wb-share"><h3>${say("Share this run")}</h3>
    <input type="text" readonly value=${address} aria-label=${say("Link to this run")} />
    <div><button type="button" class="wb-btn" ref=${focused} onClick=${(event) => copied(event, address, acts)}>${say("Copy the link")}</button>
      <button type="button" class="wb-btn" onClick=${() => saved(state, acts)}>${say("Save a PNG card")}</button>
      ${hasFile && html`<a class="wb-btn" href=${`runs/${encodeURIComponent(run.name)}.html`} download="" data-way="home" title=${say("One HTML file with the run and its model; it works without network.")}>${say("Take it home")}</a>`}</div>
    <span role="status">${said}</span><button type="button" class="wb-link" onClick=${acts.unshare}>${say("Close")}</button></div>`;
}

const isLocal = () => ["localhost", "127.0.0.1", "[::1]"].includes(globalThis.location?.hostname);

function linkTo(name) {
  if (!globalThis.location) return "";
  const query = new URLSearchParams(location.search);
  query.set("tab", "workbench");
  query.set("run", name);
  return new URL(`?${query}`, location.href).href;
}

async function copied({ currentTarget }, address, acts) {
  const box = currentTarget.closest(".wb-share").querySelector("input");
  try {
    await navigator.clipboard.writeText(address);
    acts.say(say("Link copied."));
  } catch { // without https a browser has no clipboard: select it, for Ctrl-C
    box.select();
    acts.say(say("Selected: press Ctrl-C."));
  }
}

async function saved(state, acts) {
  const canvas = await card(state), blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), address = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: address, download: `${state.run.name}.png` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  acts.say(say("Card saved."));
}

/** The card as a canvas, 1200 x 630. */
async function card(state) {
  const { run } = shown(state), at = place(state), number = numberOf(run, at);
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT }), pen = canvas.getContext("2d");
  const style = getComputedStyle(document.getElementById("workbench-outcome")), color = (name) => style.getPropertyValue(name).trim() || "#888";
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
    text(say`of pictures find their own caption; ${bare(number.low)} to ${bare(number.high)}, n = ${number.n.toLocaleString("en-US")}`, 48, 254, 19, "--wb-quiet");
  }
  curve(pen, run, color, text);
  await pair(pen, state.pairs.list[state.pair], answersOf(run, at), state.pair, color, text);
  text(say`${run.steps} steps of ${run.spec.train.batch_size} pairs. A coin toss finds 50 %.`, 48, HEIGHT - 36, 18, "--wb-quiet");
  text("CLIP Binding Explorer", WIDTH - 250, HEIGHT - 36, 18, "--wb-quiet", 600);
  return canvas;
}

function curve(pen, run, color, text) {
  const [left, right, top, bottom] = [92, 580, 300, 540];
  const x = (step) => left + (step / run.steps) * (right - left), y = (share) => bottom - ((Math.max(0.4, share) - 0.4) / 0.6) * (bottom - top);
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
