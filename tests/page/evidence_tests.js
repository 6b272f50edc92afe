// What the page of the evidence computes: the law, dials at a place of the line, cells, and the loop.

import assert from "node:assert/strict";

import { dialsOf, Evidence, partOf } from "../../assets/page/evidence/page.js";
import { exampleOf, Formula } from "../../assets/page/evidence/formula.js";
import { cellAxis, positionsOf, stripAxis, timeOf } from "../../assets/page/evidence/fourth-cells.js";
import { sentencesOf, loopStops } from "../../assets/page/evidence/loop.js";
import { arrangementSentence, rowSentence } from "../../assets/page/evidence/map.js";
import { dialsAt, expectTime, fit, kappaOf } from "../../assets/page/evidence/law.js";
import { lineTable } from "../../assets/page/evidence/line.js";
import { nextDensity } from "../../assets/page/evidence/line-dials.js";
import { wish } from "../../assets/page/evidence/line-told.js";
import { nearTo, states } from "./evidence_states.js";
import { drawn, fixtures } from "./told.js";

const { catalog, line, law, expected: forecasts, editions } = fixtures;

/** The evidence of a page that notes what is asked of it; `dialed` are the dials of its Workbench. */
async function opened({ kind = "server", dialed = null, view = async () => ({ line, pace: 0.001 }) } = {}) {
  const asked = [],
    note =
      (name) =>
      (...given) =>
        void asked.push([name, ...given]);
  const page = {
    catalog,
    engine: null,
    dialed: { get: () => dialed },
    address: { get: () => "", link: (name) => `?tab=${name}`, write: note("write") },
    backend: { kind, view },
    toWorkbench: note("toWorkbench"),
  };
  const repeats = {
    load: async () => null,
    show: note("show"),
    showOfTorch: async (...given) => note("older")(...given),
  };
  class Undrawn extends Evidence {
    draw() {}
  }
  const evidence = new Undrawn({ querySelector: () => null }, page, repeats);
  await evidence.isDrawn;
  evidence.timers.stop();
  return { evidence, asked };
}

/** A cell of five seeds with a median, and how many are bound. */
const cellOf = (median, bound = 5, ran = 5) => ({
  sweep: "map",
  label: "",
  seeds: 5,
  ran,
  phases: [184_320],
  read: {},
  forms: { own: { bound, median }, canonical: { bound, median }, single: { bound, median } },
});
const AGREED = { canonical: "better", single: "better", agreed: "better" },
  SAME = { canonical: "same", single: "same", agreed: "same" };

