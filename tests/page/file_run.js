// What only a page in one file shows, and the backend that answers from the file; see told.js.

import assert from "node:assert/strict";

import { Absent } from "../../assets/page/absent.js";
import { Report } from "../../assets/page/file-report.js";
import { FrozenBackend } from "../../assets/page/frozen.js";
import { PlaceOrTime } from "../../assets/page/bench/in-tab.js";
import { drawn, fixtures, tell } from "./told.js";

const { carried, report } = fixtures,
  { dials } = carried.answers.catalog.found[""];
const place = (canTrain, preset) => ({
  recorded: carried.listed,
  data: { is_preset: true, preset, plan: { budget: "" } },
  isStatic: true,
  places: {
    chosen: "tab",
    canTrain,
    server: null,
    tab: {
      seconds: canTrain ? 40 : null,
      why: "",
      short: "",
      cores: { count: 2, why: "", choices: [{ count: 2, seconds: 40, about: "" }] },
    },
  },
});
const STATES = {
  "absent-class": [Absent, { view: "class" }],
  "absent-ask": [Absent, { view: "ask" }],
  "absent-other": [Absent, { view: "lesson" }],
  report: [Report, { report, dials }],
  "report-without-evaluation": [Report, { report: { ...report, rows: [] }, dials }],
  "trains-here-or-replays": [PlaceOrTime, { state: place(true, "salient") }],
  "trains-here": [PlaceOrTime, { state: place(true, "two-kinds") }],
  "only-replays": [PlaceOrTime, { state: place(false, "salient") }],
};
const all = () => Object.fromEntries(Object.entries(STATES).map(([name, [Part, given]]) => [name, drawn(Part, given)]));

const opened = () => new FrozenBackend(carried),
  refused = (field) => ({ name: "Refused", field });
const TESTS = {
  async "an answer is found by the parameters that choose it, and by no other"() {
    const backend = opened();
    assert.equal((await backend.view("pairs", { world: "things" })).length, 12);
    assert.ok((await backend.view("line", {})).line.findings.length > 0);
    await assert.rejects(backend.view("pairs", { world: "toString" }), refused("world"));
  },

  async "what nobody here answers is refused in a sentence"() {
    const backend = opened();
    assert.deepEqual(
      ["leaderboard", "room", "train", "captions"].filter((name) => backend.has(name)),
      [],
    );
    await assert.rejects(backend.view("captions", {}), /The full app does/);
    await assert.rejects(backend.job("leaderboard", {}), /The full app does/);
    await assert.rejects(backend.json("../secret.json"), /The full app does/);
    assert.deepEqual([backend.lacks("class"), backend.lacks("bench")], [true, false]);
  },

  async "a recording is a run: whole, compared with, and listed once"() {
    const backend = opened(),
      answer = await backend.view("run", { name: "salient", compare: "things-web", have: 2, listing_digest: "" });
    assert.deepEqual([answer.run.status, answer.run.first, answer.run.may_change], ["finished", 2, false]);
    assert.equal(answer.run.checkpoints.length, carried.records.salient.checkpoints.length - 2);
    assert.equal(answer.compare.name, "things-web");
    const { run: without } = await backend.view("run", { name: "salient", answers: false });
    assert.deepEqual([without.first, without.checkpoints], [carried.records.salient.checkpoints.length, []]);
    assert.deepEqual(
      answer.listing.runs.map(([, name]) => name),
      carried.listed,
    );
    assert.equal((await backend.view("run", { name: "salient", listing_digest: answer.listing_digest })).listing, null);
    for (const name of ["web-like-3f2a", "constructor", "__proto__"]) {
      const { run, compare, missing } = await backend.view("run", { name, compare: name });
      assert.deepEqual([run, compare], [null, null]);
      assert.match(missing, /not in this file/);
    }
  },

  async "a replay goes from the first step to the last, and Stop shows it whole"() {
    const backend = opened(),
      whole = carried.records.salient,
      now = performance.now,
      clock = { ms: 1000 };
    performance.now = () => clock.ms;
    try {
      assert.deepEqual(await backend.act("replay", { preset: "salient" }), { run: "salient" });
      const at = async () => (await backend.view("run", { name: "salient" })).run;
      const start = await at();
      assert.deepEqual(
        [start.status, start.step, start.checkpoints.length, start.final],
        ["running", whole.checkpoints[0].step, 1, null],
      );
      clock.ms += 4000;
      const middle = await at();
      assert.ok(middle.step > start.step && middle.step < whole.step);
      assert.ok(middle.curve.every(({ step }) => step <= middle.step));
      clock.ms += 4000;
      assert.equal((await at()).status, "finished");
      await backend.act("replay", { preset: "salient" });
      await backend.act("stop", { run: "salient" });
      assert.equal((await at()).status, "finished");
    } finally {
      performance.now = now;
    }
    await assert.rejects(backend.act("replay", { preset: "two-kinds" }), refused("run"));
    await assert.rejects(backend.act("delete", { run: "salient" }), refused("run"));
  },

  async "two values of a kind that differ are exchanged"() {
    const swaps = async (caption) => (await opened().view("swaps", { caption })).swaps.map((each) => each.caption);
    assert.deepEqual(await swaps("a red bus and a blue cat"), ["a blue bus and a red cat"]);
    assert.deepEqual(await swaps("a red bus and a red cat"), []);
    assert.deepEqual(await swaps("a red bus and a striped cat"), []);
    const {
      pairs,
      swaps: [{ caption }],
    } = await opened().view("swaps", {
      caption: "a red bus and a blue cat and a green star",
      corrections: { off: [1] },
    });
    assert.deepEqual(
      pairs.map(({ attribute, noun, counts }) => [attribute, noun, counts]),
      [
        ["red", "bus", false],
        ["blue", "cat", true],
        ["green", "star", true],
      ],
    );
    assert.equal(caption, "a red bus and a green cat and a blue star");
  },
};

await tell({ all, tests: TESTS });
setTimeout(() => process.exit(0)); // workers of the engine would wait for ever
