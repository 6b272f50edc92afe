// Where a training runs, and on how many cores.

import assert from "node:assert/strict";

import { Places } from "../../../assets/page/bench/places.js";
import { roughDuration } from "../../../assets/page/words.js";
import { addTab } from "../../../assets/page/tab/bench.js";
import { coresOf, engine, SHELF } from "./runs.js";
import { fixtures } from "../told.js";

const { catalog } = fixtures;

/** The places of a Workbench whose tab has come; `show` is told what the server says of dials, null without one. */
async function placesWith(orders) {
  const { tab } = await addTab({ engine, catalog, shelf: SHELF, cores: coresOf(1), backend: { kind: "server" } });
  Object.assign(tab.orders, orders);
  const state = { isStatic: false, places: null, data: null, device: null },
    change = (parts) => Object.assign(state, parts),
    store = { page: { catalog, tab }, state, acts: {}, change, draw: () => undefined },
    places = new Places(store);
  await places.mountTab();
  const show = (plan) => {
    state.isStatic = !plan;
    state.data = { preset: "binding-friendly", values: {}, plan };
    places.time();
    return places.timing;
  };
  return { places, state, show };
}

export const placeTests = {
  async "a run is given to the server once, however often the button is pressed, and what was said goes"() {
    const acts = {},
      brought = [],
      state = { places: null, run: { name: "tab-1", in_tab: {} }, tabSaid: "former" },
      backend = {
        kind: "server",
        bring: (zip) => new Promise((done, fail) => brought.push({ zip, done, fail })),
      },
      { tab } = await addTab({ engine: { ...engine }, catalog, backend, shelf: SHELF }),
      change = (parts) => Object.assign(state, parts);
    tab.files.zip = async () => "zip";
    tab.runs.markHanded = async () => undefined;
    tab.mount({ page: { catalog }, state, acts, backend, change, draw: () => undefined });
    const first = acts.handOver();
    await acts.handOver();
    await acts.handOver();
    assert.deepEqual([brought.length, state.isHanding], [1, true]);
    brought[0].fail(new Error("The server does not answer."));
    await first;
    assert.deepEqual([state.tabSaid, state.isHanding], ["The server does not answer.", false]);
    const again = acts.handOver();
    await new Promise((done) => setTimeout(done));
    brought[1].done({ run: "tidy-1" });
    await again;
    assert.deepEqual([brought.length, state.tabSaid], [2, ""]);
  },

  "seconds are said as people say them"() {
    assert.deepEqual(
      [0.4, 7, 19.6, 22, 52, 98, 110, 150, 240, 600, 7200, 12_000, 169_000, 529_920].map(roughDuration),
      [
        "1 s",
        "7 s",
        "20 s",
        "20 s",
        "50 s",
        "100 s",
        "2 min",
        "2½ min",
        "4 min",
        "10 min",
        "120 min",
        "3 h",
        "47 h",
        "6 days",
      ],
    );
  },

  async "the sooner place is chosen until a person chooses, and what cannot train is not"() {
    const speed = { seconds: 50, why: "", rate: 1 },
      orders = {
        catalog,
        measureSpeed: async () => speed.rate,
        refusalOf: async () => speed.why,
        seconds: async () => speed.seconds,
      };
    const { places, state, show } = await placesWith(orders),
      chosen = async (plan) => {
        await show(plan);
        return state.places.chosen;
      };
    assert.equal(await chosen({ seconds: 25, why_not: null }), "server");
    assert.equal(await chosen({ seconds: 70, why_not: null }), "tab");
    assert.equal(
      await chosen({ seconds: 25, why_not: "steps=9: too many" }),
      "tab",
      "a server that refuses is no place",
    );
    assert.equal(await chosen(null), "tab", "a page without a server has one place");
    await places.choose("tab");
    assert.equal(await chosen({ seconds: 25, why_not: null }), "tab", "a choice stays");
    speed.why = "init=ViT-B-32: its image tower is no plain transformer; train this on the server";
    assert.equal(await chosen({ seconds: 25, why_not: null }), "server", "while it can be kept");
    assert.equal(state.places.tab.short, "not this start");
    speed.rate = null;
    await show(null);
    assert.equal(state.places.canTrain, false);
  },

  async "an answer to dials that were moved again is not shown"() {
    const waiting = [],
      orders = {
        catalog,
        measureSpeed: async () => 1,
        refusalOf: () => new Promise((resolve) => waiting.push(resolve)),
        seconds: async () => 50,
      };
    const { state, show } = await placesWith(orders),
      first = show(null),
      second = show(null);
    await new Promise((resolve) => setTimeout(resolve));
    waiting[1]("");
    await second;
    waiting[0]("world=x: no");
    await first;
    assert.equal(state.places.tab.why, "");
  },

  "one core is left free where there are more than two, at most eight are used, and half on a battery"() {
    const counts = [undefined, 1, 2, 3, 4, 8, 9, 64].map((there) => coresOf(there).count);
    assert.deepEqual(counts, [1, 1, 2, 2, 3, 7, 8, 8]);
    assert.deepEqual(
      [1, 2, 8].map((there) => coresOf(there, {}, { isOnBattery: true }).count),
      [1, 1, 3],
    );
  },

  "a choice of cores is kept in the browser, and what is usual is no choice"() {
    const kept = {},
      cores = coresOf(8, kept);
    cores.choose(1);
    assert.deepEqual([cores.count, coresOf(8, kept).count, coresOf(1, kept).count], [1, 1, 1]);
    cores.choose(7);
    assert.deepEqual([cores.count, coresOf(4, kept).count], [7, 3]);
    kept["clip-binding-explorer-tab-cores"] = '"many"';
    assert.equal(cores.count, 7, "what somebody else wrote there is nothing");
    assert.deepEqual(
      coresOf(16, {}, { isOnBattery: true })
        .choices()
        .map(({ count }) => count),
      [8, 4, 1],
    );
  },

  "the first steps are timed with all cores and with half, and the quicker number is kept"() {
    const seconds = (whole, half) => (count, all) => (count === all ? whole : half),
      tried = (there, second, kept = {}) => {
        const cores = coresOf(there, kept),
          trial = cores.trial(180),
          asked = [];
        if (!trial) return { cores, asked: null };
        let count = cores.count;
        const all = count;
        for (let step = 0; step < 60; step++) {
          const next = trial.addStep(step % 8 < 3 ? 9 : second(count, all)); // the first steps of a number are slow
          if (next !== null) asked.push((count = next));
        }
        return { cores: coresOf(there, kept), asked };
      };
    const gain = tried(8, seconds(0.1, 0.19));
    assert.deepEqual([gain.asked, gain.cores.count, gain.cores.trial(180)], [[3, 7], 7, null]);
    const kept = {},
      none = tried(8, seconds(0.1, 0.1), kept);
    assert.deepEqual(
      [none.asked, none.cores.count, none.cores.why()],
      [[3, 3], 3, "More cores were not quicker here."],
    );
    const again = tried(8, seconds(0.1, 0.2), kept);
    assert.deepEqual([again.asked, again.cores.count, again.cores.trial(180)], [[1, 3], 3, null]);
    assert.equal(coresOf(4, kept).count, 3, "what was tried on another computer says nothing");
    assert.equal(coresOf(8).trial(20), null, "a short training is no trial");
    assert.equal(coresOf(1).trial(180), null);
    const chosen = coresOf(8);
    chosen.choose(1);
    assert.equal(chosen.trial(180), null);
  },

  "the pace of a device is kept for each number of cores"() {
    const kept = {},
      cores = coresOf(8, kept);
    cores.keepPace(7, 1.5);
    cores.keepPace(1, 1.1);
    assert.deepEqual(
      [7, 1, 3].map((count) => cores.pace(count)),
      [1.5, 1.1, 1],
    );
    kept["clip-binding-explorer-tab-paces"] = "1.4";
    assert.equal(cores.pace(7), 1);
    cores.keepPace(7, 1000);
    assert.equal(cores.pace(7), 1, "a pace that cannot be is none");
  },
};
