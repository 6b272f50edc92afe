// The Workbench on a page: its store, its three columns in their places, and what concerns the whole page.

import { html, render } from "../vendor/preact.js";
import { GradioBackend } from "./backend.js";
import { Data } from "./data.js";
import { Outcome } from "./outcome.js";
import { closeBoxes, Store } from "./store.js";
import { Training } from "./training.js";

const COLUMNS = { data: Data, training: Training, outcome: Outcome };

/** Draw the columns into {data, training, outcome}, elements of the page. */
export function openWorkbench(places, backend) {
  const store = new Store(backend, (state, acts) => {
    for (const [name, Column] of Object.entries(COLUMNS)) render(html`<${Column} state=${state} acts=${acts} />`, places[name]);
  });
  document.addEventListener("pointerdown", ({ target }) => closeBoxes(target));
  document.getElementById("bench").addEventListener("keydown", ({ key, target }) => {
    if (key !== "Escape") return;
    const summary = target.closest("details.wb-more[open]")?.querySelector("summary");
    closeBoxes();
    summary?.focus();
    store.acts.unshare();
  });
  // While another tab was open, runs came and ended, and a model may have been loaded there.
  let wasSeen = false;
  new IntersectionObserver(([{ isIntersecting }]) => {
    if (isIntersecting && wasSeen) store.follow();
    wasSeen ||= isIntersecting;
  }).observe(places.training.firstElementChild ?? places.training);
}

const joined = {};

/** A column of today's host, whose script is run once for each: {element, props, trigger, watch}. */
export function join(name, column) {
  joined[name] = column;
  if (Object.keys(COLUMNS).every((each) => joined[each])) openWorkbench(Object.fromEntries(Object.entries(joined).map(([each, { element }]) => [each, element])), new GradioBackend(joined));
}
