// The record of a run in the tab: its spec, title, curve, checkpoints and number.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { endRun, recordOf, rowOf } from "../../../assets/page/tab/record.js";
import { ORIGINS, runTitle } from "../../../assets/page/tab/title.js";
import { specOf } from "../../../assets/page/recipe.js";
import { SHELF, trained, spec, tabOf } from "./runs.js";
import { fixtures } from "../told.js";

const { catalog } = fixtures;
const casesOf = (path) => JSON.parse(readFileSync(new URL(`../../unit/${path}`, import.meta.url), "utf-8"));
const TITLES = casesOf("runs/titles.json"),
  PLANNED = casesOf("views/planned.json");

export const recordTests = {
  "a spec has the recipe's dials, those that were moved, and a seed that a person can say"() {
    const made = spec({ steps: 12, saliency_bias: 0.4, seed: null }, null);
    assert.deepEqual(
      [made.train.steps, made.data.saliency_bias, made.preset, made.recipe],
      [12, 0.4, "binding-friendly", 2],
    );
    assert.ok(Number.isInteger(made.train.seed) && made.train.seed >= 0 && made.train.seed < 10_000);
    assert.equal(spec({}, 0).train.seed, 0, "a seed of 0 is one");
  },

  "a run has the title that a server gives it, but for who saw it train"() {
    assert.deepEqual([...new Set(TITLES.map(({ origin }) => origin))].sort(), Object.keys(ORIGINS).sort());
    for (const { preset, changes, origin, title, in_tab: inTab = title } of TITLES) {
      const known = catalog.presets.find(({ name }) => name === preset) ?? catalog.presets[0],
        made = { ...specOf(catalog, { preset: known.name, values: changes, seed: changes.seed ?? 0 }), preset };
      assert.equal(runTitle(catalog, made, origin).text, inTab);
    }
  },

  async "a run that version 1.0 kept is named as one of today"() {
    const { title: _, origin: __, ...file } = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished"),
      here = { ...file, name: "tab-binding-friendly-ba9876543210", label: "Tidy, changed, seed 3, in this tab" },
      { runs: mine } = tabOf({
        shelf: { ...SHELF, all: async () => [{ ...file, label: "Tidy, changed, seed 3, from a file" }, here] },
      });
    await mine.ready;
    assert.deepEqual(
      mine.list().map(([title]) => title),
      ["Tidy, changed, seed 3, in this tab, 90\u00a0%", "Tidy, changed, seed 3, from a file, 90\u00a0%"],
    );
    assert.equal(mine.run(here.name).title, "Tidy, changed, seed 3, in this tab");
  },

  "a run under way has the record of a server's run"() {
    const record = recordOf(trained(spec(), 15, { 8: 0.55, 15: 0.6 }));
    assert.deepEqual(
      [record.status, record.phase, record.step, record.steps, record.phase_done, record.pairs_seen],
      ["running", "training", 15, 180, 15 / 180, 15 * 256],
    );
    assert.deepEqual(
      record.curve.map(({ step, binding, pairs }) => [step, binding, pairs]),
      [
        [0, 0.5, 0],
        [8, 0.55, 2048],
        [15, 0.6, 3840],
      ],
    );
    assert.deepEqual(
      record.checkpoints.map(({ step }) => step),
      [0, 8, 15],
    );
    assert.deepEqual(
      [record.final, record.has_model, record.bound_at, record.may_change, record.kind],
      [null, false, null, true, "run"],
    );
  },

  "the steps that are planned are those of a server's run"() {
    const kept = trained(spec({ steps: 12 }), 0, {});
    for (const { says, status, step, saved, planned } of PLANNED) {
      const checkpoints = saved.map((each) => ({ step: each }));
      assert.deepEqual(recordOf({ ...kept, status, step, checkpoints }).planned, planned, says);
    }
  },

  "checkpoints come from those on that the page has"() {
    const kept = trained(spec(), 15, { 8: 0.55, 15: 0.6 });
    assert.deepEqual([recordOf(kept, 2).first, recordOf(kept, 2).checkpoints.map(({ step }) => step)], [2, [15]]);
    assert.deepEqual([recordOf(kept, 9).first, recordOf(kept, 9).checkpoints], [3, []]);
  },

  "it binds at the first of three evaluations in a row above 75 %, and at its end fewer will do"() {
    const three = { 4: 0.7, 8: 0.9, 12: 0.95, 16: 0.97 },
      two = { 4: 0.7, 8: 0.9, 12: 0.95 };
    assert.equal(recordOf(trained(spec({ steps: 40 }), 16, three)).bound_at, 8);
    assert.equal(recordOf(trained(spec({ steps: 40 }), 12, two)).bound_at, null);
    assert.equal(recordOf(trained(spec({ steps: 12 }), 12, two, "finished")).bound_at, 8);
    assert.equal(recordOf(trained(spec({ steps: 40 }), 16, { 4: 0.9, 8: 0.7, 12: 0.9, 16: 0.9 })).bound_at, null);
  },

  "a run that ended has the last evaluation as its number, a run that broke off has none"() {
    const done = recordOf(trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished")),
      kept = trained(spec(), 8, { 8: 0.6 });
    assert.deepEqual(
      [done.status, done.final.binding.value, done.has_model, done.phase],
      ["finished", 0.9, true, null],
    );
    endRun(kept, "interrupted", "its page was closed");
    const broken = recordOf(kept);
    assert.deepEqual(
      [broken.status, broken.reason, broken.final, broken.has_model, broken.planned.includes(8)],
      ["interrupted", "its page was closed", null, false, true],
    );
  },

  "the row of a run whose own captions are the canonical ones says so, as that of a server's run does"() {
    const ended = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished"),
      saysSo = (own, more = {}) => {
        const { evaluation } = ended.lines.at(-1);
        ended.lines.at(-1).evaluation = { ...evaluation, canonical: { ...evaluation.canonical, ...more }, own };
        return rowOf(catalog, ended).own_is_canonical;
      };
    const { canonical, own } = ended.lines.at(-1).evaluation;
    assert.equal(saysSo(own), false);
    assert.equal(saysSo({}), false, "it has no captions of its own");
    assert.equal(saysSo(undefined), false);
    assert.equal(saysSo({ ...canonical }), true);
    assert.equal(saysSo({ ...canonical }, { probe_accuracy: canonical.binding_accuracy }), true);
    assert.equal(rowOf(catalog, { ...ended, status: "stopped", bytes: 0 }).own_is_canonical, false);
  },
};
