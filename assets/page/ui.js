// Small parts that the columns share.

import { shareAxis } from "./share-axis.js";
import { html, useEffect, useRef, useState } from "./vendor/preact.js";
import { say, space } from "./words.js";

const SOLID = { play: "M3 1.5v9l7.5-4.5z", pause: "M3 1.5h2v9H3zM7 1.5h2v9H7z", stop: "M3 3h6v6H3z" };
const DRAWN = { right: "M2.5 6.5 5 9l4.5-5.5", wrong: "m3 3 6 6M9 3 3 9" };

/** A small sign: play, pause, stop, right, wrong. */
export const Sign = ({ name }) => html`<svg viewBox="0 0 12 12" aria-hidden="true">${
  SOLID[name]
    ? html`<path d=${SOLID[name]} fill="currentColor" />`
    : html`<path d=${DRAWN[name]} fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"
    stroke-linejoin="round" />`
}
    </svg>`;

/** A drawing in one line, 18 wide and high. */
export const Icon = ({ path }) =>
  html`<svg viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"
  stroke-linejoin="round" aria-hidden="true"><path d=${path} /></svg>`;

/** The icon beside what must stay in sight. */
export const EYE = "M1.5 9S4.5 4 9 4s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM9 6.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z";

/** How far a training is; `kind` is a class beside the usual one. */
export const ProgressBar = ({ share, label, kind = "" }) =>
  html`<div class=${kind ? `wb-progress ${kind}` : "wb-progress"} role="progressbar" aria-label=${label}
    aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(100 * share)} data-part="progress">
    <div style=${{ width: `${100 * share}%` }} /></div>`;

/** The buttons of a training in this tab; `ids` are those of the two. */
export const PauseAndStop = ({ ids: [pauseId, stopId], isPaused, acts }) =>
  html`<div class="wb-duo"><button type="button" class=${isPaused ? "wb-go" : "wb-go wb-stop"} id=${pauseId}
    onClick=${isPaused ? acts.resume : acts.pause}><span data-part="go"><${Sign} name=${isPaused ? "play" : "pause"} />
      <span>${isPaused ? say("Go on") : say("Pause")}</span></span></button>
    <button type="button" class="wb-go wb-stop" id=${stopId} onClick=${acts.stop}>
      <span><${Sign} name="stop" /><span>${say("Stop")}</span></span></button></div>`;

/** The round mark of an answer: "right", "wrong" or "open". */
export const Mark = ({ answer, isNew }) => html`<span class=${`wb-m wb-${answer}${isNew ? " wb-pop-in" : ""}`}>
  ${answer !== "open" && html`<${Sign} name=${answer} />`}</span>`;

/** A column's number and title; `children` stand at its right edge. */
export const Heading = ({ id, number, title, children }) =>
  html`<h2 id=${id}>${
    number &&
    html`<i aria-hidden="true">${number}
  </i>`
  }${title}${children}</h2>`;

/** The arrow to the next column. */
export const Flow = () => html`<svg class="wb-flow" viewBox="0 0 17 18" aria-hidden="true">
  <path d="M2 9h11M9 4.5 13.5 9 9 13.5" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
  stroke-linejoin="round" /></svg>`;

/**
 * Words of a caption, which no language translates: values in bold with a dot of their color or a sign of their kind.
 */
export const Caption = ({ words }) =>
  words.map((word, index) =>
    word.kind
      ? [
          index > 0 && " ",
          html`<b class=${word.moved ? "wb-moved" : ""}>${
            word.color
              ? html`<i class="wb-dot"
    style=${{ background: word.color }} />`
              : html`<i class=${`wb-kind wb-is-${word.text}`} />`
          }${word.text}</b>`,
        ]
      : `${index > 0 ? " " : ""}${word.text}`,
  );

/**
 * A box over the page, opened and closed by its link; bench/page.js closes it by Escape and by a press beside it. What
 * a closed one holds is drawn once the browser rests, so that a first visit does not wait for it.
 */
export function More({ name, label, box = "", isOpen, onToggle, children }) {
  const [isDrawn, draw] = useState(isOpen || !globalThis.requestIdleCallback);
  useEffect(() => {
    if (isDrawn) return undefined;
    const rest = requestIdleCallback(() => draw(true));
    return () => cancelIdleCallback(rest);
  }, []);
  function toggle(event) {
    draw(true);
    onToggle?.(event);
  }
  return html`<details class="wb-more" data-more=${name} open=${isOpen} onToggle=${toggle}>
    <summary class="wb-link">${label}</summary><div class=${`wb-pop ${box}`}>${isDrawn && children}</div></details>`;
}

/** What an element says, "" of a component, which is not drawn yet. */
function textOf(node) {
  if (Array.isArray(node)) return node.map(textOf).join("");
  if (typeof node !== "object") return isSaid(node) ? String(node) : "";
  return typeof node?.type === "string" ? textOf(node.props.children) : "";
}

