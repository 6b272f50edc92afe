// States of the Workbench by name: what a person sees, from what the views answer. Each has the columns that show it.
//
//   // policy: with fixed samples, those of bench_dials.js
//   await benchStates(fixtures, policy) -> [{name, columns: ["training", ...], state}]

import { say, shownText, refusalText } from "../../assets/page/words.js";
import { Share } from "../../assets/page/bench/share.js";
import { emptyBench } from "../../assets/page/bench/state.js";
import { beforeOf } from "../../assets/page/tab/record.js";
import { runTitle } from "../../assets/page/tab/title.js";
import { linkTo } from "./told.js";

const ALL = ["bench"],
  RUN = ["training", "outcome"];

export async function benchStates({ catalog, asker, tidy, web, pairs, texts }, policy) {
  const list = pairs.map(([a, b]) => ({ a: { ...a, caption: a.words }, b: { ...b, caption: b.words } }));
  const guess = (said, binds, pair = 0) => ({ guesses: [{ model: asker.name, pair, guess: said, binds }] });

  /** The page of a recipe, with changes. */
  async function page(preset, changes = {}, values = {}) {
    const data = await policy.state({ preset, values, moved: Object.keys(values)[0] ?? "", start: 0 }),
      at = { preset: data.preset, values: data.values };
    const listing = {
      runs: [
        ["Tidy, seed 3, 100 %", "tidy-3"],
        ["Web-like, seed 4, 51 %", "web-4"],
      ],
      starts: [
        ["fresh weights, knows nothing", "scratch"],
        ["the shipped tidy model", "things-bound"],
      ],
    };
    return {
      ...emptyBench(catalog, false, linkTo),
      data,
      dialed: at,
      why: data.why ?? {},
      asker,
      pairs: { world: "things", list },
      ...listing,
      ...changes,
    };
  }

  /** A run of one's own that went as a recorded training did. */
  const own = (model, changes = {}) => ({
    ...model,
    name: "tidy-3",
    title: "Tidy, seed 3",
    kind: "run",
    is_own: true,
    may_change: true,
    has_model: true,
    differs: [],
    ...changes,
  });

  /** A model to which both captions of every picture are equally near. */
  const tied = (model) => ({
    ...model,
    checkpoints: model.checkpoints.map((each) => ({ ...each, cosines: each.cosines.map(() => [0.3, 0.3]) })),
  });

  /** The same, under way or broken off at its saved step `at`. */
  function until(model, at, changes) {
    const { step } = model.checkpoints.at(at),
      ended = (points) => points.filter((each) => each.step <= step);
    const bound = model.bound_at !== null && model.bound_at <= step ? model.bound_at : null;
    return own(model, {
      step,
      checkpoints: ended(model.checkpoints),
      curve: ended(model.curve),
      bound_at: bound,
      final: null,
      left_s: 40,
      left_words: "about 40 s left",
      ...changes,
    });
  }

  const running = (at, changes) => until(tidy, at, { status: "running", phase: "training", ...changes });
  const queued = (place, left_words) =>
    own(tidy, {
      status: "queued",
      place,
      left_words,
      step: 0,
      checkpoints: [],
      curve: [],
      bound_at: null,
      final: null,
    });
  const ownSpec = ({ data, ...spec }) => ({ ...spec, data: { ...data, world: `own-${"0".repeat(16)}` } });
  const done = own(tidy),
    never = own(web, { name: "web-4", title: "Web-like, seed 4" }),
    other = { ...web, title: "Web-like, seed 4" };
  const in_tab = { isPaused: false, isKept: true, bytes: 5_718_676, page_bytes: 5_600_000, handed: null, said: "" },
    START = "tab-binding-friendly-0123456789ab",
    inThisTab = ({ spec }, train) =>
      shownText(runTitle(catalog, { ...spec, train: { ...spec.train, ...train } }, "here")),
    inTab = own(tidy, { name: START, title: inThisTab(tidy, { seed: 3 }), in_tab }),
    places = {
      chosen: "tab",
      sooner: "tab",
      canTrain: true,
      tab: { seconds: 40, why: "", short: "" },
      server: { seconds: 60, why: "", device: "" },
    };
  /** A run that went on with web-like captions from a model that bound, and now finds a share of the pictures. */
  const wentOn = (share, changes = {}) => {
    const score = { value: share, low: share - 0.03, high: Math.min(1, share + 0.03), n: 343, chance: 0.5 };
    return own(web, {
      name: "tab-web-like-0123456789ab",
      title: inThisTab(web, { seed: 4, init: START }),
      in_tab,
      spec: { ...web.spec, train: { ...web.spec.train, init: START } },
      before: beforeOf(catalog, START, inTab),
      curve: web.curve.map((point, index) => ({
        ...point,
        binding: index ? share : 0.99,
        low: index ? score.low : 0.97,
        high: index ? score.high : 1,
        recognition: 0.98,
      })),
      bound_at: share > 0.8 ? web.curve[1].step : null,
      final: { binding: score, recognition: { ...score, value: 0.98 } },
      ...changes,
    });
  };
  const differences = [
    { field: "steps", this: 180, other: 60 },
    { field: "seed", this: 3, other: 4 },
  ];
  const states = {
    "a-first-opening": [ALL, page("binding-friendly")],
    "a-first-opening-narrow": [ALL, page("binding-friendly", { isNarrow: true })],
    "a-before-any-answer": [ALL, emptyBench(catalog, false, linkTo)],
    "a-swinging": [["outcome"], page("binding-friendly", { ...guess("no", false), isSwinging: true })],
    "a-guessed-and-another-recipe-chosen": [RUN, page("web-like", guess("no", false))],
    "a-guessed-right": [RUN, page("binding-friendly", guess("no", false))],
    "a-guessed-wrong": [["outcome"], page("binding-friendly", guess("yes", false))],
    "a-guessed-a-tie": [["outcome"], page("binding-friendly", { ...guess("yes", false), asker: tied(asker) })],
    "a-shown-without-a-guess": [["outcome"], page("web-like", guess("skip", false))],
    "a-guess-again": [["outcome"], page("binding-friendly", { ...guess("no", false), pair: 1 })],
    "a-reply-narrow": [["bar"], page("binding-friendly", { ...guess("no", false), isNarrow: true })],
    "a-server-not-asked-yet": [
      ["training"],
      page("binding-friendly", {
        places: {
          chosen: "tab",
          sooner: "tab",
          canTrain: null,
          tab: { seconds: null, why: "", short: "" },
          server: null,
        },
      }),
    ],
    "b-starting": [["training"], page("web-like", { isStarting: true })],
    "b-next-in-the-queue": [RUN, page("binding-friendly", { run: queued(1, "starts at once") })],
    "b-third-in-the-queue": [["training"], page("binding-friendly", { run: queued(3, "starts in about 2 min") })],
    "b-mid-training": [
      [...RUN, "bar"],
      page("binding-friendly", { run: running(5), furthest: { run: "tidy-3", share: 0.31 } }),
    ],
    "b-somebody-elses": [RUN, page("binding-friendly", { run: running(5, { may_change: false, is_own: false }) })],
    "b-stopping": [["training"], page("binding-friendly", { run: running(5, { status: "stopping" }) })],
    "b-evaluating": [
      ["training"],
      page("binding-friendly", { run: running(-1, { phase: "evaluating", phase_done: 0.4 }) }),
    ],
    "c-snapped-in": [[...RUN, "bar"], page("binding-friendly", { run: done })],
    "c-tied": [["outcome"], page("binding-friendly", { run: tied(done) })],
    "c-shipped": [
      ["outcome"],
      page("binding-friendly", {
        run: own(tidy, {
          kind: "shipped",
          has_model: false,
          checkpoints: tidy.checkpoints.slice(-1),
          curve: [],
          is_own: false,
          may_change: false,
        }),
      }),
    ],
    "c-at-step-0": [RUN, page("binding-friendly", { run: done, at: 0 })],
    "c-as-it-snaps-in": [
      ["training"],
      page("binding-friendly", { run: done, at: tidy.checkpoints.findIndex((each) => each.step === tidy.bound_at) }),
    ],
    "c-dials-changed": [RUN, page("binding-friendly", { run: done }, { steps: 30 })],
    "c-shared": [["outcome"], page("binding-friendly", { run: done, Share, said: "" })],
    "c-shared-own-things": [
      ["outcome"],
      page("binding-friendly", { run: { ...done, spec: ownSpec(done.spec) }, Share, said: "" }),
    ],
    "measured-nearest": [["training"], page("binding-friendly", {}, { attribute_density: 0.45, steps: 200 })],
    "measured-in-own-captions": [["training"], page("binding-friendly", {}, { caption_completeness: 0.5 })],
    "measured-nothing-near": [["training"], page("binding-friendly", {}, { objects_in_image: 3 })],
    "measured-with-other-things": [
      ["training"],
      page("binding-friendly", { run: { ...done, spec: ownSpec(done.spec) } }),
    ],
    "a-link-for-a-class": [["share"], page("web-like", { Share, written: { preset: "web-like" } })],
    "d-web-like-never": [RUN, page("web-like", { run: never })],
    "d-tuned-never": [
      ["training"],
      page("web-like", {
        run: { ...never, spec: { ...never.spec, train: { ...never.spec.train, init: "things-bound" } } },
      }),
    ],
    "go-on-before": [RUN, page("web-like", { run: inTab, places })],
    "go-on": [[...RUN, "bar"], page("web-like", { run: wentOn(0.94), places }, { init: START })],
    "go-on-a-part": [["training"], page("web-like", { run: wentOn(0.7), places }, { init: START })],
    "go-on-forgotten": [["training"], page("web-like", { run: wentOn(0.52), places }, { init: START })],
    "go-on-with-the-same": [
      ["training"],
      page("binding-friendly", { run: wentOn(0.99, { preset: "binding-friendly", spec: inTab.spec }), places }),
    ],
    "go-on-from-a-shipped-model": [
      ["training"],
      page("web-like", { run: wentOn(0.94, { before: beforeOf(catalog, "things-bound", null) }), places }),
    ],
    "compared-in-one-dial": [
      RUN,
      page("binding-friendly", { run: { ...done, differs: differences.slice(1) }, compare: other }),
    ],
    "compared-in-two-dials": [
      ["training"],
      page("binding-friendly", { run: { ...done, differs: differences }, compare: other }),
    ],
    "began-anew": [
      ["training"],
      page("binding-friendly", {
        run: until(tidy, 1, { status: "running", reason: "its checkpoint is damaged, so it began anew" }),
      }),
    ],
    "from-a-file": [
      ["training"],
      page("binding-friendly", { run: { ...done, title: `${done.title}, from a file`, origin: "file" } }),
    ],
    "from-a-file-evaluated": [
      ["training"],
      page("binding-friendly", {
        run: { ...done, title: `${done.title}, from a file`, origin: "file", evaluated: 1, may_change: false },
      }),
    ],
    failed: [
      RUN,
      page("binding-friendly", { run: until(tidy, 4, { status: "failed", reason: "the server stopped" }) }),
    ],
    interrupted: [
      ["training"],
      page("binding-friendly", { run: until(tidy, 8, { status: "interrupted", reason: "" }) }),
    ],
    stopped: [RUN, page("web-like", { run: until(web, 4, { status: "stopped" }) })],
    "old-run-without-answers": [
      RUN,
      page("binding-friendly", { run: own(tidy, { checkpoints: [], why_no_checkpoints: texts.earlier }) }),
    ],
    "framed-run-that-is-gone": [["outcome"], page("web-like", { isFramed: true, missing: texts.gone })],
    "run-that-is-gone": [["training"], page("web-like", { missing: texts.gone })],
    "training-refused": [["training"], page("web-like", { problem: "steps=5000: this server allows at most 2000" })],
    "start-of-others": [
      ["training"],
      page("web-like", { starts: [["ViT-B-32/openai, pretrained", "ViT-B-32/openai"]] }).then((state) => ({
        ...state,
        data: {
          ...state.data,
          plan: {
            ...state.data.plan,
            needs: "It is tuned by lora; it needs about 9.1 GB of memory (12.0 GB are free).",
          },
        },
      })),
    ],
    "other-world": [
      ["outcome"],
      page("web-like", { run: own(tidy, { spec: { ...tidy.spec, data: { ...tidy.spec.data, world: "pictures" } } }) }),
    ],
    "dials-changed-with-undo": [
      ["data"],
      page("web-like", { before: { preset: "binding-friendly", values: {} } }, { saliency_bias: 0.4, steps: 30 }),
    ],
    "dials-bounded-and-refused": [
      ["data"],
      page("incomplete", { typing: { id: "wb-steps", text: "0" }, isBad: true }, { caption_completeness: 0.1 }).then(
        (state) => ({
          ...state,
          why: { ...state.data.why, steps: refusalText("steps", 0, say`must be from ${1} to ${1000000}`) },
        }),
      ),
    ],
    "dials-measured": [
      ["data"],
      page("binding-friendly", {
        measured: {
          rows: policy.rows(policy.recipe("binding-friendly").values, {
            objects_in_image: { value: 2, low: 2, high: 2, n: 1000 },
            attribute_kinds: { value: ["color"], low: null, high: null, n: 1000 },
            caption_completeness: { value: 0.79, low: 0.77, high: 0.81, n: 4000 },
            saliency_bias: null,
          }),
        },
      }),
    ],
    "captions-that-only-name": [["data"], page("one-object", {}, { attribute_density: 0 })],
    "a-teachers-link": [
      ALL,
      page("web-like", {
        options: { dials: ["saliency_bias"], question: "Which one binds?" },
        notes: [say`${"foo"}: the page knows no such part of an address; it was left out`],
      }),
    ],
    framed: [RUN, page("binding-friendly", { isFramed: true, run: { ...tidy, title: "Tidy, seed 0" } })],
    static: [
      RUN,
      page("binding-friendly", {
        isStatic: true,
        run: { ...tidy, title: "Tidy", may_change: false, is_own: false, differs: [] },
      }),
    ],
  };
  return Promise.all(
    Object.entries(states).map(async ([name, [columns, state]]) => ({ name, columns, state: await state })),
  );
}
