// States of the evidence by name, and what its page computes: the law, dials at a place of the line, a training's budget.

import assert from "node:assert/strict";

import { emptyState, wish } from "../../assets/page/evidence.js";
import { dialsAt, expected, fit, isKnown, kappaOf } from "../../assets/page/line.js";

const dialsOf = ({ objects, kinds, density, completeness, saliency }) => ({ objects, kinds, density, completeness, saliency });

export function evidenceStates({ evidence: { line, tested } }) {
  const [tidy, web] = line.recipes, picture = ["#1cb66c", "#ffdd22", "#c60019"].map((fill) => ({ x: 7, y: 8, side: 38, fill, told: fill !== "#c60019", shapes: [{ kind: "body", points: "0,0 1,0 1,1" }] }));
  const of = (name, changes = {}) => ({ name: `evidence-${name}`, columns: ["evidence"], state: { ...emptyState(), line, pace: 0.001, picture, guess: "skip", dials: dialsOf(tidy), recipe: tidy.name, base: tidy.name, ...changes } });
  return [
    of("loading", { line: null, dials: null }),
    of("i-guess", { guess: null }),
    of("j-named", { guess: "name", isSaid: true }),
    of("j-told", { guess: "tell", isSaid: true, pace: null }),
    of("j-same", { guess: "same", isSaid: true }),
    of("j2-silent-dial", { recipe: null, dials: { ...dialsOf(tidy), completeness: 0.5 }, marked: { dial: "completeness", value: 0.5 } }),
    of("j2-largest", { marked: { dial: "saliency", value: 1 } }),
    of("j3-below-the-wall", { recipe: web.name, base: web.name, dials: dialsOf(web) }),
    of("k-finding", { open: 1 }), of("k-losses", { open: 2 }), of("k-line", { open: 0 }),
    of("tested", { line: { ...line, tested } }),
  ];
}

export const evidenceTests = ({ evidence: { line, law, expected: forecasts } }) => ({
  "the page expects what Python expects": () => {
    assert.ok(forecasts.length === 3);
    for (const { kappa, value, low, high } of forecasts) {
      const found = expected(law, kappa);
      for (const [one, other] of [[found.pairs, value], [found.low, low], [found.high, high]]) assert.ok(Math.abs(one / other - 1) < 1e-6);
    }
  },
  "the marker moves attributes first, then objects and kinds": () => {
    const tidy = dialsOf(line.recipes[0]), half = dialsAt(0.25, tidy), far = dialsAt(0.02, tidy);
    assert.deepEqual([half.objects, half.kinds, half.density], [2, 1, 0.5]);
    for (const kappa of [0.012, 0.02, 0.05, 0.1, 0.33, 0.5]) assert.ok(Math.abs(kappaOf(dialsAt(kappa, tidy)) / kappa - 1) < 1e-9);
    assert.ok(far.objects > 2 || far.kinds > 1);
  },
  "dials stay within their bounds": () => {
    assert.deepEqual(fit({ objects: 4, kinds: 1, density: 2, completeness: 0.1, saliency: 0 }), { objects: 4, kinds: 1, density: 1, completeness: 0.25, saliency: 0 });
  },
  "nothing is promised below the wall": () => {
    assert.ok(isKnown(line.law, dialsOf(line.recipes[0])) && !isKnown(line.law, dialsOf(line.recipes[1])));
    assert.ok(isKnown(line.law, { objects: 4, kinds: 3, density: 1 }), "the end of what has bound is known");
    assert.ok(!isKnown({ ...line.law, wrong_up_to: 0.5 }, { objects: 2, kinds: 2, density: 1 }));
  },
  "a training gets a budget in which it would bind, where that is known": () => {
    const [tidy, web] = line.recipes, of = (recipe, dials) => wish({ line, dials, recipe: null, base: recipe.name }).values;
    assert.deepEqual(wish({ line, dials: dialsOf(tidy), recipe: tidy.name, base: tidy.name }), { preset: "binding-friendly", values: {} });
    const late = { objects: 4, kinds: 2, density: 1, completeness: 1, saliency: 0 };
    assert.equal(of(tidy, late).steps, Math.ceil(expected(line.law, kappaOf(late)).high / 256));
    assert.deepEqual(of(tidy, late).attribute_kinds, ["color", "pattern"]);
    assert.ok(!("steps" in of(web, dialsOf(web))));
  },
});
