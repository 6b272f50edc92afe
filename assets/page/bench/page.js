// The Workbench as a view: three columns on a desk; on a phone and an upright tablet the question comes first, and a
// phone has a bar at its foot that says where one is.

import { closeBoxes } from "./acts.js";
import { html, render } from "../vendor/preact.js";
import { Data } from "./data.js";
import { DialPolicy } from "../dials/dials.js";
import { Outcome, BindingInOneLine } from "./outcome.js";
import { isAsking, numberOf, recipeOf, savedIndex, shownOf } from "./shown.js";
import { BenchStore } from "./store.js";
import { Training } from "./training.js";
import { breath } from "../store.js";
import { Whole } from "../ui.js";
import { countStep, isLive, joinTexts, percent, roughDuration, say } from "../words.js";

const NARROW = matchMedia("(max-width: 1239px)"),
  ATTENTION = "-45% 0px -45% 0px",
  MAX_COLUMNS = 3;

/**
 * @param element of the view
 * @param page see app.js
 * @param brought data that another view brings, see `toWorkbench` there
 * @returns {Promise<{arrive: Function}>} once it is drawn
 */
export async function open(element, page, brought) {
  const isStatic = page.backend.kind === "static",
    { isForClass } = page.address; // before the dials are written there
  const policy = DialPolicy.of(page);
  const store = new BenchStore(page, {
    policy,
    paint: (state, acts) => render(html`<${Bench} state=${state} acts=${acts} columns=${columns} />`, element),
  });
  let columns = 0; // that are drawn
  const widen = () => store.change({ isNarrow: NARROW.matches });
  NARROW.addEventListener("change", widen);
  widen();
  document.addEventListener("pointerdown", ({ target }) => closeBoxes(target));
  element.addEventListener("keydown", ({ key, target }) => {
    if (key !== "Escape") return;
    const summary = target.closest("details.wb-more[open]")?.querySelector("summary");
    closeBoxes();
    summary?.focus();
  });
  page.dialed.watch(({ preset, values }) => {
    if (store.state.dialed?.values !== values) void store.dial({ preset, values });
  });
  element.replaceChildren(); // the columns that kept its room
  if (page.tab) {
    columns = MAX_COLUMNS;
    store.draw.now();
    await store.places.mountTab();
  }
  const near = isStatic || somebody(); // listens from now on: who comes while the page asks has come
  void store.open(brought).then(async () => {
    if (isForClass) void store.acts.share();
    if (brought) trainBrought(store, brought);
    await near;
    await store.places.mountTab();
  });
  // While the answers come, each column is drawn in a task of its own, and the study's cells find their places.
  while (columns < MAX_COLUMNS) {
    columns += 1;
    store.draw.now();
    await breath();
  }
  setTimeout(() => store.state.cells.prepare());
  const watcher = new IntersectionObserver(
    (entries) =>
      entries
        .filter((each) => each.isIntersecting)
        .forEach(({ target }) => store.change({ section: SECTIONS[target.id] })),
    { rootMargin: ATTENTION },
  );
  for (const id of Object.keys(SECTIONS)) watcher.observe(document.getElementById(id));
  return {
    arrive: (brought) => {
      if (page.address.isForClass) void store.acts.share();
      if (!brought) void store.reopen();
      else {
        store.write({ isStep: false });
        void store.dial({ preset: brought.preset, values: brought.values });
        trainBrought(store, brought);
      }
      void store.runs.follow();
    },
  };
}

/** Resolves with the first sign of a person. Nobody trains before it, and a first visit need not load for it. */
function somebody() {
  const signs = ["pointermove", "pointerdown", "keydown", "scroll"];
  return new Promise((resolve) =>
    signs.forEach((each) => addEventListener(each, resolve, { once: true, passive: true, capture: true })),
  );
}

/** Train the data that another view brought, where it asked for that. */
function trainBrought(store, { preset, values, isTrained, place, next }) {
  if (!isTrained) return;
  void store.places.mountTab().then(async () => {
    if (place) store.acts.choosePlace(place);
    const begun = await store.runs.train({ preset, values }, store.state.run?.name ?? "");
    if (begun && next) store.runs.goOnWith(begun, next);
  });
}

