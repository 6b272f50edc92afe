// States of Look inside and of the sheet of runs by name, made from what Python answers.

import { emptyInside, InsidePage as Inside } from "../../assets/page/inside/page.js";
import { askable, reachOf, walkedSteps } from "../../assets/page/inside/numbers.js";
import { emptyRuns, RunsPage as Sheet } from "../../assets/page/runs/page.js";

const page = { backend: { kind: "server" } };

export function insideStates({ steps, models }) {
  function of(name, answer, changes = {}) {
    const inspected = answer && { ...answer, steps: walkedSteps(answer.steps) },
      hasSteps = inspected?.steps.length > 0;
    const state = {
      ...emptyInside(),
      models,
      asked: answer?.name ?? "finished",
      inspected,
      reach: hasSteps ? reachOf(inspected.steps) : [1, 1],
      chosen: hasSteps ? askable(inspected.steps[0])[1] : 0,
      ...changes,
    };
    return { name: `inside-${name}`, Page: Inside, state, page };
  }
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
    of("failed-without-a-step", { ...steps.queued, status: "failed", reason: "the disk is full", steps: [] }),
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
    of("three-compared", { picked: ["another-seed", "running"], compared: { ...compared, figures: {} } }),
    of("refused", {
      problem: "owner_key: is not that of run finished; anyone with the link can view it, only its owner can change it",
      compared: { problem: "run=running: its metrics.jsonl cannot be read; delete the run or import it again" },
    }),
  ];
}