export const tests = {
  "a group of doses has its size in its name, and a table of them what comes after"() {
    const [Part, props] = states(fixtures)["order-whole"],
      names = [...drawn(Part, props).matchAll(/role="group" aria-label="([^"]*)"/g)].map(([, name]) => name),
      groups = names.filter((name) => /first|mixed in|last/.test(name));
    assert.ok(groups.length && groups.every((name) => /^[\d,]+ tidy pairs of /.test(name)), groups.join("\n"));
    assert.equal(new Set(names).size, names.length);
  },

  "the marker says its number with the dials that make it"() {
    const [Part, props] = states(fixtures)["j-told"],
      { dials } = props.state,
      [, text] = /id="evidence-marker"[^>]* aria-valuetext="([^"]*)"/.exec(drawn(Part, props));
    assert.ok(text.startsWith(kappaOf(dials).toFixed(3)) && text.includes(`objects: ${dials.objects}`), text);
  },

  "the number of a theory is set as a formula, with what it gives for an example"() {
    const set = (text) => drawn(Formula, { text }).trim();
    assert.equal(set("13,500 x told^-1.15 to -1.9"), "13,500 × told<sup>−1.15 to −1.9</sup>");
    assert.equal(set("13,500 x 说出^-1.15 到 -1.9"), "13,500 × 说出<sup>−1.15 到 −1.9</sup>");
    assert.equal(set("13,000 x（1 + 3 光名词）/ 说出^2"), "13,000 ×（1 + 3 光名词）/ 说出<sup>2</sup>");
    assert.equal(set("9,500 / (told - 0.27)"), "9,500 / (told − 0.27)");
    const numbers = fixtures.editions.part.fourth.theories.rows.map(({ number }) => number),
      pairs = Object.fromEntries(numbers.map((number) => [number, exampleOf(number).match(/[\d,]{4,}/g) ?? []]));
    assert.deepEqual(pairs["13,000 x told^-1.7"], ["137,000"]);
    assert.deepEqual(pairs["13,500 x told^-1.15 to -1.9"], ["66,500", "188,000"]);
    assert.deepEqual(pairs["13,000 x (1 + 3 bare) / told^2"], ["676,000"]);
    assert.deepEqual(pairs["9,500 / (told - 0.27)"], ["41,300"]);
    for (const [number, told] of Object.entries(pairs))
      assert.equal(told.length > 0, !/^[\d,]+ pairs$|^kept/.test(number), number);
  },

  "evidence that could not be loaded is loaded when the page is turned to again, and no other": async () => {
    let loads = 0;
    const view = async () => {
        loads += 1;
        if (loads === 1) throw new TypeError("Failed to fetch");
        return { line, pace: 0.001 };
      },
      { evidence } = await opened({ view });
    assert.match(evidence.state.problem, /^The evidence cannot be loaded/);
    for (let turn = 0; turn < 2; turn++) {
      evidence.loadAgain();
      await evidence.isDrawn;
      evidence.timers.stop();
      assert.deepEqual([evidence.state.line, evidence.state.problem, loads], [line, "", 2]);
    }
  },
  async "it starts at the dials of the Workbench, where the line has them"() {
    const web = { preset: "web-like", values: { objects_in_image: 3 } },
      { evidence } = await opened({ dialed: web }),
      { recipe, base, dials, pace, methods } = evidence.state;
    assert.deepEqual([recipe, base, dials.objects, pace, methods], [null, "web-like", 3, 0.001, "study/methods.html"]);
    const { state } = (await opened({ kind: "static", dialed: { preset: "big-only", values: {} } })).evidence;
    assert.deepEqual([state.recipe, state.pace, state.methods], [line.recipes[0].name, null, null]);
  },
  async "what cannot be loaded, or is not there yet, is said"() {
    const refuse = async () => {
      throw new Error("gone");
    };
    assert.match((await opened({ view: refuse })).evidence.state.problem, /^The evidence cannot be loaded/);
    const empty = await opened({ view: async () => ({ line: null }) });
    assert.match(empty.evidence.state.problem, /not here yet/);
  },
  async "its buttons turn to the Workbench, to a box and to another figure"() {
    const {
        evidence: { acts, timers },
        asked,
      } = await opened(),
      dot = {},
      training = { key: "k", seed: 2 };
    acts.moveDial({ objects: 3 });
    acts.train();
    acts.seeOrder();
    acts.openSpec({ preset: "web-like", values: { steps: 720 }, title: "a row" });
    acts.openTraining({ sweep: "map", label: "named 1" }, training, dot);
    acts.openTorchTraining(training, dot);
    acts.showPart("loop");
    timers.stop();
    const [, { preset, values }] = asked[0];
    assert.deepEqual([preset, values.objects_in_image, asked[0][2]], [line.recipes[0].name, 3, { isTrained: true }]);
    const isFirst = { isTrained: true, place: "tab", next: { preset: "web-like", values: {} } };
    assert.deepEqual(asked.slice(1), [
      ["toWorkbench", { preset: catalog.opens_with, values: {} }, isFirst],
      ["toWorkbench", { preset: "web-like", values: { steps: 720 } }],
      ["show", { sweep: "map", label: "named 1", seed: 2 }, dot],
      ["older", training, dot],
      ["write", { part: "loop" }, { isStep: true }],
    ]);
  },
  "the line is where Python has it": () => {
    assert.ok(forecasts.length === 3);
    for (const { kappa, value, low, high } of forecasts) {
      const forecast = expectTime(law, kappa);
      for (const [one, other] of [
        [forecast.pairs, value],
        [forecast.low, low],
        [forecast.high, high],
      ])
        assert.ok(Math.abs(one / other - 1) < 1e-6);
    }
  },
  "kappa of dials is that of Python": () => {
    for (const recipe of line.recipes) assert.ok(Math.abs(kappaOf(dialsOf(recipe)) / recipe.kappa - 1) < 1e-5);
  },
  "the marker moves attributes first, then objects and kinds": () => {
    const tidy = dialsOf(line.recipes[0]),
      half = dialsAt(0.25, tidy),
      far = dialsAt(0.02, tidy);
    assert.deepEqual([half.objects, half.kinds, half.density], [2, 1, 0.5]);
    for (const kappa of [0.012, 0.02, 0.05, 0.1, 0.33, 0.5])
      assert.ok(Math.abs(kappaOf(dialsAt(kappa, tidy)) / kappa - 1) < 1e-9);
    assert.ok(far.objects > 2 || far.kinds > 1);
  },
  "dials stay within their bounds": () => {
    assert.deepEqual(fit({ objects: 4, kinds: 1, density: 2, completeness: 0.1, saliency: 0 }), {
      objects: 4,
      kinds: 1,
      density: 1,
      completeness: 0.25,
      saliency: 0,
    });
  },
  "a training gets the budget of those measured near it, if all of them bound": () => {
    const [tidy, web] = line.recipes,
      of = (recipe, dials, measured) => wish({ line, dials, recipe: null, base: recipe.name, measured }).values,
      bound = nearTo([12_032, 13_056]);
    assert.deepEqual(wish({ line, dials: dialsOf(tidy), recipe: tidy.name, base: tidy.name, measured: null }), {
      preset: "binding-friendly",
      values: {},
    });
    const late = { objects: 4, kinds: 2, density: 1, completeness: 1, saliency: 0 };
    assert.equal(of(tidy, late, bound).steps, 720);
    assert.deepEqual(of(tidy, late, bound).attribute_kinds, ["color", "pattern"]);
    for (const measured of [null, nearTo([12_032, null]), { ...bound, cell: { ...bound.cell, pairs: 46_080 } }])
      assert.ok(!("steps" in of(web, dialsOf(web), measured)));
  },
  "the Workbench's dials stand on the line where it has them": () => {
    const [tidy] = line.recipes;
    assert.deepEqual(
      dialsOf(tidy, { objects_in_image: 3, attribute_kinds: ["color", "pattern"], attribute_density: 0.5 }),
      { objects: 3, kinds: 2, density: 0.5, completeness: 1, saliency: 0 },
    );
    assert.equal(dialsOf(tidy, { objects_in_image: 1 }), null);
    assert.equal(dialsOf(tidy, { attribute_kinds: ["size"] }), null);
  },
  "an arrow moves the density by a round value, at its ends too": () => {
    for (const density of [0.1, 0.12, 0.3, 0.5, 1, 2, 3])
      for (const direction of [1, -1])
        assert.ok((nextDensity(density, direction) - density) * direction > 0, `${density} ${direction}`);
  },
  "every training is a row of the table, with its forecast where it had one": () => {
    const [head, ...rows] = lineTable(line),
      count = (list) => list.reduce((sum, each) => sum + each.trainings.length, 0);
    assert.equal(rows.length, count(line.data) + count(line.later.map((each) => each.data)));
    assert.ok(rows.every((row) => row.length === head.length));
    const column = head.indexOf("forecast in pairs");
    assert.equal(rows.filter((row) => row[column] !== "").length, count(line.later.map((each) => each.data)));
  },
  "a cell says its median, or how many learn it, and nothing before it is whole": () => {
    assert.equal(timeOf(cellOf(13_056), "own"), "It learns after 13,000 pairs.");
    assert.equal(timeOf(cellOf(9_216), "own"), "It learns after 9,200 pairs.");
    assert.equal(timeOf(cellOf(null, 2), "own"), "2 of 5 learn it in 184,000 pairs.");
    assert.equal(timeOf(cellOf(null, 0), "own"), "None of 5 learns it in 184,000 pairs.");
    assert.equal(timeOf(cellOf(null, 3, 4), "own"), "So far 4 of 5 trainings have run.");
    assert.equal(timeOf(cellOf(null, 0, 0), "own"), "The trainings are not here yet.");
  },
  "what leaving a thing out does is said of whole cells, in both ways of asking": () => {
    const row = (both, one, compared) => rowSentence({ cells: [both, cellOf(1), one], compared });
    assert.equal(row(cellOf(40_000), cellOf(20_000), AGREED), "With a thing left out it takes 0.50 times as long.");
    assert.equal(row(cellOf(20_000), cellOf(18_000), AGREED), "Leaving a thing out changes little.");
    assert.equal(row(cellOf(20_000), cellOf(18_000), SAME), "Leaving a thing out shows no difference.");
    assert.equal(row(cellOf(null, 1), cellOf(75_000), AGREED), "Leaving a thing out helps here.");
    assert.equal(row(cellOf(null, 0), cellOf(null, 0), SAME), "None of them learns it.");
    const divided = { canonical: "worse", single: "better", agreed: null };
    assert.match(row(cellOf(20_000), cellOf(18_000), divided), /two things: later. Asked about one thing: sooner/);
    assert.equal(row(cellOf(20_000, 4, 4), cellOf(18_000), { canonical: null, single: null, agreed: null }), "");
  },
  "arrangements are compared at the shares whose cells are all whole": () => {
    const row = (share, ran, compared) => ({ share, cells: [cellOf(1), cellOf(1, 5, ran), cellOf(1)], compared });
    assert.equal(arrangementSentence([row(0.5, 4, [SAME, SAME])]), "");
    const apart = arrangementSentence([row(0.5, 5, [SAME, AGREED]), row(0.25, 1, [AGREED, AGREED])]);
    assert.equal(
      apart.replaceAll("\u00a0", " "),
      "At 50 % told, 1 of 2 comparisons show a difference or depend on what is asked.",
    );
  },
  "trainings that are not bound stand at the budget, and equal ones above each other": () => {
    const trainings = [null, 13_056, 13_056, 26_112, null].map((time, seed) => ({
        seed,
        key: seed,
        bound: { own: time },
      })),
      at = stripAxis({ low: 10_000, high: 200_000 }),
      positions = positionsOf(trainings, "own", at, 184_320);
    assert.deepEqual(
      positions.map(({ time, lift }) => [time, lift]),
      [
        [13_056, 0],
        [13_056, -1],
        [26_112, 0],
        [null, 0],
        [null, -1],
      ],
    );
    assert.ok(Math.abs(at(10_000)) < 1e-9 && Math.abs(at(200_000) - 100) < 1e-9);
    assert.equal(positions[3].left, at(184_320));
    const { low, high } = cellAxis([cellOf(1)], null, "own");
    assert.ok(low <= 1e4 && high > 184_320);
  },
  "the figure that was judged comes first, unless another was asked for": () => {
    const firstPart = (name, part = "") => partOf({ part, fourth: editions[name].fourth });
    assert.deepEqual(
      ["empty", "part", "whole", "kept"].map((each) => firstPart(each)),
      ["loop", "order", "order", "loop"],
    );
    assert.deepEqual([firstPart("whole", "loop"), firstPart("whole", "nonsense")], ["loop", "order"]);
  },
  "the way goes down and up, seed after seed": () => {
    const { fourth, dots } = editions.whole,
      { models, fresh, seeds } = loopStops(fourth.loop, dots);
    assert.deepEqual(seeds, [40, 41, 42]);
    assert.deepEqual(
      models[0].map((each) => each.share),
      [1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.125, 0.1, 0.125, 0.18, 0.25, 0.35, 0.5, 0.7, 1],
    );
    assert.equal(fresh.length, 25);
  },
  "what the loop says depends on what is whole": () => {
    const said = (name) => sentencesOf(editions[name].fourth.loop).join(" ").replaceAll("\u00a0", " ");
    assert.match(said("part"), /^9 of 45 trainings have run.*nothing is judged/);
    assert.match(said("kept"), /10 % of the colors told.*not known yet: 0 of 25/);
    assert.match(
      said("whole"),
      /25 % of the colors told; at 18 % it was lost.*back at 50 %. To learn it for the first time, 25 %/,
    );
    assert.match(said("refuted"), /At every share, a model from fresh weights learns/);
    assert.match(said("divided"), /does not come out alike/);
  },
};
