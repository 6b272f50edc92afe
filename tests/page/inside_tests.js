// What Look inside computes: answers from cosines, a map that does not jump, columns that never cross the middle.

import assert from "node:assert/strict";

import { layOut } from "../../assets/page/inside/histogram.js";
import { oddsOf } from "../../assets/page/words.js";
import { Inside } from "../../assets/page/inside/page.js";
import { answersOfStep, askableOf, mapOf, reachOf, turnToward, walkSteps } from "../../assets/page/inside/answers.js";
import {
  askThousand,
  crossFilter,
  reachOfOdds,
  stackScenes,
  findOutstanding,
} from "../../assets/page/inside/thousand.js";
import { answerWords } from "../../assets/page/inside/pair.js";
import { contract } from "../../assets/page/contract.js";
import { emptyRuns, RunsPage, RunsSheet } from "../../assets/page/runs/page.js";
import { chosenRows, RunTable } from "../../assets/page/runs/table.js";
import { Latest } from "../../assets/page/store.js";
import { inChinese } from "./chinese.js";
import { fixtures, GONE_FILE, drawn as html } from "./told.js";

const { steps, drawn } = fixtures;
const near = (one, other, most = 1e-9) => assert.ok(Math.abs(one - other) <= most, `${one} is not ${other}`);
const spun = (points, angle, mirror = 1) =>
  Object.fromEntries(
    Object.entries(points).map(([part, rows]) => [
      part,
      rows.map(([x, y]) => [
        Math.cos(angle) * x - Math.sin(angle) * mirror * y,
        Math.sin(angle) * x + Math.cos(angle) * mirror * y,
      ]),
    ]),
  );
const POINTS = {
  images: [
    [1, 0],
    [0, 2],
    [-1, 0.5],
  ],
  captions: [
    [1.2, 0.1],
    [0.3, 2.2],
    [-1.4, 0],
  ],
  swapped: [
    [0.5, 0.5],
    [0, 1],
    [-2, 1],
  ],
};

/** Six scenes: four wrong ones, of which three are black and purple with the larger first. */
const SIX = [
  { index: 0, odds: -3, colors: ["black", "purple"], ratio: 0, first: "larger" },
  { index: 1, odds: -1, colors: ["purple", "black"], ratio: 0, first: "larger" },
  { index: 2, odds: -2, colors: ["black", "purple"], ratio: 1, first: "larger" },
  { index: 3, odds: -0.5, colors: ["red"], ratio: 1, first: "smaller" },
  { index: 4, odds: 2, colors: ["red", "blue"], ratio: 2, first: "smaller" },
  { index: 5, odds: 4, colors: ["black", "blue"], ratio: 3, first: "smaller" },
];
const NOTHING = { colors: null, ratio: null, first: null };

/** Look inside at a run of the server, of which every answer comes once the test gives it; nothing is drawn. */
function opened() {
  const asked = [];
  const page = {
    address: { get: (name) => (name === "run" ? "running" : ""), heldRun: "", write: () => {} },
    isShown: () => page.isSeen,
    isSeen: true,
    backend: {
      has: () => true,
      view: (name, values) =>
        name === "inspect_steps"
          ? new Promise((answer, refuse) => asked.push({ values, answer, refuse }))
          : Promise.reject(new Error("not asked")),
    },
    catalog: { drawn: [], presets: [] },
  };
  class Undrawn extends Inside {
    draw() {}
  }
  const inside = new Undrawn(null, page),
    polled = [];
  inside.timers = { poll: (name) => polled.push(name), stop: () => {}, after: () => {} };
  const hide = () => {
    page.isSeen = false;
    inside.leave();
  };
  const show = () => {
    page.isSeen = true;
    inside.arrive();
  };
  return { inside, asked, polled, hide, show };
}
const later = () => new Promise((resolve) => setTimeout(resolve));

