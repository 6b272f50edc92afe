// The samples of the dialed captions: cards, what 24 captions tell, the trick question. Knows no Gradio.

import { caption, el, replace, say } from "./dom.js";

const TELL = ["captions only name things", "captions describe one thing", "captions describe two or more"];
const COUNTED = [(n) => say`${n} only name things`, (n) => say`${n} describe one thing`, (n) => say`${n} describe two or more`];

/** mountSamples({meter, samples, fade, tricks}) -> {update(state)}; the state is that of `samples.samples`. */
export function mountSamples(parts) {
  return {
    update(state) {
      replace(parts.meter, JSON.stringify(state.told), () => meter(state.told));
      replace(parts.samples, JSON.stringify(state.cards), () => state.cards.map(card));
      replace(parts.tricks, JSON.stringify(state.cards), () => state.cards.map(trick));
      parts.fade.hidden = !state.cards.some((each) => each.untold.length);
    },
  };
}

// A description of captions. Captions that tell of one thing only can still teach who has what, so it says no more.
function meter({ levels, counts }) {
  const most = counts.indexOf(Math.max(...counts));
  const rest = COUNTED.map((words, level) => [words, level]).filter(([, level]) => level !== most && counts[level]);
  return [
    el("p", {}, el("b", {}, say`${counts[most]} of ${levels.length}`), " ", el("span", {}, TELL[most])),
    el("div", { class: "wb-segments", role: "img", "aria-label": COUNTED.map((words, level) => words(counts[level])).join(", "),
      title: "Each bar is one caption: empty, half or full as it gives an attribute to no thing, to one, to several. It says what captions tell and predicts nothing." },
      [...levels].sort((one, other) => other - one).map((level) => el("i", { class: `wb-level-${level}` }))),
    rest.length ? el("p", { class: "wb-rest" }, rest.map(([words, level]) => words(counts[level])).join("; ")) : null,
  ];
}

function card(sample) {
  const veils = sample.untold.map(([x, y, width, height]) => el("span", {
    class: "wb-veil",
    style: `left:${100 * x}%;top:${100 * y}%;width:${100 * width}%;height:${100 * height}%`,
  }));
  const hasValue = sample.words.some((word) => word.kind);
  return el("figure", { class: "wb-card" },
    el("div", { class: "wb-scene" }, el("img", { src: sample.image, alt: sample.alt, width: 128, height: 128 }), veils),
    el("figcaption", { translate: "no", title: sample.words.map((word) => word.text).join(" ") }, caption(sample.words)),
    hasValue ? null : el("p", { class: "wb-none" }, "no attribute told"));
}

function trick(sample) {
  return el("div", { class: "wb-trick" },
    el("img", { src: sample.image, alt: "", width: 48, height: 48 }),
    sample.trick
      ? el("p", { translate: "no" }, caption(sample.trick))
      : el("p", {}, el("span", {}, "None here."), " ", el("span", {}, sample.no_trick ?? "")));
}
