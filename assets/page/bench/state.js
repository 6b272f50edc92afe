// The Workbench's state before anything is known, and what of a run is carried on when it is asked for again.

import { Cells } from "./cells.js";
import { isLive } from "../words.js";
import { plainName } from "./dial-words.js";

/** Recipes, drawings and dials as the first column shows them. */
function benchOf(catalog) {
  const { dials, types, main, presets, kinds, architectures, nouns, opens_with: tidy } = catalog;
  const choices = {
    world: Object.keys(kinds),
    model: architectures,
    attribute_kinds: kinds.things,
    untold_kinds: kinds.things,
    tidy_kinds: kinds.things,
  };
  const kindOf = (name) =>
    types[name] === "words"
      ? "names"
      : (dials[name].choices ?? choices[name])
        ? "choice"
        : types[name] === "flag"
          ? "flag"
          : main.includes(name)
            ? "range"
            : "number";
  const shown = (name) => {
    const { label, help, low, high, step } = dials[name],
      plain = plainName(dials[name]),
      isSame = plain.toLowerCase() === label.toLowerCase() && !main.includes(name);
    const listed = (choices[name] ?? dials[name].choices ?? []).map((each) => ({ name: each, label: each }));
    return {
      name,
      plain,
      term: isSame ? "" : label.toLowerCase(),
      help,
      kind: kindOf(name),
      low,
      high,
      step,
      choices: listed,
    };
  };
  const others = Object.keys(dials).filter(
    (name) => name !== "init" && !main.includes(name) && (choices[name]?.length ?? 2) > 1,
  );
  const recipes = presets.map(({ name, title, told, is_main, spec, drawing }) => ({
    name,
    title,
    told,
    is_main,
    objects: spec.data.objects_in_image,
    drawing,
  }));
  return { recipes, tidy, nouns, main: main.map(shown), others: others.map(shown) };
}

export const emptyBench = (catalog, isStatic) => ({
  catalog: benchOf(catalog),
  cells: new Cells(catalog),
  isStatic,
  device: catalog.device ? { name: catalog.device, sentence: catalog.mode } : null,
  options: { dials: null, question: "" },
  notes: [],
  dialed: null, // {preset, values}: what the controls show, ahead of the answer to the last move
  before: null, // the same before a recipe was chosen, for Undo
  data: null, // the newest answer: words, samples and facts of the dials, plan of a training
  why: {},
  isBad: false, // a sentence beside a dial, and whether it refuses a value
  typing: null, // {id, text} of the box of a number that has the focus
  measured: null, // dialed and measured, {rows} or {problem}, once somebody has asked
  asker: null, // the model that answers before a run is open
  run: null,
  compare: null,
  runs: [],
  starts: [],
  missing: null,
  problem: null,
  isStarting: false,
  isOpening: false,
  wanted: null, // the run that was chosen to compare with, until it comes
  furthest: { run: "", share: 0 },
  pairs: { world: "", list: [] },
  pair: 0,
  at: null, // `at` is the saved step, null for the last one
  guesses: [],
  isSwinging: false,
  isTyping: false,
  isFramed: false, // framed is the outcome alone, in another page
  Share: null, // the dialog of share.js, once it has come; below what it shows
  said: "",
  embed: "outcome",
  height: 560,
  written: {}, // recipe and dials as parts of an address
  isNarrow: false,
  section: "question",
  recorded: isStatic ? catalog.recordings : [], // recipes whose training a page in one file can replay
  places: null,
  tabSaid: "", // where the next training runs, and what came of the last press; see tab/bench.js
});

/** A run whose checkpoints came in part: those from `first` on. */
export function joinCheckpoints(before, run) {
  if (!run) return null;
  const first = run.first ?? 0,
    kept = first && before?.name === run.name ? before.checkpoints.slice(0, first) : [];
  return { ...run, checkpoints: [...kept, ...run.checkpoints] };
}

/** Nine tenths are the steps, the last tenth is the evaluation; what was reached once is never taken back. */
export function advance(furthest, run) {
  if (!isLive(run)) return furthest;
  const share =
    run.phase === "evaluating" ? 0.9 + 0.1 * (run.phase_done ?? 0) : (0.9 * run.step) / Math.max(1, run.steps);
  return { run: run.name, share: furthest.run === run.name ? Math.max(furthest.share, share) : share };
}