export const tests = {
  "a brush keeps the scenes within, the hardest first, and says what share of them is in a group": () => {
    const { brushed, rows } = crossFilter(SIX, { from: -Infinity, to: 0 }, NOTHING);
    assert.deepEqual(
      brushed.map(({ index }) => index),
      [0, 2, 1, 3],
    );
    assert.deepEqual(rows.colors("purple"), { share: 3 / 4, usual: 3 / 6 });
    assert.deepEqual(rows.first("smaller"), { share: 1 / 4, usual: 3 / 6 });
  },
  "a group that is kept filters the others, and its own rows can still be chosen": () => {
    const { brushed, rows } = crossFilter(SIX, { from: -Infinity, to: Infinity }, { ...NOTHING, colors: "red" });
    assert.deepEqual(
      brushed.map(({ index }) => index),
      [3, 4],
    );
    assert.equal(rows.ratio(2).share, 1 / 2);
    assert.equal(rows.colors("black").share, 4 / 6);
  },
  "what stands out is the pair that is more frequent among the brushed by the largest factor": () => {
    const { brushed } = crossFilter(SIX, { from: -Infinity, to: 0 }, NOTHING);
    assert.deepEqual(findOutstanding(brushed, SIX), {
      pair: ["black", "purple"],
      share: 3 / 4,
      usual: 3 / 6,
      isSure: false,
    });
    assert.equal(findOutstanding(SIX, SIX), null);
    assert.equal(findOutstanding([], SIX), null);
    const pairs = (count, ...colors) => Array(count).fill({ colors }),
      all = [...pairs(40, "pink", "yellow"), ...pairs(960, "blue", "red")],
      some = (count) => [...pairs(count, "pink", "yellow"), ...pairs(400 - count, "blue", "red")];
    // 16 of 400 are expected, with a deviation of 3.0: 22 are two of them away, and 27 are 3.6.
    assert.equal(findOutstanding(some(22), all).isSure, false);
    assert.equal(findOutstanding(some(27), all).isSure, true);
  },
  "points stack within the height, left to right, and none is lost": () => {
    const many = Array.from({ length: 1000 }, (_, index) => ({ index, odds: ((index * 7919) % 1000) / 100 - 5 })),
      reach = reachOfOdds(many),
      points = stackScenes(many, { width: 500, height: 300, reach });
    assert.equal(points.length, 1000);
    assert.ok(points.every(({ x, y }) => x >= 0 && x <= 500 && y >= 0 && y <= 300));
    const byOdds = [...points].sort((one, other) => one.scene.odds - other.scene.odds);
    assert.ok(byOdds.every(({ x }, at) => at === 0 || x >= byOdds[at - 1].x));
    const heap = stackScenes(Array(1000).fill({ odds: 0 }), { width: 500, height: 300, reach: 5 });
    assert.equal(heap[0].radius, 0.84);
    assert.ok(heap.every(({ y }) => y >= 0 && y <= 300));
  },
  "an answer is the softmax over a caption and its swap": () => {
    const { answers, right, numAsked } = answersOfStep({
      own: [0.5, 0.2, 0.3],
      swapped: [0.4, 0.3, null],
      logit_scale: 10,
    });
    near(answers[0].share, 1 / (1 + Math.exp(-1)));
    near(answers[1].share, 1 / (1 + Math.exp(1)));
    assert.deepEqual([answers[0].side, answers[1].side, answers[2], right, numAsked], [1, -1, null, 1, 2]);
  },
  "a tie is half right, and stands on the right": () => {
    const { answers, right } = answersOfStep({ own: [0.5], swapped: [0.5], logit_scale: 10 });
    assert.deepEqual([answers[0].share, answers[0].side, right], [0.5, 1, 0.5]);
  },
  "right answers are those that Python counts": () => {
    const known = walkSteps(steps.finished.steps).filter(
      ({ step, numAsked, own }) => `${step} ${numAsked} ${own[0]}` in drawn,
    );
    for (const { right, numAsked, step, own } of known)
      assert.equal(right / numAsked, drawn[`${step} ${numAsked} ${own[0]}`]);
    assert.equal(known.length, 3);
  },
  "a map that was turned or mirrored lies on the one before": () => {
    for (const [angle, mirror] of [
      [0.4, 1],
      [2.9, 1],
      [1.1, -1],
      [-2, -1],
    ]) {
      const back = turnToward(spun(POINTS, angle, mirror), POINTS);
      for (const part of Object.keys(POINTS))
        back[part].forEach((point, at) => point.forEach((value, side) => near(value, POINTS[part][at][side])));
    }
  },
  "turning keeps every distance, and what is not there": () => {
    const other = {
        ...spun(POINTS, 0.7),
        swapped: [
          [null, null],
          [0, 1],
          [-2, 1],
        ],
      },
      nearer = turnToward(other, POINTS),
      far = (points) =>
        Math.hypot(points.images[0][0] - points.captions[2][0], points.images[0][1] - points.captions[2][1]);
    near(far(nearer), far(other));
    assert.deepEqual(nearer.swapped[0], [null, null]);
  },
  "one scale fits all steps": () => {
    const walkedAll = walkSteps(steps.finished.steps),
      [x, y] = reachOf(walkedAll);
    for (const { points } of walkedAll)
      for (const point of points.images) assert.ok(Math.abs(point[0]) <= x && Math.abs(point[1]) <= y);
  },
  "the map of features has the directions of the largest spread, captions to the right of images": () => {
    const row = (...values) => Float32Array.from(values),
      features = {
        images: [row(-3, 0.4, 0), row(-3.1, -0.5, 0)],
        captions: [row(3, 0.6, 0), row(3.2, -0.4, 0)],
        swapped: [null, row(3, -0.1, 0.01)],
      };
    const { points, explained } = mapOf(features);
    assert.ok(points.captions.every(([x]) => x > 0) && points.images.every(([x]) => x < 0));
    assert.deepEqual(points.swapped[0], [null, null]);
    assert.ok(explained[0] > 0.9 && explained[0] + explained[1] > 0.999 && explained[0] + explained[1] < 1 + 1e-9);
  },
  "pictures stand on the side of their answer, none over another": () => {
    for (const [width, height] of [
      [526, 540],
      [340, 300],
    ])
      for (const step of walkSteps(steps.running.steps)) {
        const { tiles, middle, side } = layOut(step.answers, width, height),
          seen = new Set();
        assert.equal(tiles.length, askableOf(step).length);
        for (const tile of tiles) {
          assert.ok(tile.side > 0 ? tile.x >= middle : tile.x + side <= middle, "across the middle");
          assert.ok(!seen.has(`${tile.x} ${tile.y}`), "one over another");
          seen.add(`${tile.x} ${tile.y}`);
        }
      }
  },
  "a full column gives to its neighbors": () => {
    const answers = Array.from({ length: 40 }, (_, scene) => ({ scene, margin: 0.2, share: 0.9, side: 1 })),
      { tiles, middle } = layOut(answers, 526, 300);
    assert.ok(new Set(tiles.map(({ x }) => x)).size > 3 && tiles.every(({ x }) => x >= middle));
  },
  "how sure a picture is": () => {
    const words = (share) => answerWords({ share, side: share >= 0.5 ? 1 : -1 });
    assert.deepEqual(words(0.52), { is: "toss", words: "A coin toss: 52 to 48" });
    assert.deepEqual(words(0.33), { is: "wrong", words: "Leans to the swapped caption, 67 to 33" });
    assert.deepEqual(words(0.9), { is: "right", words: "Fairly sure of the right caption, 90 to 10" });
    assert.equal(oddsOf(0.9999), "over 99 to 1");
  },
  "a thousand pictures are of the world that the model knows": async () => {
    const asked = [],
      engine = { loadWorld: async (world) => void asked.push(world), loadModel: async () => null };
    const page = { engine, catalog: { presets: [{ name: "tidy", spec: { data: {} } }], opens_with: "tidy" } };
    await assert.rejects(askThousand(page, "tab-x", { world: "own-0123456789abcdef", first: 0 }));
    assert.deepEqual(asked, ["own-0123456789abcdef"]);
  },
  "a view that was left while an answer came asks no more, until it is seen again": async () => {
    const { inside, asked, polled, hide, show } = opened();
    hide();
    asked[0].answer(steps.running);
    await later();
    assert.deepEqual([inside.state.inspected.status, polled], ["running", []]);
    show();
    hide();
    asked[1].refuse(new Error("The server does not answer."));
    await later();
    assert.deepEqual(polled, []);
    show();
    asked[2].answer({ ...steps.running, steps: [] });
    await later();
    assert.deepEqual([asked.length, polled], [3, ["run"]]);
  },
  "a run that was resumed while another view was shown is followed again": async () => {
    const { inside, asked, polled, hide, show } = opened(),
      { length } = steps.running.steps;
    asked[0].answer({ ...steps.running, status: "stopped" });
    await later();
    hide();
    show();
    assert.equal(asked[1].values.have, length);
    asked[1].answer({ ...steps.running, first: length, steps: [] });
    await later();
    assert.deepEqual([inside.state.inspected.status, inside.state.inspected.steps.length], ["running", length]);
    assert.deepEqual(polled, ["run"]);
  },
  "a run whose end is lost on its way keeps its steps, and is asked for its end again": async () => {
    const { inside, asked, polled } = opened(),
      { length } = steps.running.steps;
    asked[0].answer(steps.running);
    await later();
    const thousand = { step: steps.running.step };
    inside.change({ thousand });
    inside.acts.type("a red bus and a blue cat");
    const ended = { ...steps.running, status: "finished" };
    for (const isLost of [true, false]) {
      inside.follow();
      asked.at(-1).answer({ ...ended, first: length, steps: [] });
      await later();
      assert.equal(asked.at(-1).values.have, 0, "its report has the numbers of the end");
      if (isLost) asked.at(-1).refuse(new Error("The server does not answer."));
      else asked.at(-1).answer(ended);
      await later();
      assert.equal(inside.state.inspected.steps.length, length);
      assert.deepEqual([inside.state.inspected.status, inside.state.problem], [isLost ? "running" : "finished", ""]);
    }
    assert.deepEqual([inside.state.typed.text, inside.state.thousand], ["a red bus and a blue cat", thousand]);
    assert.deepEqual(polled, ["run", "run"]);
    inside.state.inspected = { ...inside.state.inspected, status: "running" };
    inside.follow();
    asked.at(-1).answer({ ...ended, step: ended.step + 1, first: length, steps: [] });
    await later();
    asked.at(-1).answer({ ...ended, step: ended.step + 1 });
    await later();
    assert.equal(inside.state.thousand, null, "they were of other weights");
  },
  "a question about the run before that fails leaves the one that is shown its own time": async () => {
    const { inside, asked, polled } = opened();
    asked[0].answer(steps.running);
    await later();
    inside.follow();
    inside.acts.chooseModel("another");
    asked[2].answer({ ...steps.running, name: "another" });
    await later();
    asked[1].refuse(new Error("too late"));
    await later();
    assert.deepEqual([inside.state.modelName, polled], ["another", ["run", "run"]]);
  },
  "another picture of the address has its own figures, and the typed caption is asked of it": async () => {
    const { inside, asked } = opened(),
      waits = [];
    asked[0].answer({ ...steps.running, status: "finished" });
    await later();
    inside.acts.type("a red bus and a blue cat");
    inside.acts.openFigures(true);
    inside.change({ typed: { ...inside.state.typed, cosine: 0.5 } });
    inside.timers.after = (name) => waits.push(name);
    inside.page.address.get = (name) => ({ run: "running", scene: String(inside.state.chosen + 2) })[name] ?? "";
    inside.arrive();
    assert.deepEqual([inside.state.typed.cosine, inside.state.typed.text], [null, "a red bus and a blue cat"]);
    assert.deepEqual(waits, ["typed", "figures"]);
  },
  "models that come late are not those of another run": async () => {
    const { inside } = opened(),
      lists = [];
    inside.source.models = () => new Promise((done) => lists.push(done));
    inside.arrive();
    inside.arrive();
    lists[1]([{ name: "newer" }]);
    await later();
    lists[0]([{ name: "older" }]);
    await later();
    assert.deepEqual(inside.state.models, [{ name: "newer" }]);
  },
  "a form that fails late leaves the answer of the one that was chosen after it": async () => {
    const { inside, asked } = opened();
    inside.acts.chooseForm("own");
    asked[1].answer(steps.own);
    await later();
    asked[0].refuse(new Error("too late"));
    await later();
    assert.deepEqual([inside.state.inspected?.form, inside.state.problem], ["own", ""]);
  },
  "a zip that is a little too large is not said to have what a run may have": () => {
    const told = [],
      { run_zip: most } = contract.file_bytes;
    RunsSheet.prototype.bring.call({ change: ({ problem }) => told.push(problem) }, { size: most + 1 });
    assert.deepEqual(told, [`The file has ${most / 1e6 + 1} MB; a run has at most ${most / 1e6}.`]);
  },
  "what was refused stays said when the list is read again": async () => {
    const sheet = Object.assign(Object.create(RunsSheet.prototype), {
      state: emptyRuns("a"),
      page: { backend: { view: async () => ({ runs: [], starts: [], takes_files: true }) } },
      timers: { stop: () => undefined },
      listings: new Latest(),
      dialog: {},
      draw: () => undefined,
    });
    await sheet.doAndShow(() => Promise.reject(new Error("file=run.zip: this is no zip of a run")));
    await sheet.list();
    assert.equal(sheet.state.problem, "file=run.zip: this is no zip of a run");
    await sheet.doAndShow(async () => undefined);
    assert.equal(sheet.state.problem, "");
    await sheet.bring(GONE_FILE);
    assert.match(sheet.state.problem, /changed, moved or deleted/);
  },
  "a saved run is opened from the list of runs, also where the server takes no files": async () => {
    const opened = [],
      sheet = Object.assign(Object.create(RunsSheet.prototype), {
        state: emptyRuns(),
        page: {
          backend: { view: async () => ({ runs: [], starts: [], takes_files: false }) },
          loadTab: async () =>
            Object.assign(sheet.page, { tab: { runs: { importFile: async (file) => `of ${file}` } } }),
        },
        wish: { open: (name) => opened.push(name) },
        timers: { stop: () => undefined },
        listings: new Latest(),
        dialog: { close: () => undefined },
        draw: () => undefined,
      });
    sheet.acts = sheet.makeActs();
    assert.match(html(RunsPage, { state: { ...sheet.state, rows: [] } }), /data-act="open-saved"/);
    await sheet.acts.openSaved(["a file"]);
    assert.deepEqual(opened, ["of a file"]);
  },
  "a sheet that was opened before the tab came stops, resumes and deletes its runs there": async () => {
    const done = [],
      backendOf = (where) => ({
        view: async () => ({ runs: [], starts: [], takes_files: true }),
        act: async (name) => done.push([where, name]),
      }),
      sheet = Object.assign(Object.create(RunsSheet.prototype), {
        state: { ...emptyRuns(), rows: [] },
        page: { backend: backendOf("server") },
        wish: { run: "", onDelete: () => undefined },
        timers: { stop: () => undefined },
        listings: new Latest(),
        dialog: {},
        draw: () => undefined,
      }),
      acts = sheet.makeActs(),
      names = ["stop", "resume", "delete"];
    sheet.page.backend = backendOf("tab"); // as `loadTab` of the page does
    for (const name of names) await acts[name]("tab-1");
    assert.deepEqual(
      done,
      names.map((name) => ["tab", name]),
    );
  },
  "a list of runs that comes late brings back no run that was deleted, and its failure is not said": async () => {
    const [kept, deleted] = ["kept", "deleted"].map((run) => ({ run, step: 1, status: "finished" }));
    for (const end of [({ answer }) => answer([kept, deleted]), ({ refuse }) => refuse(new Error("too late"))]) {
      const waiting = [],
        asked = () =>
          new Promise((done, refuse) => {
            const answer = (runs) => done({ runs, starts: [], takes_files: true });
            waiting.push({ answer, refuse });
          });
      const sheet = Object.assign(Object.create(RunsSheet.prototype), {
        state: { ...emptyRuns(), rows: [kept, deleted] },
        page: { backend: { view: asked, act: async () => undefined } },
        wish: { run: "", onDelete: () => undefined },
        timers: { stop: () => undefined },
        listings: new Latest(),
        dialog: {},
        draw: () => undefined,
      });
      const polled = sheet.list(),
        deleting = sheet.makeActs().delete("deleted");
      await later();
      waiting[1].answer([kept]);
      await deleting;
      end(waiting[0]);
      await polled;
      assert.deepEqual([sheet.state.rows, sheet.state.unread], [[kept], ""]);
    }
  },
  "a list that was asked for before other words were typed is not shown": async () => {
    let answer = null;
    const sheet = Object.assign(Object.create(RunsSheet.prototype), {
      state: { ...emptyRuns(), rows: [] },
      page: { backend: { view: () => new Promise((done) => (answer = done)) } },
      timers: { stop: () => undefined, after: () => undefined },
      listings: new Latest(),
      dialog: {},
      draw: () => undefined,
    });
    const listing = sheet.list();
    sheet.makeActs().search("tidy");
    answer({ runs: [{ run: "any" }], starts: [], takes_files: true });
    await listing;
    assert.deepEqual(sheet.state.rows, []);
  },
  "a comparison that did not come is asked for again with the next list": async () => {
    const asked = [],
      answers = [Promise.reject(new Error("The server does not answer.")), Promise.resolve({ figures: {} })],
      sheet = Object.assign(Object.create(RunsSheet.prototype), {
        state: { ...emptyRuns("a"), rows: [{ run: "a", step: 1, status: "finished" }] },
        shown: "",
        page: { backend: { view: (name) => answers[asked.push(name) - 1] } },
        timers: { after: (_, ms, act) => (sheet.asking = act()) },
        draw: () => undefined,
      });
    for (const problem of ["The server does not answer.", undefined, undefined]) {
      sheet.compareChosen();
      await sheet.asking;
      assert.equal(sheet.state.compared.problem, problem);
    }
    assert.deepEqual(asked, ["compare", "compare"]);
  },
  "runs that are unticked and ticked again have their curves": async () => {
    const sheet = Object.assign(Object.create(RunsSheet.prototype), {
        state: { ...emptyRuns(""), rows: [{ run: "a", step: 1, status: "finished" }] },
        shown: "",
        page: { backend: { view: async (_, { names }) => names } },
        timers: { after: (_, ms, act) => (sheet.asking = act()) },
        draw: () => undefined,
      }),
      shown = [];
    for (const picked of [["a"], [], ["a"]]) {
      sheet.change({ picked });
      sheet.compareChosen();
      await sheet.asking;
      shown.push(sheet.state.compared);
    }
    assert.deepEqual(shown, [["a"], null, ["a"]]);
  },
  "at most six runs are compared, the open one first, those that are gone left out": () => {
    const rows = ["a", "b", "c", "d", "e", "f", "g"].map((run) => ({ run }));
    assert.deepEqual(chosenRows({ open: "c", picked: ["a", "x", "c"], rows }), [rows[2], rows[0]]);
    assert.equal(chosenRows({ open: "a", picked: ["b", "c", "d", "e", "f", "g"], rows }).length, 6);
    assert.deepEqual(chosenRows({ open: "", picked: [], rows: null }), []);
  },
  "what a run changed is said in the language of the page, also a switch and an empty list": async () => {
    const changed = [
        { field: "hard_negatives", other: true },
        { field: "attribute_kinds", other: [] },
      ],
      state = { ...emptyRuns("a"), rows: [{ ...fixtures.runs.runs[0], changed }] },
      draw = () => ({ table: html(RunTable, { state, catalog: fixtures.catalog, words: "" }) }),
      { table } = await inChinese(fixtures, draw);
    assert.match(table, / 是，[^<]* 无</);
  },
};
