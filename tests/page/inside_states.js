// States of Look inside and of the sheet of runs by name, made from what Python answers.

import { emptyInside } from "../../assets/page/inside/page.js";
import { InsidePage as Inside } from "../../assets/page/inside/view.js";
import { askableOf, reachOf, walkSteps } from "../../assets/page/inside/answers.js";
import { emptyRuns, RunsPage as Sheet } from "../../assets/page/runs/page.js";
import { linkTo } from "./told.js";

const page = {
  address: { link: linkTo },
  backend: { kind: "server" },
};

export function insideStates({ steps, models }) {
  function of(name, answer, changes = {}) {
    const inspected = answer && { ...answer, steps: walkSteps(answer.steps) },
      hasSteps = inspected?.steps.length > 0;
    const state = {
      ...emptyInside(),
      models,
      modelName: answer?.name ?? "finished",
      inspected: inspected && { ...inspected, isDrawn: true },
      reach: hasSteps ? reachOf(inspected.steps) : [1, 1],
      chosen: hasSteps ? askableOf(inspected.steps[0])[1] : 0,
      ...changes,
    };
    return { name: `inside-${name}`, Page: Inside, state, page };
  }
  const COLORS = ["red", "blue", "green"];
  const many = (count) =>
    Array.from({ length: count }, (_, index) => ({
      index,
      caption: "a red bus and a blue boat",
      swapped: "a blue bus and a red boat",
      image: steps.shipped.scenes[0].seen,
      words: steps.shipped.scenes[0].words,
      odds: ((index * 37) % 101) / 10 - 4,
      colors: [COLORS[index % 3], COLORS[(index * 7 + 1) % 3]].filter((each, at, all) => all.indexOf(each) === at),
      ratio: index % 4,
      first: index % 3 ? "larger" : "smaller",
    }));
  const thousand = () => ({
    first: 0,
    scenes: many(200),
    isDone: true,
    brush: { from: -Infinity, to: 0 },
    filters: { colors: null, ratio: null, first: null },
    colors: COLORS.map((word) => ({ word, fill: "rgb(200 0 0)" })),
    chosen: null,
    isAll: false,
    isTable: false,
    problem: "",
  });
  const typed = (changes) => ({
    typed: { text: "a red zebra and a blue bus", cosine: null, unknown: [], isAsked: false, problem: "", ...changes },
  });
  const figures = {
    step: 12,
    why: "",
    figures: Object.fromEntries(
      ["cosines", "breakdown"].map((each) => [
        each,
        {
          plotly: { data: [], layout: {} },
          sentence:
            "The right caption is nearer than the swapped one for 26 of 42 images (62 %); the median margin is 0.002.",
          table: { columns: ["n"], rows: [[1], [null]] },
        },
      ]),
    ),
  };
  return [
    of("loading", null),
    of("problem", null, { problem: "name=nope: there is no run or shipped model of this name" }),
    of("n-mid-training", steps.running),
    of("n-at-step-0", steps.running, { at: 0 }),
    of("n-picture-without-a-swap", steps.running, { chosen: steps.running.scenes.findIndex((each) => each.no_swap) }),
    of("n-finished", steps.finished, typed({ cosine: 0.42, unknown: ["zebra"] })),
    of("n-finished-at-a-step-before", steps.finished, { at: 1, ...typed({ cosine: 0.42 }) }),
    of("typed-is-asked", steps.finished, typed({ isAsked: true })),
    of("typed-is-refused", steps.finished, typed({ problem: "caption: give a text of 1 to 300 characters" })),
    of("n2-shipped", steps.shipped),
    of("n2-shipped-in-its-own-captions", steps.own, { form: "own" }),
    of("queued", { ...steps.queued, steps: [] }),
    of("failed-without-a-step", { ...steps.queued, status: "failed", reason: "the server stopped", steps: [] }),
    of("thousand", steps.shipped, { thousand: thousand() }),
    of("thousand-begins", steps.shipped, { thousand: { ...thousand(), scenes: many(40), isDone: false } }),
    of("thousand-none-brushed", steps.shipped, { thousand: { ...thousand(), brush: { from: 9, to: 9 } } }),
    of("thousand-one-row", steps.shipped, {
      thousand: {
        ...thousand(),
        filters: { colors: "red", ratio: null, first: null },
        first: 1000,
        chosen: 3,
        isTable: true,
      },
    }),
    of("thousand-failed", steps.shipped, {
      thousand: { ...thousand(), scenes: [], problem: steps.queued.name },
    }),
    of("researchers", steps.finished, { isOpen: true, figures }),
    of("researchers-without-a-report", steps.running, {
      isOpen: true,
      figures: {
        ...figures,
        figures: {},
        why: "Forms of captions and breakdown are drawn here as soon as this run has been evaluated.",
      },
    }),
  ];
}

export function runsStates({ runs, compared, catalog }) {
  const of = (name, changes = {}) => ({
    name: `runs-${name}`,
    Page: Sheet,
    catalog,
    state: { ...emptyRuns("finished"), rows: runs.runs, starts: runs.starts, takesFiles: true, ...changes },
  });
  return [
    of("reading", { rows: null }),
    of("none", { rows: [], open: "" }),
    of("none-found", { rows: [], words: "nothing", open: "" }),
    of("nothing-open", { open: "" }),
    of("one-open", {}),
    of("sure", { sure: "finished" }),
    of("shared-server", { takesFiles: false }),
    of("ticked-a-third-before-it-was-compared", {
      picked: ["another-seed", "running"],
      compared: { ...compared, runs: compared.runs.slice(0, 2), differs: compared.differs.slice(0, 1), figures: {} },
    }),
    of("three-compared", { picked: ["another-seed", "running"], compared: { ...compared, figures: {} } }),
    of("refused", {
      problem: "owner_key: is not that of run finished; anyone with the link can view it, only its owner can change it",
      compared: { problem: "run=running: its metrics.jsonl cannot be read; delete the run or import it again" },
    }),
  ];
}
