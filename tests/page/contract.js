// What the page says under another contract, in Node: node tests/page/contract.js GIVEN, a JSON of {contract, asked}.

import { readFileSync } from "node:fs";

import { estimate } from "../../assets/engine/train/evaluation.js";
import { html } from "../../assets/page/vendor/preact.js";
import { hasBound, setContract } from "../../assets/page/contract.js";
import { render } from "./vendor/render_to_string.js";

const { contract, asked } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
setContract(contract);
globalThis.matchMedia = () => ({ matches: true, addEventListener: () => undefined });
const { answerOf } = await import("../../assets/page/ask/answer.js"),
  { ShareCard } = await import("../../assets/page/bench/share.js"),
  { Chart, makeScale } = await import("../../assets/page/bench/chart.js"),
  { landingOf } = await import("../../assets/page/class/device.js"),
  { Wall } = await import("../../assets/page/class/wall.js"),
  { recordOf } = await import("../../assets/page/tab/record.js"),
  { tellFrom } = await import("../../assets/page/texts.js"),
  { choiceText } = await import("../../assets/page/words.js");

const score = (value, low, high) => ({ value, low, high, n: 300, chance: 0.5 });
const scores = {
  canonical: { binding_accuracy: score(0.7, 0.65, 0.75), recognition_accuracy: score(0.9, 0.88, 0.92) },
};
const spec = { preset: "tidy", data: {}, train: { steps: 6, batch_size: 256, seed: 0 } },
  // biome-ignore format: one row
  checkpoints = [0, 6].map((step) => ({ step, cosines: [[0.2, 0.1], [0.2, 0.1]], logit_scale: 14 }));
const kept = {
  name: "tab-tidy",
  title: { text: "Tidy" },
  spec,
  status: "finished",
  step: 6,
  created: 1,
  finished: 2,
  device: "a tab",
  reason: null,
  start: null,
  checkpoints,
  isPaused: false,
  left: null,
  bytes: 0,
  handed: null,
  lines: [2, 4, 6].map((step) => ({ step, evaluation: { ...scores, own: scores.canonical } })),
};
kept.lines = Array.from({ length: 6 }, (_, at) => kept.lines.find(({ step }) => step === at + 1) ?? { step: at + 1 });
const run = recordOf(kept),
  running = recordOf({ ...kept, status: "running", lines: kept.lines.slice(0, 4), step: 4 });
const side = { caption: [{ text: "a" }, { text: "bus" }], image: "picture.png" },
  state = { run, at: null, pair: 0, pairs: { list: [{ a: side, b: side }] } };
const texts = JSON.parse(readFileSync(new URL("../../assets/classroom/en.json", import.meta.url), "utf-8"));
const wall = { dots: [], line: [], budget: 92160 };
const scale = makeScale([0, 2, 4, 6]);
process.stdout.write(
  JSON.stringify({
    bound_at: run.bound_at,
    is_bound: hasBound(run),
    bound_while_it_runs: running.bound_at,
    landed_at: landingOf([[2, 0.65], [4, 0.65]]), // biome-ignore format: one row
    interval: (({ low, high }) => [low, high])(estimate(7, 10, asked.z)),
    card: render(html`<${ShareCard} state=${state} />`),
    chart: render(html`<${Chart} run=${run} at=${1} scale=${scale} />`),
    wall: render(
      html`<${Wall} state=${{ view: { wall, is_study_shown: false } }} acts=${{}} tell=${tellFrom(texts)} />`,
    ),
    choice: choiceText(0.62).head,
    picture: answerOf({ cosines: [0.5, 0], scale: 1, spread: 1 }).head,
  }),
);
