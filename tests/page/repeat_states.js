// States of a training that is repeated, by name: its box, the strips of all dots, the page of a link.

import { emptyBox, RepeatBox } from "../../assets/page/repeat/box.js";
import { DotStrips } from "../../assets/page/repeat/dots.js";
import { RepeatPage } from "../../assets/page/repeat/page.js";
import { failureText } from "../../assets/page/words.js";

const DIGEST = "9c41e07b55d2".padEnd(64, "0"),
  OTHER = "18fa03c6b7e0".padEnd(64, "1");
const CURVE = [
    [0, 0.48, 0.43],
    [30, 0.62, 0.57],
    [51, 0.85, 0.81],
    [90, 0.97, 0.95],
    [180, 0.995, 0.98],
  ],
  FLAT = CURVE.map(([step]) => [step, 0.5, 0.45]),
  WORDS = [
    { text: "a", kind: null, color: null, moved: false },
    { text: "green", kind: "color", color: "#1cb66c", moved: false },
    { text: "bus", kind: null, color: null, moved: false },
  ],
  SAMPLE = { image: "picture.png", alt: "a green bus", words: WORDS };

/** Each form has numbers of its own, so that a state which reads the other form shows it. */
const trainingOf = (seed, parts) => ({
  seed,
  key: `f2a2acbcfc5e3c${seed}`,
  digest: DIGEST,
  pairs: 46_080,
  batch_size: 256,
  bound: { canonical: 23_040, own: 13_056 },
  ends: { canonical: [0.91, 0.87, 346], own: [0.995, 0.98, 346] },
  curves: [CURVE],
  ...parts,
});
const LATE = trainingOf(41, {
    bound: { canonical: 38_400, own: null },
    ends: { canonical: [0.83, 0.79, 346], own: [0.5, 0.45, 346] },
    curves: [FLAT],
  }),
  CHAIN = trainingOf(42, {
    pairs: 92_160,
    bound: { canonical: 0, own: null },
    ends: { canonical: [0.995, 0.98, 346], own: [0.58, 0.53, 346] },
    curves: [CURVE, CURVE],
  });
const cellOf = (label, trainings) => ({ label, pairs: 46_080, seeds: 3, trainings }),
  MAP = {
    name: "map",
    question: "How long does binding take?",
    judges: "time",
    form: "own",
    is_whole: false,
    cells: [cellOf("tidy", [trainingOf(40), LATE]), cellOf("sparse", [])],
  },
  LOOP = {
    name: "loop",
    question: "Is it lost and found at the same share?",
    judges: "end",
    form: "canonical",
    is_whole: false,
    cells: [cellOf("down", [CHAIN])],
  };
export const DOTS = { edition: 4, engine: 1, sweeps: [MAP, LOOP] };
export const LIST = DOTS.sweeps.flatMap((sweep) =>
  sweep.cells.flatMap((cell) => cell.trainings.map((training) => ({ sweep, cell, training }))),
);
const [TIDY, NEVER, CHAINED] = LIST;

const TORCH = {
  sweep: { name: "torch", judges: "time", form: "own" },
  cell: { label: "tidy", pairs: 46_080 },
  training: { ...trainingOf(2), digest: null, curves: [CURVE.slice(1).map(([step, share]) => [step, share])] },
};
const END = {
    kind: "same",
    difference: null,
    digest: DIGEST,
    curves: [CURVE],
    seconds: 38,
    workers: 4,
    numbers: 1_411_201,
    device: "Chromium 156, Linux, x86 of 64 bits, 4 cores",
    date: "2026-11-30",
  },
  PARTED = { ...END, kind: "differs", digest: OTHER, difference: { phase: 0, step: 51, before: 30 } };
const RUNNING = { curves: [CURVE.slice(0, 3)], step: 60, steps: 180, seconds: 20, workers: 4, isPaused: false };

