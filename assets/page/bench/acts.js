// What a person can do on the Workbench: the acts that its components call.

import { isOwnWorld } from "../../engine/world.js";
import { NUM_CARDS } from "../samples.js";
import { isCalm } from "../ui.js";
import { markOf } from "../words.js";
import { nextPair, withGuess } from "./guesses.js";
import { answersOf, isUntidy, savedIndex, shownOf, worldOf } from "./shown.js";

const SWING_MS = 2200,
  CALM_MS = 350;

/** The acts of a store; what takes time is a promise of its end. */
export const actsOf = (store) => ({
  change: (parts) => store.change(parts),
  ...dataActs(store),
  ...trainingActs(store),
  ...answerActs(store),
});

/** What a person does with the data: recipe, dials, samples, things of their own. */
function dataActs(store) {
  const { state, page } = store;
  return {
    dial: (name, value) => {
      Object.assign(state, { before: null, problem: null });
      return store.dial({ values: { ...state.dialed.values, [name]: value }, moved: name });
    },
    type: (id, text) => store.change({ typing: id && { id, text } }),
    chooseRecipe: async (preset) => {
      if (!state.dialed) return;
      const { init, seed, world } = state.dialed.values, // no part of a recipe
        own = isOwnWorld(world) ? { world } : {};
      Object.assign(state, { before: state.dialed, problem: null });
      closeBoxes();
      await store.dial({ preset, values: { init, seed, ...own } });
    },
    undo: () => {
      const { before } = state;
      state.before = null;
      return store.dial(before);
    },
    showMoreSamples: () => store.dial({ start: (state.data?.samples.start ?? 0) + NUM_CARDS }),
    measure: ({ currentTarget }) => currentTarget.open && store.measure(),
    showAllDials: () => {
      store.change({ options: { ...state.options, dials: null } });
      page.address.write({ dials: "" });
    },
    openThings: page.lacks?.("things") ? null : () => page.go("things"),
    /** The document of the open run's own world, and a link to it: "" where it fits into none. */
    loadRunWorld: async () => {
      const { worldLink } = await import("../things/link.js"),
        document = (await store.ownWorlds()).document(worldOf(state.run)),
        isFile = location.protocol === "file:"; // nobody else can open its address
      return { document, link: isFile ? "" : await worldLink(document, location.href).catch(() => "") };
    },
  };
}

/** What a person does with trainings: start, stop, evaluate, compare, list. */
function trainingActs(store) {
  const { state, page } = store;
  return {
    choosePlace: (place) => store.places.choose(place),
    // compared with what a person chose, else the run before it
    train: () => store.runs.train(state.dialed, state.compare?.name ?? state.run?.name ?? ""),
    /** What a server refused, in this tab. */
    trainHere: async () => {
      store.change({ problem: null });
      await store.places.choose("tab");
      return store.acts.train();
    },
    /** Train the dials that are chosen from this start: the open run, or fresh weights. */
    trainFrom: async (init) => {
      const dialed = { ...state.dialed, values: { ...state.dialed.values, init, tune: "all" } },
        { run, compare } = state;
      void store.dial(dialed);
      await store.runs.train(dialed, init === run.name ? "" : (compare?.name ?? run.name));
    },
    replay: () => store.runs.doAndShow(() => store.backend.act("replay", { preset: state.dialed.preset })),
    trainOpposite: async (preset) => {
      const { seed } = state.dialed.values,
        dialed = { preset, values: seed === null ? {} : { seed } },
        { run } = state;
      const chosen = store.dial(dialed);
      // A model of this tab may go on as well as make room for a new one: then both are offered.
      if (!run?.in_tab || !run.has_model) return store.runs.train(dialed, run?.name ?? "");
      await chosen;
      return offerStarts(store);
    },
    trainTidy: () => {
      const dialed = { preset: state.catalog.tidy, values: {} };
      if (isUntidy(state)) void store.dial(dialed);
      return store.runs.train(dialed, "");
    },
    stop: () => store.runs.doAndShow(() => store.backend.act("stop", { run: state.run.name }).then(() => null)),
    evaluate: () =>
      store.runs.doAndShow(() => store.backend.act("evaluate_run", { run: state.run.name }).then(() => null)),
    compare: (name) => {
      store.change({ wanted: name });
      return store.runs.doAndShow(() => null, { compare: name });
    },
    openSaved: ([file]) => store.runs.openFile(file),
    openRunList: onePress(() =>
      import("../runs/page.js").then(({ openRuns }) =>
        openRuns(page, {
          run: state.run?.name ?? "",
          open: (name) => (name ? store.runs.open(name) : store.runs.close()),
          onDelete: () => store.loadAsker(), // with the list of runs
        }),
      ),
    ),
  };
}

