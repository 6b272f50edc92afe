// The backend of a page with a tab: it answers for the tab's runs and passes the rest on.

import assert from "node:assert/strict";

import { Engine, serverSource } from "../../../assets/engine/client.js";
import { ServerBackend } from "../../../assets/page/backend.js";
import { sourceOf } from "../../../assets/page/inside/source.js";
import { mayRepeat, Refused } from "../../../assets/page/refused.js";
import { Samples } from "../../../assets/page/samples.js";
import { TabBackend } from "../../../assets/page/tab/backend.js";
import { TabInside } from "../../../assets/page/tab/inside.js";
import { endRun } from "../../../assets/page/tab/record.js";
import { fixtures } from "../told.js";
import { engine, trained, spec, tabOf } from "./runs.js";

export const backendTests = {
  async "the run of a page in one file is looked inside at as a run, once"() {
    const { catalog } = fixtures,
      run = { title: "Tidy", step: 12, steps: 12, spec: spec() },
      one = Float32Array.of(1, 0);
    let numDrawn = 0;
    const source = sourceOf({
      catalog,
      models: ["tidy"],
      backend: { has: () => false, view: async () => ({ run }) },
      tab: { runs: { has: () => false, list: () => [] } },
      engine: {
        loadWorld: async () => ({ description: fixtures.world, box: 24 }),
        loadModel: async () => ({ logitScale: 10 }),
        draw: async ({ count }) => {
          numDrawn++;
          return Array(count).fill({ caption: "a red bus", swapped: null, no_swap: "", objects: [] });
        },
        features: async ({ pictures, texts }) => ({ images: pictures.map(() => one), captions: texts.map(() => one) }),
      },
    });
    const [listed] = await source.models(),
      answer = await source.steps("tidy", "canonical", 0),
      later = await source.steps("tidy", "canonical", 1);
    assert.deepEqual([listed.kind, answer.kind, answer.step, answer.trained], ["run", "run", 12, 12]);
    assert.deepEqual([answer.steps.map(({ step }) => step), later.steps, later.first, numDrawn], [[12], [], 1, 1]);
  },

  async "a refusal says if the same may be sent again"() {
    const { fetch: before } = globalThis,
      backend = new ServerBackend(() => "", { headers: async () => ({}) }),
      refuses = (status) => Response.json({ error: { field: "room", sentence: "room: no" } }, { status });
    try {
      for (const [answer, isRight] of [
        [async () => refuses(422), false],
        [async () => refuses(404), false],
        [async () => refuses(429), true],
        [async () => refuses(503), true],
        [async () => new Response("<html>", { status: 404 }), true], // of a proxy, while the server starts
        [() => Promise.reject(new TypeError("Failed to fetch")), true],
      ]) {
        globalThis.fetch = answer;
        await assert.rejects(backend.view("room"), (error) => mayRepeat(error) === isRight);
      }
    } finally {
      globalThis.fetch = before;
    }
  },

  async "a job whose answer breaks off is refused with a sentence, and a cancel stays one"() {
    const { fetch: before } = globalThis,
      backend = new ServerBackend(() => "", { headers: async () => ({}) }),
      breaking = (error) => ({
        ok: true,
        json: async () => ({ event_id: "1" }),
        body: new ReadableStream({ pull: (stream) => stream.error(error) }),
      });
    try {
      globalThis.fetch = async () => breaking(new TypeError("network error"));
      await assert.rejects(backend.job("score"), (error) => error instanceof Refused && mayRepeat(error));
      globalThis.fetch = async () => breaking(new DOMException("stop", "AbortError"));
      await assert.rejects(backend.job("score"), { name: "AbortError" });
      globalThis.fetch = async () => ({ ok: true, json: () => Promise.reject(new TypeError("terminated")) });
      await assert.rejects(backend.view("run"), (error) => error instanceof Refused && mayRepeat(error));
    } finally {
      globalThis.fetch = before;
    }
  },

  async "what the server refuses to the engine is its sentence"() {
    const { fetch: before } = globalThis,
      source = serverSource(new URL("http://127.0.0.1/page/now/")),
      limit = JSON.stringify({ error: { field: "requests", sentence: "requests: wait a minute" } });
    const answers = {
      "worlds/things.json": new Response(limit, { status: 429 }),
      "models/nobody.json": Response.json({ error: "model=nobody: there is no such model here" }),
      "training.json": Response.json({}),
      "kernels.wasm": new Response("<html>", { status: 502 }),
    };
    globalThis.fetch = async ({ href }) => Object.entries(answers).find(([path]) => href.endsWith(path))[1];
    try {
      await assert.rejects(source.world("things"), { message: "requests: wait a minute" });
      await assert.rejects(source.model("nobody"), { message: "model=nobody: there is no such model here" });
      await assert.rejects(source.training(), { message: "The server answered 502." });
    } finally {
      globalThis.fetch = before;
    }
  },

  async "a run that went on is asked with its new weights, and a shipped model is read once"() {
    const cards = [],
      loads = [],
      urls = { "web-4": "90.safetensors", "things-web": "one.safetensors" },
      source = {
        model: async (name) => {
          cards.push(name);
          return { is_shipped: name === "things-web", weights: { fp16: { url: urls[name], bytes: 1 } } };
        },
      };
    const engine = new Engine(source, () => ({
      postMessage({ id, weights }) {
        loads.push(weights.url);
        queueMicrotask(() => engine.receive({ id, answer: {} }));
      },
    }));
    for (const name of ["web-4", "things-web", "web-4", "things-web"]) await engine.loadModel(name);
    assert.deepEqual(loads, ["90.safetensors", "one.safetensors"]);
    urls["web-4"] = "900.safetensors";
    await Promise.all([engine.loadModel("web-4"), engine.loadModel("web-4")]);
    assert.deepEqual(loads.slice(2), ["900.safetensors"]);
    assert.equal(cards.filter((name) => name === "things-web").length, 1);
    const { model } = source;
    source.model = () => Promise.reject(new TypeError("Failed to fetch"));
    await engine.loadModel("web-4"); // what is here answers without the server
    source.model = model;
    engine.forgetModel("things-web");
    await engine.loadModel("things-web");
    assert.deepEqual(loads.slice(3), ["one.safetensors"]);
  },

  async "what did not come is loaded again when it is needed again, and once for all who ask"() {
    const broken = new TypeError("Failed to fetch");
    let loads = 0;
    const loadWorld = async () => {
        loads += 1;
        if (loads % 2) throw broken;
        return fixtures.things;
      },
      samples = new Samples({ loadWorld }, null),
      inside = new TabInside({ loadWorld, loadTraining: async () => fixtures, draw: async () => [] });
    for (const load of [() => samples.world("things"), () => inside.scenes("canonical", spec().data)]) {
      await assert.rejects(load(), broken);
      assert.equal(await load(), await load());
    }
    assert.equal(loads, 4);
  },

  async "the backend answers for the tab's runs and passes the rest on"() {
    const asked = [],
      server = {
        kind: "server",
        view: async (name, values) => {
          asked.push([name, values]);
          return {
            run: null,
            compare: null,
            missing: null,
            listing_digest: "k",
            listing: asked.length === 1 ? { runs: [["Web-like, seed 4", "web-4"]], starts: [] } : null,
          };
        },
        act: async (name, values) => ({ did: name, ...values }),
      };
    const tab = tabOf(),
      { runs: mine } = tab,
      backend = new TabBackend(server, tab, () => "server");
    await mine.ready;
    const kept = trained(spec(), 15, { 15: 0.6 });
    mine.runs.set(kept.name, kept);
    const first = await backend.view("run", { name: kept.name, have: 1, listing_digest: "" });
    assert.deepEqual([first.run.name, first.run.first, first.missing], [kept.name, 1, null]);
    assert.deepEqual(first.listing.runs, [
      ["Tidy, seed 3, in this tab", kept.name],
      ["Web-like, seed 4", "web-4"],
    ]);
    assert.equal(asked[0][1].name, "", "the server does not know the run");
    await backend.view("run", { name: "", listing_digest: "k" });
    assert.equal(asked.pop()[1].listing_digest, "", "a list of before the tab came is asked for again");
    const second = await backend.view("run", { name: kept.name, have: 2, listing_digest: first.listing_digest });
    assert.deepEqual([asked.length, second.listing, second.run.step], [1, null, 15]);
    const { run: without } = await backend.view("run", {
      name: kept.name,
      listing_digest: first.listing_digest,
      answers: false,
    });
    assert.deepEqual([without.first, without.checkpoints], [2, []]);
    await backend.view("run", { name: "tab-web-like-000000000000", listing_digest: first.listing_digest });
    assert.equal(asked[1][1].name, "tab-web-like-000000000000", "a run of another browser may be the server's by now");
    assert.deepEqual(await backend.act("stop", { run: "web-4" }), { did: "stop", run: "web-4" });
    await assert.rejects(backend.act("resume", { run: kept.name }), /can go on only in this tab/);
    endRun(kept, "interrupted");
    await backend.act("delete", { run: kept.name });
    assert.equal(mine.has(kept.name), false);
  },

  async "the run beside one of the tab is shown with a score that comes later, and stays where the server is gone"() {
    const { now } = Date,
      scores = [];
    let score = null,
      isEvaluated = true;
    const server = {
        kind: "server",
        view: async () => {
          scores.push(score);
          if (score === "gone") throw new TypeError("Failed to fetch");
          const compare = { name: "web-4", phase: null, is_evaluated_now: isEvaluated, final: score, spec: spec() };
          return { run: null, compare, missing: null, listing_digest: "k", listing: null };
        },
      },
      tab = tabOf(),
      backend = new TabBackend(server, tab, () => "tab");
    await tab.runs.ready;
    const kept = trained(spec(), 15, { 15: 0.6 }),
      { name } = kept;
    tab.runs.runs.set(name, kept);
    let listingDigest = "";
    async function beside() {
      const answer = await backend.view("run", { name, compare: "web-4", listing_digest: listingDigest });
      ({ listing_digest: listingDigest } = answer);
      return answer.compare.final;
    }
    try {
      Date.now = () => 1000;
      assert.equal(await beside(), null);
      [score, isEvaluated] = [0.6, false];
      assert.deepEqual([await beside(), await beside()], [0.6, 0.6]);
      assert.deepEqual(scores, [null, 0.6], "what has ended is not asked for at each step of the tab");
      score = 0.9; // it went on, in another window
      Date.now = () => 60_000;
      assert.equal(await beside(), 0.9);
      score = "gone";
      Date.now = () => 120_000;
      assert.equal(await beside(), 0.9);
    } finally {
      Date.now = now;
    }
  },

  async "a run of the tab is asked as a model of the server is, and what only a server answers says so"() {
    const server = {
        kind: "server",
        view: async (name, { models }) => Object.fromEntries(models.map((model) => [model, ["mug"]])),
        job: async (name) => `${name} of the server`,
      },
      tab = tabOf({
        engine: {
          ...engine,
          loadModel: async () => ({ imageSize: 64, config: fixtures.configs.small.clip }),
          embed: async ({ texts }) => texts.map(() => ({ unknown: ["bus"] })),
          score: async ({ models: [model], texts }) => ({
            [model]: { cosines: texts.map((_, index) => index / 100), logitScale: 14.5 },
          }),
        },
      }),
      backend = new TabBackend(server, tab, () => "server");
    await tab.runs.ready;
    const kept = trained(spec(), 15, { 15: 0.6 }),
      captions = ["a red bus and a blue car", "a blue bus and a red car"],
      { name: model } = kept;
    tab.runs.runs.set(model, kept);
    assert.deepEqual(await backend.job("fetch_model", { model }), {
      model,
      parameters: null,
      pixels: 64,
      in_tab: true,
    });
    backend.score.models.pixels = async () => new Uint8Array(3 * 64 * 64);
    const scored = await backend.job("score", { model, images: ["data:"], captions, maps: 2 });
    const { scored: theirs } = fixtures;
    for (const [key, value] of Object.entries(scored)) {
      assert.ok(key in theirs, key);
      if (key !== "relevance")
        assert.deepEqual([typeof value, Array.isArray(value)], [typeof theirs[key], Array.isArray(theirs[key])], key);
    }
    for (const key of ["preprocessing", "activation", "logit_scale", "warnings", "relevance"])
      assert.ok(scored[key], key);
    assert.deepEqual([scored.preprocessing.size, scored.logit_scale], [[64, 64], 14.5]);
    assert.match(scored.relevance.why, /hand the run over/);
    assert.deepEqual(await backend.view("never_read", { models: [model, "web-4"], captions }), {
      "web-4": ["mug"],
      [model]: ["bus"],
    });
    await assert.rejects(backend.job("leaderboard", { models: [model] }), /hand the run over/);
    assert.equal(await backend.job("fetch_model", { model: "web-4" }), "fetch_model of the server");
  },

  async "a table of runs has those of the tab first, and a search holds for them too"() {
    const server = { kind: "server", view: async () => ({ runs: [{ run: "web-4" }], starts: [] }) },
      tab = tabOf(),
      { runs: mine } = tab,
      backend = new TabBackend(server, tab, () => "server");
    await mine.ready;
    const kept = trained(spec({ steps: 12 }), 12, { 12: 0.9 }, "finished");
    mine.runs.set(kept.name, kept);
    const { runs: rows } = await backend.view("runs", { words: "" });
    assert.deepEqual(
      rows.map(({ run }) => run),
      [kept.name, "web-4"],
    );
    assert.deepEqual(
      [rows[0].binding.value, rows[0].own.value, rows[0].changed.map(({ field, other }) => [field, other])],
      [
        0.9,
        0.6,
        [
          ["steps", 12],
          ["seed", 3],
        ],
      ],
    );
    assert.deepEqual(
      (await backend.view("runs", { words: "queued" })).runs.map(({ run }) => run),
      ["web-4"],
    );
  },
};
