// States of the evidence by name, and what its page computes: the law, dials at a place of the line, forecasts.

import assert from "node:assert/strict";

import { dialsOf, emptyStudy, StudyPage, wish } from "../../assets/page/study/page.js";
import { before, comparison, Expectation, forecastOf, markOf } from "../../assets/page/bench/forecast.js";
import { dialsAt, expected, fit, isKnown, kappaOf } from "../../assets/page/study/law.js";
import { nextDensity, lineTable } from "../../assets/page/study/line.js";
import { makeScale } from "../../assets/page/bench/chart.js";
import { html } from "../../assets/page/vendor/preact.js";

const PLANNED = [0, 18, 44, 74, 107, 143, 180];
const RECIPE = {
  objects_in_image: 2,
  attribute_kinds: ["color"],
  attribute_density: 1,
  caption_completeness: 1,
  saliency_bias: 0,
  batch_size: 256,
  steps: 180,
  learning_rate: 0.002,
  init: "scratch",
};
/** A run that bound at a step, or ended without. */
const ended = (values, at, own) => ({
  spec: { data: values, train: values },
  status: "finished",
  steps: values.steps,
  bound_at: at,
  own_bound_at: own,
  curve: [{ step: values.steps }],
});

const Forecast = ({ forecast, run }) => html`<svg>${markOf(forecast, { run, scale: makeScale(PLANNED) })}</svg><p>
  ${run ? comparison(forecast, run, 180) : html`<${Expectation} expected=${forecast} />`}</p>`;

export function states({ line, tested, law }) {
  const [tidy, web] = line.recipes,
    picture = ["#1cb66c", "#ffdd22", "#c60019"].map((fill) => ({
      x: 7,
      y: 8,
      side: 38,
      fill,
      told: fill !== "#c60019",
      shapes: [{ kind: "body", points: "0,0 1,0 1,1" }],
    }));
  const page = (changes = {}) => [
    StudyPage,
    {
      state: {
        ...emptyStudy(),
        methods: "study/methods.html",
        line,
        pace: 0.001,
        picture,
        guess: "skip",
        dials: dialsOf(tidy),
        recipe: tidy.name,
        base: tidy.name,
        ...changes,
      },
    },
  ];
  const forecast = (values, run) => [Forecast, { forecast: forecastOf(law, { ...RECIPE, ...values }), run }];
  return {
    loading: page({ line: null, dials: null }),
    "i-guess": page({ guess: null }),
    "j-named": page({ guess: "name", isSaid: true }),
    "j-told": page({ guess: "tell", isSaid: true, pace: null }),
    "j-same": page({ guess: "same", isSaid: true }),
    "j2-silent-dial": page({
      recipe: null,
      dials: { ...dialsOf(tidy), completeness: 0.5 },
      marked: { dial: "completeness", value: 0.5 },
    }),
    "j2-largest": page({ marked: { dial: "saliency", value: 1 } }),
    "j3-below-the-wall": page({ recipe: web.name, base: web.name, dials: dialsOf(web) }),
    "k-finding": page({ open: 1 }),
    "k-losses": page({ open: 2 }),
    "k-line": page({ open: 0 }),
    tested: page({ line: { ...line, tested } }),
    "forecast-tidy": forecast({}),
    "forecast-web-like": forecast({
      objects_in_image: 4,
      attribute_kinds: ["color", "pattern", "tilt"],
      attribute_density: 0.5,
    }),
    "forecast-later-than-the-line": forecast({ attribute_density: 0.35, steps: 720 }),
    "forecast-beyond": forecast({ objects_in_image: 3, attribute_kinds: ["color", "pattern"], attribute_density: 1.5 }),
    "forecast-other-start": forecast({ init: "things-web" }),
    "forecast-after": forecast({}, ended(RECIPE, 51, null)),
    "forecast-not-there": forecast({}, ended(RECIPE, null, null)),
    "forecast-in-other-captions": forecast(
      { objects_in_image: 4 },
      ended({ ...RECIPE, objects_in_image: 4 }, null, 179),
    ),
  };
}

const close = (one, other) => assert.ok(Math.abs(one / other - 1) < 1e-6, `${one} is not ${other}`);