/** What a person does with the answers of a model: look at a step, guess, type a caption, ask on. */
function answerActs(store) {
  const { state, page } = store;
  return {
    chooseStep: (at) => store.change({ at: at === shownOf(state).run.checkpoints.length - 1 ? null : at }),
    guessAnother: () => store.change({ pair: nextPair(state, shownOf(state).run.name, state.pairs.list.length) }),
    guess: (choice) => {
      const { pair } = state,
        { run } = shownOf(state),
        { answers } = answersOf(run, savedIndex(state)),
        binds = answers.slice(2 * pair, 2 * pair + 2).every((cosines) => markOf(...cosines) === "right");
      store.change({
        guesses: withGuess(state.guesses, { model: run.name, pair, guess: choice, binds }),
        isSwinging: choice !== "skip",
      });
      if (choice !== "skip") setTimeout(() => store.change({ isSwinging: false }), isCalm() ? CALM_MS : SWING_MS);
    },
    openTyped: async ({ currentTarget }) => {
      if (!currentTarget.open) return;
      const { loadStyles } = await import("../styles.js");
      await loadStyles("scene");
      store.change({ isTyping: true });
    },
    answerTyped: async (question, tell) => (await import("../scene/typed.js")).answerTyped(page.engine, question, tell),
    lookInside: () => page.go("inside", { run: state.run.name }),
    openOwnScene: onePress(async () => {
      const { openScene } = await import("../scene/dialog.js"),
        { run } = state,
        world = worldOf(run);
      const dialog = await openScene({
        run: run.name,
        title: run.title,
        shipped: page.catalog.shipped,
        held: page.models,
        engine: page.engine,
        world: isOwnWorld(world) ? world : undefined,
        onAsk: !page.lacks("ask") && ((question) => page.toAsk({ ...question, models: [run.name] })),
      });
      dialog.scrollTop = 0; // the object that has the focus scrolled itself into sight
    }),
    share: async () => {
      const [{ Share }, { loadStyles }] = await Promise.all([import("./share.js"), import("../styles.js")]);
      await loadStyles("share");
      store.change({ Share, said: "", written: store.policy.addressOf(state.dialed) });
    },
  };
}

/** An act that opens a dialog, whose files may come late: until they have, a second press opens no second one. */
function onePress(open) {
  let isOpening = false;
  return async () => {
    if (isOpening) return;
    isOpening = true;
    await open().finally(() => {
      isOpening = false;
    });
  };
}

/** Lead to the two starts, once what they take was timed. */
async function offerStarts(store) {
  await store.places.timing;
  store.draw();
  requestAnimationFrame(() => {
    const column = document.getElementById("workbench-training");
    if (store.state.isNarrow) column.scrollIntoView({ block: "start" });
    column.querySelector("#go-on, #train")?.focus({ preventScroll: true });
  });
}

/** Close the boxes that are open over the page; `stays` is the element in which one may stay. */
export function closeBoxes(stays = null) {
  for (const each of document.querySelectorAll("#bench details.wb-more[open]"))
    if (!each.contains(stays)) each.open = false;
}