const SECTIONS = { "workbench-outcome": "question", "workbench-data": "captions", "workbench-training": "training" };

export function Bench({ state, acts, columns = MAX_COLUMNS }) {
  const { isNarrow, options } = state,
    question = html`<${Outcome} key="outcome" state=${state} acts=${acts} />`,
    data = html`<${Data} key="data" state=${state} acts=${acts} />`,
    training = html`<${Training} key="training" state=${state} acts=${acts} />`,
    inOrder = isNarrow ? [question, data, training] : [data, training, question];
  return html`<${Notes} notes=${state.notes} acts=${acts} />
    <${SenderNote} ...${options} acts=${acts} catalog=${state.catalog} />
    ${isNarrow && html`<p class="wb-line wb-line-first"><${BindingInOneLine} /></p>`}
    <div id="bench">${inOrder.slice(0, columns)}</div>
    <${Whole} />
    ${isNarrow && html`<${SectionBar} state=${state} acts=${acts} />`}`;
}

/** What a teacher's link asks, and which dials it shows. */
function SenderNote({ question, dials, catalog, acts }) {
  if (!question && !dials) return null;
  const allDials = [...catalog.main, ...catalog.others],
    shown = dials?.map((name) => `“${say(allDials.find((each) => each.name === name)?.plain ?? name)}”`),
    said = shown?.length
      ? say`This link shows only ${joinTexts(shown, ", ")}; every other dial is hidden and keeps the recipe's value.`
      : say("This link shows no dials. Each of them keeps the recipe's value.");
  return html`<div class="wb-asked">
    ${
      question &&
      html`<p class="asked"><span class="quiet">${say("From the sender of this link:")}
    </span> <b translate=${false}>${question}</b></p>`
    }
    ${
      dials &&
      html`<p class="quiet">
      ${said} <button
        type="button" class="wb-link"
      onClick=${acts.showAllDials}>${say("Show all dials")}</button></p>`
    }</div>`;
}

/** Sentences on what an address asked for and was not understood. */
function Notes({ notes, acts }) {
  if (!notes.length) return null;
  return html`<div class="wb-notes"><div role="status"><ul>${notes.map((each) => html`<li key=${each}>${each}</li>`)}</ul></div>
    <button type="button" class="wb-btn" aria-label=${say("Close the note")}
      onClick=${() => acts.change({ notes: [] })}>×</button></div>`;
}

/** On a phone: where one is among question, captions and training, and what stands there. */
export function SectionBar({ state, acts }) {
  const { data, section } = state,
    { run } = shownOf(state),
    number = numberOf(run, savedIndex(state));
  const recipe = data && recipeOf(state, data.preset)?.title,
    chosen = !data ? "" : data.is_preset ? say`chosen: ${recipe}` : say`changed from ${recipe}`;
  const tabs = [
    ["question", "workbench-outcome", say("Question"), knownWords(state, number)],
    ["captions", "workbench-data", say("Captions"), chosen],
    ["training", "workbench-training", say("Training"), trainingWords(state.run)],
  ];
  return html`<nav class="wb-bar" aria-label=${say("Parts of this page")}>
    ${tabs.map(
      ([name, id, title, said]) => html`<a href=${`#${id}`} aria-current=${section === name ? "true" : null}
    onClick=${(event) => to(event, id, () => acts.change({ section: name }))}><b>${title}</b><span>${said}</span></a>`,
    )}
    </nav>`;
}

function knownWords(state, number) {
  if (isAsking(state) || state.isSwinging) return say("your guess");
  if (!number) return "–";
  const { value, low, high } = number;
  return low <= 0.5 && high >= 0.5 ? say`a coin toss, ${percent(value)}` : percent(value);
}

function trainingWords(run) {
  if (!run) return say("not started");
  const step = countStep(run, run.step);
  if (!isLive(run)) return say`step ${step}, ended`;
  return run.status === "running" && run.left_s >= 1
    ? say`step ${step}, ${roughDuration(run.left_s)} left`
    : say`step ${step}`;
}

function to(event, id, then) {
  event.preventDefault();
  then();
  document.getElementById(id).scrollIntoView({ block: "start" });
}
