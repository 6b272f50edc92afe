// "Your own things" as a view: tiles that a person draws, photographs or picks, and a training on them.

import { reserveWords } from "../own-document.js";
import { WORLD, tidySpec } from "../recipe.js";
import { colorsOf } from "../drawing.js";
import { onceAFrame } from "../store.js";
import { loadStyles } from "../styles.js";
import { Whole } from "../ui.js";
import { html, render } from "../vendor/preact.js";
import { Things } from "./store.js";
import { View } from "./view.js";

/** @param element of the view @param page see app.js */
export async function open(element, page) {
  const [loadedWorld] = await Promise.all([page.engine.loadWorld(WORLD), loadStyles("things")]);
  const colors = colorsOf(loadedWorld.description);
  reserveWords(loadedWorld.description);
  let time = null,
    canTrain = null;
  const acts = { goBack: () => page.go("bench") },
    { recordings, opens_with: recipe } = page.catalog,
    recorded = recordings.includes(recipe) ? page.address.link("bench", { run: recipe }) : "";
  const draw = onceAFrame(() =>
    render(
      html`<${View} ...${{ store, acts, time, canTrain, recorded, colors }} state=${store.state} /><${Whole} />`,
      element,
    ),
  );
  const store = new Things(page, loadedWorld, draw);
  draw.now();
  const openLink = () => {
    const { hash } = location;
    if (!hash.startsWith("#world=")) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    void store.openLink(hash);
  };
  store.making.resume();
  openLink();
  globalThis.addEventListener("hashchange", openLink);
  // How long it takes is said when this tab was timed; nobody waits for that.
  void page.loadTab().then(async ({ tab }) => {
    time = await tab.orders.seconds(tidySpec(page.catalog)).catch(() => null);
    canTrain = await tab.orders.measureSpeed().then(
      (speed) => speed !== null,
      () => null,
    );
    draw.now();
  }, console.warn);
  return { arrive: draw.now };
}
