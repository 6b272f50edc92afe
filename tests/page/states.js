// States of the Workbench by name: what a person sees, made from what Python sends. Each has the columns that show it.
//
//   states(fixtures) -> [{name, columns: ["training", ...], state}]

import { emptyState } from "../../assets/page/before/store.js";

const ALL = ["data", "training", "outcome"], RUN = ["training", "outcome"];

export function states(found) {
  const { catalog, dialed, problem, texts } = found, { pairs, ...answers } = found.answers;
  const tidy = answers.models["binding-friendly"], web = answers.models["web-like"];
  const guess = (model, said, binds) => ({ guesses: [{ model: model.name, pair: 0, guess: said, binds }] });

  /** The page of a recipe, with changes. */
  function page(name, changes = {}) {
    const data = dialed[name], at = { preset: data.preset, values: data.values };
    const listing = { runs: [[texts.tidy_listed, "tidy-3"], [texts.web_listed, "web-4"]], starts: [[texts.fresh, "scratch"], [texts.shipped, "things-bound"]] };
    return { ...emptyState(catalog, false), data, dialed: at, why: data.why, answers, pairs: { world: "things", list: pairs }, ...listing, ...changes };
  }

  /** A run of one's own that went as a recorded training did. */
  const own = (model, changes = {}) => ({ ...model, name: "tidy-3", label: texts.tidy, kind: "run", is_own: true, mine: true, has_model: true, differs: [], ...changes });

  /** The same, under way or broken off at its checkpoint `at`. */
  function until(model, at, changes) {
    const step = model.checkpoints.at(at).step, ended = (list) => list.filter((each) => each.step <= step);
    const bound = model.bound_at !== null && model.bound_at <= step ? model.bound_at : null;
    return own(model, { step, checkpoints: ended(model.checkpoints), curve: ended(model.curve), bound_at: bound, final: null, eta_words: texts.left, ...changes });
  }

  const running = (at, changes) => until(tidy, at, { status: "running", phase: "training", ...changes });
  const queued = (place, eta) => own(tidy, { status: "queued", place, eta_words: eta, step: 0, checkpoints: [], curve: [], bound_at: null, final: null });
  const done = own(tidy), never = own(web, { name: "web-4", label: texts.web }), dials = [{ field: "steps", this: 180, other: 60 }, { field: "seed", this: 3, other: 4 }];
  const of = (name, columns, state) => ({ name, columns, state });
  return [
    of("a-before-training", ALL, page("web-like")),
    of("a-before-any-value", RUN, emptyState(catalog, false)),
    of("a-swinging", ["outcome"], page("web-like", { ...guess(web, "no", false), isSwinging: true })),
    of("a-guessed-right", RUN, page("web-like", guess(web, "no", false))),
    of("a-guessed-wrong", ["outcome"], page("web-like", guess(web, "yes", false))),
    of("a-guess-again", RUN, page("web-like", { ...guess(web, "no", false), pair: 1 })),
    of("a-recorded-tidy", RUN, page("binding-friendly", guess(tidy, "yes", true))),
    of("b-starting", ["training"], page("web-like", { isStarting: true })),
    of("b-next-in-the-queue", RUN, page("binding-friendly", { run: queued(1, texts.now) })),
    of("b-third-in-the-queue", ["training"], page("binding-friendly", { run: queued(3, texts.later) })),
    of("b-mid-training", RUN, page("binding-friendly", { run: running(5), furthest: { run: "tidy-3", share: 0.31 } })),
    of("b-somebody-elses", RUN, page("binding-friendly", { run: running(5, { mine: false, is_own: false }) })),
    of("b-stopping", ["training"], page("binding-friendly", { run: running(5, { status: "stopping" }) })),
    of("b-evaluating", ["training"], page("binding-friendly", { run: running(-1, { phase: "evaluating", phase_done: 0.4 }) })),
    of("c-snapped-in", RUN, page("binding-friendly", { run: done })),
    of("c-at-step-0", RUN, page("binding-friendly", { run: done, at: 0 })),
    of("c-as-it-snaps-in", ["training"], page("binding-friendly", { run: done, at: done.checkpoints.findIndex((each) => each.step === done.bound_at) })),
    of("c-dials-changed", RUN, page("changed", { run: done })),
    of("c-shared", ["outcome"], page("binding-friendly", { run: done, isSharing: true, said: "" })),
    of("d-web-like-never", RUN, page("web-like", { run: never })),
    of("d-tuned-never", ["training"], page("web-like", { run: { ...never, spec: { ...never.spec, train: { ...never.spec.train, init: "things-bound" } } } })),
    of("compared-in-one-dial", RUN, page("binding-friendly", { run: { ...done, differs: dials.slice(1) }, compare: { ...web, label: texts.web } })),
    of("compared-in-two-dials", ["training"], page("binding-friendly", { run: { ...done, differs: dials }, compare: { ...web, label: texts.web } })),
    of("failed", RUN, page("binding-friendly", { run: until(tidy, 4, { status: "failed", reason: "the disk is full" }) })),
    of("interrupted", ["training"], page("binding-friendly", { run: until(tidy, 8, { status: "interrupted", reason: "" }) })),
    of("stopped", RUN, page("web-like", { run: until(web, 4, { status: "stopped" }) })),
    of("old-run-without-answers", RUN, page("binding-friendly", { run: own(tidy, { checkpoints: [], why_no_checkpoints: texts.earlier }) })),
    of("run-that-is-gone", ["training"], page("web-like", { missing: texts.gone })),
    of("training-refused", ["training"], page("web-like", { problem: texts.refused })),
    of("more-than-is-allowed", RUN, page("web-like", { ...guess(web, "no", false), data: { ...dialed["web-like"], plan: { ...dialed["web-like"].plan, time: "", why_not: texts.refused } } })),
    of("other-world", ["outcome"], page("web-like", { run: own(tidy, { spec: { ...tidy.spec, data: { ...tidy.spec.data, world: "pictures" } } }) })),
    of("dials-changed-with-undo", ["data"], page("changed", { before: dialed["binding-friendly"] })),
    of("dials-bounded-and-refused", ["data"], page("bounded", { why: { ...dialed.bounded.why, [problem.problem.field]: problem.problem.sentence }, isBad: true, typing: { id: "wb-steps", text: "0" } })),
    of("captions-that-only-name", ["data"], page("one-object")),
    of("static", ALL, page("binding-friendly", { isStatic: true, run: { ...tidy, label: texts.tidy, mine: false, is_own: false, differs: [] }, data: { ...dialed["binding-friendly"], plan: { ...dialed["binding-friendly"].plan, go: texts.replay } } })),
  ];
}
