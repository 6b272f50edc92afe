// The Workbench's state before anything is known, and what of a run is carried on when it is asked for again.

import { Cells } from "../dials/cells.js";
import { isLive } from "../words.js";
import { plainName } from "../dials/dial-words.js";

/**
 * What a frame of another page can show: its title, and the heights that it needs in pixels, from 720 pixels across
 * and below 560, where its parts stand one below the other.
 */
export const FRAMES = {
  outcome: ["The outcome", 560, 1000],
  scene: ["Your own scene", 640, 1050],
  bench: ["The Workbench", 1350, 3100],
};

/** Recipes, drawings and dials as the first column shows them. */
function benchOf(catalog) {
  const { dials, types, main, presets, kinds, architectures, nouns, opens_with: tidy } = catalog;
  const names = { worlds: Object.keys(kinds), models: architectures, kinds: kinds.things },
    choicesOf = (name) => names[dials[name].names] ?? dials[name].choices;
  /** The control of a dial. */
  const kindOf = (name) => {
    if (types[name] === "words") return "names";
    if (choicesOf(name)) return "choice";
    if (types[name] === "flag") return "flag";
    return main.includes(name) ? "range" : "number";
  };
  const dialOf = (name) => {
    const { label, help, low, high, step } = dials[name],
      plain = plainName(dials[name]),
      isSame = plain.toLowerCase() === label.toLowerCase() && !main.includes(name);
    return {
      name,
      plain,
      term: isSame ? "" : label.toLowerCase(),
      help,
      kind: kindOf(name),
      low,
      high,
      step,
      choices: (choicesOf(name) ?? []).map((each) => ({ name: each, label: each })),
    };
  };
  const others = Object.keys(dials).filter(
    (name) => name !== "init" && !main.includes(name) && (choicesOf(name)?.length ?? 2) > 1,
  );
  const recipes = presets.map(({ name, title, summary, is_main, spec, drawing }) => ({
    name,
    title,
    summary,
    is_main,
    objects: spec.data.objects_in_image,
    drawing,
  }));
  return { recipes, tidy, nouns, main: main.map(dialOf), others: others.map(dialOf) };
}

/** `linkTo` is the address of a view, as that of a page says it. */
export const emptyBench = (catalog, isStatic, linkTo) => ({
  catalog: benchOf(catalog),
  cells: new Cells(catalog),
  isStatic,
  linkTo,
  isFramed: false,
  isNarrow: false,
  section: "question",
  device: catalog.device ? { name: catalog.device, sentence: catalog.mode } : null,
  options: { dials: null, question: "" },
  notes: [],

  // `dialed` moves with the hand, and `data` follows once the move is answered. Undo goes back to `before`.
  dialed: null, // {preset, values}
  before: null,
  data: null,
  why: {},
  isBad: false,
  typing: null, // {id, text} of a box: a number half typed is no value yet, and must not be written over
  measured: null, // {rows} or {problem}; it is asked for only when its box is opened

  // Until a run is open `asker`, a shipped model, answers in its place.
  asker: null,
  run: null,
  compare: null,
  runs: [],
  starts: [],
  missing: null,
  unopened: "", // why the file that a person chose last is no run
  problem: null,
  isStarting: false,
  isOpening: false,
  wanted: null, // the name of the run that will be `compare`: its choice shows at once
  furthest: { run: "", share: 0 },
  recorded: isStatic ? catalog.recordings : [],
  places: null,
  tabSaid: "",
  isHanding: false, // a run of the tab to the server
  next: null, // {run, dialed}: what is trained from the model of a run, see goOnWith

  pairs: { world: "", list: [] },
  pair: 0,
  at: null, // null follows the last saved step of a run that trains
  guesses: [],
  isSwinging: false,
  isTyping: false,

  Share: null, // the component of the dialog, which a first visit need not load
  said: "",
  embed: Object.keys(FRAMES)[0],
  height: Object.values(FRAMES)[0][1],
  written: {},
});

/** A run whose saved steps came in part: those from `first` on. */
export function joinSavedSteps(before, run) {
  if (!run) return null;
  const first = run.first ?? 0,
    earlier = first && before?.name === run.name ? before.checkpoints.slice(0, first) : [];
  return { ...run, checkpoints: [...earlier, ...run.checkpoints] };
}

/**
 * The bar of a run, which never goes back: a resumed run repeats steps, and an answer may come late. Nine tenths are
 * the steps, the last tenth is the evaluation.
 */
export function advance(furthest, run) {
  if (!isLive(run)) return furthest;
  const share =
    run.phase === "evaluating" ? 0.9 + 0.1 * (run.phase_done ?? 0) : (0.9 * run.step) / Math.max(1, run.steps);
  return { run: run.name, share: furthest.run === run.name ? Math.max(furthest.share, share) : share };
}
