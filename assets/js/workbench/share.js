// A run as a link and as a PNG card with the pair, the curve, the number and the seed. Knows no Gradio.
// share(element, {run, pair, answers, scale, number, link}) shows the two ways in a box beside the button.

import { bare, el, percent, say } from "./dom.js";
import { choice, sureness } from "./phrases.js";

const WIDTH = 1200, HEIGHT = 630;

export function share(place, state) {
  const link = el("input", { type: "text", readonly: true, value: state.link, "aria-label": "Link to this run" });
  // Said from the start, so that a later word moves no button.
  const said = el("span", { role: "status" }, isLocal() ? "This address works on this computer only." : " ");
  const copy = el("button", { type: "button", class: "wb-btn", onclick: () => copied(link, said) }, "Copy the link");
  const save = el("button", { type: "button", class: "wb-btn", onclick: () => saved(state, said) }, "Save a PNG card");
  // With its model, in one file that needs no server.
  const home = state.file ? el("a", { class: "wb-btn", href: state.file, download: "", "data-way": "home", title: "One HTML file with the run and its model; it works without network." }, "Take it home") : null;
  const close = el("button", { type: "button", class: "wb-link", onclick: () => place.replaceChildren() }, "Close");
  place.replaceChildren(el("div", { class: "wb-pop wb-share" }, el("h3", {}, "Share this run"), link, el("div", {}, copy, save, home), said, close));
  copy.focus();
}

const isLocal = () => ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

async function copied(link, said) {
  try {
    await navigator.clipboard.writeText(link.value);
    said.textContent = say("Link copied.");
  } catch { // without https a browser has no clipboard: select it, for Ctrl-C
    link.select();
    said.textContent = say("Selected: press Ctrl-C.");
  }
}

async function saved(state, said) {
  const canvas = await card(state);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const address = URL.createObjectURL(blob);
  const anchor = el("a", { href: address, download: `${state.run.name}.png` });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  said.textContent = say("Card saved.");
}

/** The card as a canvas, 1200 x 630. */
export async function card(state) {
  const canvas = el("canvas", { width: WIDTH, height: HEIGHT }), pen = canvas.getContext("2d");
  const style = getComputedStyle(state.themed ?? document.documentElement), color = (name) => style.getPropertyValue(name).trim() || "#888";
  pen.fillStyle = color("--wb-panel");
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  const text = (said, x, y, size, paint = "--wb-ink", weight = 400) => {
    pen.font = `${weight} ${size}px system-ui, sans-serif`;
    pen.fillStyle = color(paint);
    pen.fillText(say(said), x, y);
  };
  text("Does it bind?", 48, 78, 34, "--wb-ink", 650);
  text(state.run.label, 48, 116, 22, "--wb-quiet");
  if (state.number) {
    text(percent(state.number.value), 48, 214, 84, "--wb-ink", 700);
    text(say`of pictures find their own caption; ${bare(state.number.low)} to ${bare(state.number.high)}, n = ${state.number.n.toLocaleString("en-US")}`, 48, 254, 19, "--wb-quiet");
  }
  curve(pen, state.run, color, text);
  await pair(pen, state, color, text);
  text(say`${state.run.steps} steps of ${state.run.spec.train.batch_size} pairs. A coin toss finds 50 %.`, 48, HEIGHT - 36, 18, "--wb-quiet");
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

async function pair(pen, { pair: shown, answers, scale, index }, color, text) {
  const sides = [shown.a, shown.b];
  for (const [place, side] of sides.entries()) {
    const x = 660 + place * 260;
    pen.drawImage(await picture(side.image), x, 60, 232, 232);
    const said = side.caption.map((word) => word.text).join(" "), at = said.indexOf(" and ");
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