export const tests = (sent) => ({
  ...ofTheLine(sent),
  "forecasts are those of Python, on every preset and 200 other specs": () => {
    const { law, forecasts } = sent,
      kinds = { known: 0, beyond: 0, unknown: 0, none: 0 };
    for (const { values, found: python } of forecasts) {
      const here = forecastOf(law, values);
      kinds[here?.kind ?? "none"] += 1;
      assert.equal(here === null, python === null);
      if (!here) continue;
      assert.deepEqual(here.budget, python.budget);
      assert.equal(here.kind === "known", python.pairs !== null, JSON.stringify(values));
      for (const part of here.kind === "known" ? ["pairs", "steps"] : [])
        for (const end of ["value", "low", "high"]) close(here[part][end], python[part][end]);
      if (here.kind === "beyond") close(here.pairs, python.beyond);
    }
    assert.ok(Math.min(...Object.values(kinds)) > 10, JSON.stringify(kinds));
  },
  "a comparison says on which side of the band it came, and waits for what is looked at": () => {
    const of = (at) => comparison(forecastOf(sent.law, RECIPE), ended(RECIPE, at, null), 180);
    assert.match(of(51), /came at 51: inside the band/);
    assert.match(of(20), /sooner than 19 of 20/);
    assert.match(of(150), /later than 19 of 20/);
    assert.match(of(null), /not there by 180/);
    assert.equal(comparison(forecastOf(sent.law, RECIPE), ended(RECIPE, 51, null), 44), "");
    const running = { ...ended(RECIPE, null, null), status: "running" };
    assert.equal(comparison(forecastOf(sent.law, RECIPE), running, 180), "");
    assert.equal(
      comparison(forecastOf(sent.law, RECIPE), { ...ended(RECIPE, null, null), curve: [] }, 180),
      "",
      "no curve tells no step",
    );
  },
  "where the line is not known, only pairs beyond the budget are said to be": () => {
    const told = (steps) => {
      const values = { ...RECIPE, attribute_density: 0.35, steps };
      return comparison(forecastOf(sent.law, values), ended(values, null, null), steps);
    };
    assert.match(told(7200), /^Expected later than the line, not there by 7,200\./);
    assert.match(told(10), /^Expected far beyond this budget, not there by 10\./);
  },
  "another form of caption is compared in captions like its own, or not at all": () => {
    const four = { ...RECIPE, objects_in_image: 4 },
      expectation = forecastOf(sent.law, four);
    assert.match(comparison(expectation, ended(four, null, 116), 180), /came at 116: inside.*captions like its own/);
    assert.equal(
      comparison(expectation, { ...ended(four, 100, undefined) }, 180),
      "",
      "a run that was not asked so says nothing",
    );
  },
  "the Workbench's dials stand on the line where it has them": () => {
    const [tidy] = sent.line.recipes;
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
    const [head, ...rows] = lineTable(sent.line),
      count = (list) => list.reduce((sum, each) => sum + each.trainings.length, 0);
    assert.equal(rows.length, count(sent.line.data) + count(sent.line.later.map((each) => each.data)));
    assert.ok(rows.every((row) => row.length === head.length));
    const column = head.indexOf("forecast in pairs");
    assert.equal(rows.filter((row) => row[column] !== "").length, count(sent.line.later.map((each) => each.data)));
  },
});

const ofTheLine = ({ line, law, expected: forecasts }) => ({
  "the page expects what Python expects": () => {
    assert.ok(forecasts.length === 3);
    for (const { kappa, value, low, high } of forecasts) {
      const forecast = expected(law, kappa);
      for (const [one, other] of [
        [forecast.pairs, value],
        [forecast.low, low],
        [forecast.high, high],
      ])
        assert.ok(Math.abs(one / other - 1) < 1e-6);
    }
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
  "nothing is promised below the wall": () => {
    assert.ok(isKnown(line.law, dialsOf(line.recipes[0])) && !isKnown(line.law, dialsOf(line.recipes[1])));
    assert.ok(isKnown(line.law, { objects: 4, kinds: 3, density: 1 }), "the end of what has bound is known");
    assert.ok(!isKnown({ ...line.law, wrong: [[0.5, 2]] }, { objects: 2, kinds: 2, density: 1 }));
  },
  "a training gets a budget in which it would bind, where that is known": () => {
    const [tidy, web] = line.recipes,
      of = (recipe, dials) => wish({ line, dials, recipe: null, base: recipe.name }).values;
    assert.deepEqual(wish({ line, dials: dialsOf(tidy), recipe: tidy.name, base: tidy.name }), {
      preset: "binding-friendly",
      values: {},
    });
    const late = { objects: 4, kinds: 2, density: 1, completeness: 1, saliency: 0 };
    assert.equal(of(tidy, late).steps, Math.ceil(expected(line.law, kappaOf(late)).high / 256));
    assert.deepEqual(of(tidy, late).attribute_kinds, ["color", "pattern"]);
    assert.ok(!("steps" in of(web, dialsOf(web))));
  },
});