export function states() {
  const box = (dot, parts = {}) => [
    RepeatBox,
    {
      state: {
        ...emptyBox(),
        dot,
        number: { at: LIST.indexOf(dot) + 1, of: LIST.length },
        isKept: true,
        sample: SAMPLE,
        seconds: 40,
        cores: 4,
        ...parts,
      },
    },
  ];
  const link = (parts) => [
    RepeatPage,
    {
      state: {
        ...emptyBox(),
        dot: {
          sweep: { name: "a link", judges: "time" },
          cell: { label: "Tidy", pairs: 46_080 },
          training: { ...trainingOf(3), steps: 180, key: DIGEST.slice(0, 16), curves: null },
        },
        sample: SAMPLE,
        description: "a bus",
        seconds: 40,
        cores: 1,
        ...parts,
      },
    },
  ];
  return {
    "repeat-loading": box(TIDY, { sample: null, seconds: null }),
    "repeat-popover": box(TIDY),
    "repeat-popover-late": box(NEVER, { cores: 1 }),
    "repeat-popover-chain": box(CHAINED, { seconds: 400 }),
    "repeat-popover-again": box(TIDY, { ring: "same" }),
    "repeat-popover-differed": box(TIDY, { ring: "differs" }),
    "repeat-refused": box(TIDY, { seconds: null, why: "init: a link repeats trainings from fresh weights only" }),
    "repeat-busy": box(TIDY, { isBusy: true }),
    "repeat-running": box(TIDY, { running: RUNNING }),
    "repeat-begins": box(TIDY, { running: { ...RUNNING, step: 0, curves: [], workers: 1 } }),
    "repeat-paused": box(TIDY, { running: { ...RUNNING, isPaused: true } }),
    "repeat-running-equal": box(TIDY, { running: { ...RUNNING, same: 4 } }),
    "repeat-stopped": box(TIDY, { outcome: { kind: "stopped", step: 60, same: 0 } }),
    "repeat-stopped-equal": box(TIDY, { outcome: { kind: "stopped", step: 60, same: 6 } }),
    "repeat-stopped-differs": box(TIDY, {
      outcome: { kind: "stopped", step: 60, same: 2, difference: { phase: 0, step: 18, before: 8 } },
    }),
    "repeat-failed": box(TIDY, {
      outcome: { kind: "failed", problem: failureText(new Error("the training of this page does not go on")) },
    }),
    "repeat-same": box(TIDY, { outcome: END, ring: "same", open: "?tab=open", copied: "receipt" }),
    "repeat-same-in-a-file": box(TIDY, { outcome: END, ring: "same", isKept: false }),
    "repeat-differs": box(TIDY, { outcome: PARTED, ring: "differs" }),
    "repeat-differs-at-once": box(TIDY, { outcome: { ...PARTED, difference: { phase: 0, step: 0, before: null } } }),
    "repeat-contradicts": box(TIDY, { outcome: { ...PARTED, curves: [FLAT] }, copied: "report" }),
    "repeat-contradicts-never": box(NEVER, { outcome: PARTED }),
    "repeat-differs-in-a-chain": box(CHAINED, {
      outcome: { ...PARTED, curves: [CURVE, CURVE], difference: { phase: 1, step: 51, before: 30 } },
    }),
    "torch-before": box(TORCH, { number: null }),
    "torch-running": box(TORCH, { number: null, running: RUNNING }),
    "torch-compared": box(TORCH, { number: null, outcome: { ...END, kind: "compared", digest: OTHER } }),
    dots: [DotStrips, { list: LIST, dots: DOTS, show: () => undefined }],
    "dots-none": [DotStrips, { list: [], dots: null, show: () => undefined }],
    "link-before": link({}),
    "link-untrainable": link({ seconds: null, why: "init: a link repeats trainings from fresh weights only" }),
    "link-begins": link({ running: { ...RUNNING, step: 0, curves: [] } }),
    "link-asks": link({ running: { ...RUNNING, step: 0, curves: [[]] } }),
    "link-running": link({ running: RUNNING }),
    "link-same": link({ outcome: { ...END, digest: DIGEST } }),
    "link-differs": link({ outcome: { ...PARTED, difference: { phase: 0, step: 180, before: null } } }),
    "link-refused": [
      RepeatPage,
      {
        state: { ...emptyBox(), problem: "init: a link repeats trainings from fresh weights only", study: "evidence" },
      },
    ],
  };
}
