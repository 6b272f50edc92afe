// The left column: what captions tell. Recipes, dials, sample captions, and what a batch of them holds.

import { mountDials } from "./dials.js";
import { el, replace, say } from "./dom.js";
import { mountSamples } from "./samples.js";
import { closeOutside, redraw, state, views } from "./state.js";

const PATIENCE_MS = 4000;

export function mountData(section, host) {
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  const samples = mountSamples({ meter: part("meter"), samples: part("samples"), fade: part("fade"), tricks: part("tricks") });
  const ask = lastWins((wish) => host.send("dialed", wish));
  const dials = mountDials(section, {
    change: (wish) => ask({ ...wish, start: state.data?.samples.start ?? 0 }),
    samples: (wish) => ask({ ...wish, start: (state.data?.samples.start ?? 0) + 3 }),
  }, section.closest("#bench") ?? section.ownerDocument);
  views.dialed = dials.current;
  closeOutside(section);
  host.watch(take);
  take();

  function take() {
    const value = host.value();
    if (!value) return;
    ask.answered(value.seq);
    dials.update(value);
    if (value.problem) return;
    if (state.data && state.data.preset !== value.preset && !state.run) state.at = null;
    Object.assign(state, { data: value, problem: null });
    samples.update(value.samples);
    replace(part("facts"), JSON.stringify([value.facts, value.plan.basis]), () => facts(value.facts, value.plan));
    redraw();
    const waiting = views.waiting;
    views.waiting = null;
    waiting?.();
  }
  return dials;
}

/** One question at a time; of those that come meanwhile only the last is asked. */
function lastWins(send) {
  let asked = 0, next = null, timer = 0;
  function ask(wish) {
    if (asked) { next = wish; return; }
    asked = wish.seq;
    clearTimeout(timer);
    timer = setTimeout(() => ask.answered(asked), PATIENCE_MS); // no answer came: the server may be gone
    send(wish);
  }
  ask.answered = (seq) => {
    if (seq !== asked) return;
    asked = 0;
    clearTimeout(timer);
    const wish = next;
    next = null;
    if (wish) ask(wish);
  };
  return ask;
}

function facts(found, plan) {
  return [
    found.rows.length === 0 ? null : el("table", {}, el("thead", {}, el("tr", {}, ["dial", "dialed", "measured"].map((said) => el("th", { scope: "col" }, said)))),
      el("tbody", {}, found.rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.dial), el("td", {}, row.dialed), el("td", {}, row.measured))))),
    el("p", {}, say`In a batch of ${found.pairs} pairs:`), el("ul", {}, found.rates.map((said) => el("li", {}, said))),
    el("p", {}, el("span", {}, plan.mode), " ", el("span", {}, plan.basis)),
  ];
}
