// Elements, numbers and marks that the modules of the Workbench share. Knows no Gradio.

const SPOKEN = ["aria-label", "title", "placeholder", "aria-valuetext"];

/**
 * A text in the language of the page: say("Train"), or say`Step ${step}.` with values, which are looked up too.
 * The server puts the table of another language than English into `explorerWords`; "Step {}." is the key of the second.
 */
export function say(text, ...values) {
  const parts = typeof text === "string" ? [text] : text, said = values.map((value) => (typeof value === "string" ? say(value) : String(value)));
  const words = globalThis.explorerWords, other = words?.[parts.join("{}")];
  if (typeof other === "string") return other.replace(/\{(\d+)\}/g, (_, place) => said[place]);
  const whole = parts.reduce((before, part, place) => before + said[place - 1] + part);
  return typeof words === "function" ? words(whole) : whole; // a page in one file looks up whole texts
}

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : SPOKEN.includes(name) ? say(String(value)) : value);
  }
  const shown = joined(children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  node.append(...shown.map((child) => (typeof child === "string" ? say(child) : child)));
  return node;
}

/** Without the spaces beside signs that need none, those of Chinese. */
function joined(children) {
  const words = (child) => child?.textContent ?? child ?? "";
  return children.filter((child, place) => child !== " " || !(/[。！？：；，]$/.test(words(children[place - 1])) || /^（/.test(words(children[place + 1]))));
}

/** An HTML element with attributes, listeners ("onclick") and children; text is never read as HTML. */
export const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** Replace what a node holds, and only where `key` is another than last time; returns whether it was replaced. */
export function replace(node, key, make) {
  if (node.dataset.drawn === key) return false;
  node.dataset.drawn = key;
  node.replaceChildren(...joined([make()].flat().filter(Boolean)));
  return true;
}

/** 0.997 as "99.7 %", 0.53 as "53 %": tenths only where a whole percent would hide that something is left. */
export function percent(share) {
  return `${bare(share)}\u00a0%`;
}

/** The same without the sign. */
export function bare(share) {
  const value = 100 * share, isFine = (value >= 98.95 && value < 99.95) || (value > 0.05 && value < 1.05);
  return value.toFixed(isFine ? 1 : 0);
}

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
export const mix = (one, other, share) => one + (other - one) * share;
export const sigmoid = (x) => 1 / (1 + Math.exp(-x));
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const PATHS = {
  play: ["M3 1.5v9l7.5-4.5z", true],
  pause: ["M3 1.5h2v9H3zM7 1.5h2v9H7z", true],
  stop: ["M3 3h6v6H3z", true],
  right: ["M2.5 6.5 5 9l4.5-5.5", false],
  wrong: ["m3 3 6 6M9 3 3 9", false],
};

/** A small sign: play, pause, stop, right, wrong. */
export function sign(name) {
  const [d, isFilled] = PATHS[name];
  const paint = isFilled
    ? { fill: "currentColor" }
    : { fill: "none", stroke: "currentColor", "stroke-width": 2.2, "stroke-linecap": "round", "stroke-linejoin": "round" };
  return svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path", { d, ...paint }));
}

/** The round mark of an answer: "right", "wrong" or "open". */
export function mark(answer) {
  return el("span", { class: `wb-m wb-${answer}` }, answer === "open" ? null : sign(answer));
}

/** Words of a caption: values in bold with a dot of their color or a sign of their kind. */
export function caption(words) {
  return words.flatMap((word, place) => {
    const space = place ? " " : "";
    if (!word.kind) return [new Text(`${space}${word.text}`)];
    const dot = word.color
      ? el("i", { class: "wb-dot", style: `background:${word.color}` })
      : el("i", { class: `wb-kind wb-is-${word.text}` });
    return [space, el("b", { class: word.moved ? "wb-moved" : "" }, dot, new Text(word.text))];
  });
}
