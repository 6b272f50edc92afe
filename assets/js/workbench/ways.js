// The ways on from a run that has ended: look inside, one's own picture, the opposite recipe, share.

import { el, replace, say, svg } from "./dom.js";
import { share } from "./share.js";
import { answersOf, isLive, numberOf, place, shown, state } from "./state.js";

const OPPOSITE = { tidy: "binding-friendly", web: "web-like" };
const ICONS = {
  inside: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM12 12l4 4", own: "M2 4h14v11H2zM5 12l3-4 3 3 2-2 3 4",
  opposite: "M3 6h10l-3-3M15 12H5l3 3", share: "M9 11V2M5.5 5 9 2l3.5 3M3 10v6h12v-6",
};

/** Offer them at `target`, or say that the answers still come. */
export function mountWays(target, section, { run, isOwn, host }) {
  const isDone = isOwn && !isLive(run), isTidy = numberOf(run, (run?.checkpoints.length ?? 1) - 1)?.value > 0.75;
  const opposite = isTidy ? OPPOSITE.web : OPPOSITE.tidy;
  const words = isOwn && isLive(run) ? "live" : isDone ? `done${run.name}${opposite}${run.has_model}` : "none";
  replace(target, words, () => {
    if (words === "none") return null;
    if (words === "live") return host.settings.is_static ? null : el("p", {}, "The answers follow at every saved step. Close the page if you like: the run goes on.");
    return [
      host.settings.is_static ? null : way("inside", "Look inside", () => host.send("looked", { run: run.name })),
      run.has_model ? way("own", "Try your own", () => tryOwn(run, host)) : null,
      way("opposite", say`Now ${state.static.titles[opposite].toLowerCase()}`, () => host.send("opposite", { preset: opposite, values: state.data.values, compare: run.name })),
      way("share", "Share", () => share(shareBox(section), sharing(section))),
    ];
  });
}

/** A scene of one's own, answered by this model in the browser; from there its picture goes to Ask a real CLIP. */
async function tryOwn(run, host) {
  const { openScene } = await import("../scene/dialog.js");
  const dialog = await openScene({ run: run.name, title: run.label, onProbe: (question) => host.send("tried", { ...question, run: run.name }) });
  dialog.scrollTop = 0; // the object that has the focus scrolled itself into sight
}

function way(icon, words, act) {
  return el("button", { type: "button", onclick: act, "data-way": icon },
    svg("svg", { viewBox: "0 0 18 18", fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" }, svg("path", { d: ICONS[icon] })), el("span", {}, words));
}

function shareBox(section) {
  return section.querySelector(".wb-sharing") ?? section.appendChild(el("div", { class: "wb-sharing" }));
}

function sharing(section) {
  const { run } = shown(), at = place(), query = new URLSearchParams(location.search);
  query.set("tab", "workbench");
  query.set("run", run.name);
  return { run, index: state.pair, pair: state.static.pairs[state.pair], ...answersOf(run, at), number: numberOf(run, at), themed: section, file: run.has_model || run.kind === "shipped" ? `runs/${encodeURIComponent(run.name)}.html` : null, link: new URL(`?${query}`, location.href).href };
}