const isSaid = (node) => !["", null, undefined, true, false].includes(node);

/** Elements and texts that follow each other in a line, with a space between them where their language has one. */
export const Sentences = ({ children }) =>
  [children]
    .flat(Infinity)
    .filter(isSaid)
    .map((each, at, all) => (at ? [space(textOf(all[at - 1]), textOf(each)), each] : each));

/** A list of [label, value] to choose from. */
export const Select = ({ id, choices, value, onChoose, ...more }) => html`<select id=${id} value=${value}
  onChange=${(event) => onChoose(event.target.value)} ...${more}>
  ${choices.map(([label, name]) => html`<option key=${name} value=${name}>${say(label)}</option>`)}</select>`;

/** A button that opens files, once more the same ones too; where `onPress` is given a press does that instead. */
export function FileButton({ kind, label, isNamed, isSeveral = false, disabled, onPress, onFiles, children, ...more }) {
  const box = useRef(null);
  return html`<button type="button" class=${kind} disabled=${disabled} aria-label=${isNamed ? label : undefined}
    onClick=${onPress || (() => box.current.click())}>${children}</button>
    <input ref=${box} type="file" accept="image/*" multiple=${isSeveral} hidden aria-label=${label} ...${more}
      onChange=${({ target }) => {
        const files = [...target.files];
        target.value = ""; // the same file, mended, may be chosen again
        if (files.length) onFiles(files);
      }} />`;
}

/** A share with its interval, `from` a share on; the dashed line is chance. */
export function Gauge({ value, low, high, chance, from }) {
  const x = shareAxis({ low: from, from: 3, to: 93 });
  return html`<svg class="wb-meter-line" viewBox="0 0 100 22" preserveAspectRatio="none" aria-hidden="true">
    <path class="wb-scale" d="M3 11H97" />${chance !== null && html`<path class="wb-even" d=${`M${x(chance)} 2V20`} />`}
      ${low !== null && html`<path class="wb-interval" d=${`M${x(low)} 11H${x(high)}`} />`}
    <path class="wb-value" d=${`M${x(value)} 11h.01`} /></svg>`;
}

/** The foot of a frame that shows one view only: the way to the same page with all of them. */
export function Whole() {
  const query = new URLSearchParams(globalThis.location?.search);
  query.delete("only");
  return html`<p class="wb-whole"><span>CLIP Binding Explorer</span><a href=${`?${query}`} target="_blank">
    ${say("Open the whole Workbench")} ↗</a></p>`;
}

/** Where an arrow key leads in a picture: to the right, and down. */
export const ARROW_STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const byArrow = (direction) =>
  Object.fromEntries(Object.entries(ARROW_STEPS).map(([key, [right, down]]) => [key, direction(right, down)]));

/** The keys that go from one of several things to the next or to the one before. */
export const ARROWS = byArrow((right, down) => right + down);
/** The keys that move a number: up is more, as on a slider. */
export const SLIDER_ARROWS = byArrow((right, down) => right - down);

/**
 * Arrows move the focus among the children of a group that can have it, around its ends; the one that has it now, null
 * for any other key.
 */
export function moveFocus(event) {
  const step = ARROWS[event.key],
    all = [...event.currentTarget.children].filter((each) => each.hasAttribute("tabindex"));
  if (!step) return null;
  event.preventDefault();
  const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
  next.focus();
  return next;
}

/**
 * A reference to a part that keeps the keyboard's focus where the element that has it goes or is turned off: the first
 * of the `homes` that is in the part has it then, and until one is there, the part itself. Otherwise the focus would be
 * at the top of the page. Of parts in each other the innermost keeps it, as long as it is there.
 */
export function useFocusKept(...homes) {
  const part = useRef(null),
    isWaiting = useRef(false),
    // before the part is drawn anew
    hadFocus = part.current?.contains(document.activeElement),
    keeper = hadFocus && document.activeElement.closest("[data-keeps-focus]");
  useEffect(() => {
    const { activeElement: now, body } = document,
      { current: region } = part;
    if (!region) return;
    region.dataset.keepsFocus = "";
    const isLost = (now === body || now.disabled) && hadFocus && (keeper === region || !keeper.isConnected);
    isWaiting.current = isLost || (isWaiting.current && now === region);
    if (!isWaiting.current) return;
    const home = homes.map((each) => region.querySelector(each)).find((each) => each && !each.disabled);
    isWaiting.current = !home;
    (home ?? region).focus({ preventScroll: true });
  });
  return part;
}

/** What a screen reader hears of a text that changes again and again: it, once it has stood for `after` ms. */
export function Heard({ text, after, ...more }) {
  const [heard, hear] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => hear(text), after);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<p class="wb-unseen" role="status" ...${more}>${heard}</p>`;
}

/** Enter and the space bar press what is drawn as a button. */
export const pressByKey = (act) => (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  act(event);
};

/** Whether its reader wants no motion. */
export const isCalm = () => globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? true;
