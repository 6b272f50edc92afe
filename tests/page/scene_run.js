// Your own scene: its states, and what an address, a place and a challenge mean; see told.js.

import assert from "node:assert/strict";

import { Grammar } from "../../assets/engine/grammar.js";
import { World } from "../../assets/engine/world.js";
import { Challenge } from "../../assets/page/scene/challenge.js";
import { pictureOf } from "../../assets/page/drawing.js";
import { open } from "../../assets/page/scene/page.js";
import { isInQuarters, outsideOf } from "../../assets/page/scene/outside.js";
import { questionOf } from "../../assets/page/scene/questions.js";
import {
  freshState,
  readState,
  withNewObject,
  withOneValue,
  withOverlap,
  withPositionsSwapped,
  withValue,
  withValuesSwapped,
  writeState,
} from "../../assets/page/scene/state.js";
import { verdictOf } from "../../assets/page/scene/verdicts.js";
import { Scene } from "../../assets/page/scene/view.js";
import { drawn, fixtures, tell } from "./told.js";

const world = new World(fixtures.description),
  grammar = new Grammar(world),
  facts = { size: 64, box: 28, sides: [250, 400, 500, 640, 760, 1000, 1500] };
const first = freshState(world),
  start = writeState(world, first),
  tidy = fixtures.data["binding-friendly"],
  web = fixtures.data["web-like"];
const read = (text) => readState(world, text),
  seen = (text, data = tidy) => outsideOf(world, facts, read(text), data);

function states() {
  const verdict = (margin, truth) => verdictOf({ cosines: [margin, 0], logitScale: 40 }, truth),
    accuracy = { value: 0.997, low: 0.991, high: 1, n: 864 };
  const bar = (name, changes) => ({
    name,
    title: name === "things-bound" ? "B" : "A",
    waits: "",
    trail: [0, 0.2, -0.4],
    outside: [],
    ...changes,
  });
  const of = (state, changes = {}) => ({
    world,
    loadedWorld: facts,
    state,
    question: questionOf(grammar, state),
    pixels: null,
    read: [],
    unseen: [],
    width: 630,
    hidden: "",
    bars: [
      bar("things-web", { accuracy, verdict: verdict(-0.004, "A"), outside: seen(start, web).map(({ said }) => said) }),
      bar("things-bound", { accuracy, verdict: verdict(0.4, "A") }),
    ],
    challengeCard: { title: "A", bests: {}, hidden: "", isOpen: true },
    ...changes,
  });
  const typed = { ...first, typed: ["a red bus", "a crimson zeppelin"] },
    three = read(`${start};cat,red@48,16,1000`),
    best = { margin: -0.01, probability: 0.4, scene: start };
  return {
    fresh: of(first),
    waits: of(first, {
      bars: [
        bar("things-web", { waits: "…" }),
        bar("things-bound", { problem: "model=x: there is no such model here, or its run has not saved one yet" }),
      ],
      challengeCard: null,
    }),
    typed: of(typed, {
      read: [
        { unknown: [], isCut: true },
        { unknown: ["crimson", "zeppelin"], isCut: false },
      ],
      bars: [bar("things-bound", { verdict: verdict(0.05, null) })],
    }),
    "typed-nothing": of({ ...first, typed: ["", "a bus"] }, { bars: [bar("things-bound", { verdict: null })] }),
    "one-color": of(withOneValue(first), { bars: [bar("things-bound", { verdict: null })] }),
    "three-objects": of(three, { unseen: ["…"] }),
    fooled: of(first, {
      challengeCard: {
        title: "A",
        bests: { any: best, quarters: { ...best, margin: 0.2, probability: 0.99 } },
        hidden: "bus",
        isOpen: true,
      },
    }),
    "fooled-in-every-way": of(first, {
      challengeCard: { title: "A", bests: { any: best, quarters: best, trained: best }, hidden: "", isOpen: false },
    }),
    "sizes-are-named": of({ ...first, toldKind: world.kinds.findIndex(({ name }) => name === "size") }),
  };
}

/** An element that takes what is drawn into it; nobody looks at it. */
class Unseen extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { childNodes: [], style: { setProperty() {} }, dataset: {} });
  }
  append() {}
  contains() {}
  insertBefore() {}
  removeChild() {}
  remove() {}
  setAttribute() {}
  removeAttribute() {}
  getContext() {
    return { clearRect() {} };
  }
}

/** The view at an address; `slow` says what of the run "first" comes late: "run" or "world". */
async function visit(slow) {
  const made = { parts: {}, come: () => {}, view: null },
    late = new Promise((resolve) => (made.come = resolve)),
    waits = async (what) => made.parts.run === "first" && what === slow && (await late);
  Object.assign(globalThis, {
    window: globalThis,
    localStorage: { getItem: () => null, setItem: () => {} },
    matchMedia: () => ({ matches: false }),
    document: {
      createElement: () => new Unseen(),
      createElementNS: () => new Unseen(),
      createTextNode: () => new Unseen(),
    },
  });
  const engine = {
    loadWorld: async () => {
      await waits("world");
      return { description: fixtures.description, ...facts };
    },
    loadModel: () => new Promise(() => {}),
  };
  const page = {
    address: { get: (name) => made.parts[name] ?? "", heldRun: "" },
    backend: {
      view: async () => {
        await waits("run");
        return { run: { title: "A run", spec: { data: {} } } };
      },
    },
    catalog: { shipped: {} },
    lacks: () => true,
    engine,
  };
  made.view = await open(new Unseen(), page);
  return Object.assign(made, { engine });
}
const later = () => new Promise((resolve) => setTimeout(resolve, 20));

const TESTS = {
  async "an address that is slower than the next one leaves the scene of that one"() {
    for (const slow of ["run", "world"]) {
      const { parts, view, come } = await visit(slow);
      for (const run of ["first", "second"]) {
        parts.run = run;
        view.arrive();
        await later();
      }
      assert.ok(globalThis.ownScene.bars.has("second"), slow);
      come();
      await later();
      assert.ok(globalThis.ownScene.bars.has("second") && globalThis.ownScene.root.scene === globalThis.ownScene, slow);
    }
  },

  async "a scene whose world did not come is said not to be drawn, and is drawn at a press or at its address again"() {
    const { error: before } = console;
    for (const isPressed of [true, false]) {
      const { parts, view, engine } = await visit(null),
        { loadWorld } = engine,
        said = [],
        buttons = [];
      Object.assign(document, {
        createTextNode: (text) => (said.push(text), new Unseen()),
        createElementNS(_, kind) {
          const made = new Unseen();
          if (kind === "button") buttons.push(made);
          return made;
        },
      });
      parts.run = "second";
      engine.loadWorld = async () => Promise.reject(new TypeError("Failed to fetch"));
      console.error = () => undefined;
      await view.arrive();
      console.error = before;
      assert.deepEqual(
        said.filter((each) => each !== " "),
        ["This scene could not be drawn.", "Try again"],
      );
      assert.ok(!globalThis.ownScene.bars.has("second"));
      engine.loadWorld = loadWorld;
      if (isPressed) buttons.at(-1).dispatchEvent(new Event("click"));
      else void view.arrive();
      await later();
      assert.ok(globalThis.ownScene.bars.has("second"));
    }
  },

  "an address may come from anybody"() {
    const dotted = "cat,pink@10,10,760;fish,green,dotted@50,50,1000;named=pattern";
    assert.equal(writeState(world, read(dotted)), dotted);
    assert.equal(
      writeState(world, read("cat,pink@-5,1e9,99999;fish,mauve@50,50,NaN;bird@20,20,1000")),
      "cat,pink@0,64,1500;bird,blue@20,20,1000",
    );
    for (const text of ["<script>alert(1)</script>@1,1,1;bus", "", "cat@1,1,1;cat@2,2,2", ";;;", "cat"])
      assert.equal(read(text), null);
    assert.equal(read("cat@1,1,1;bus@2,2,2;fish@3,3,3;star@4,4,4;house@5,5,5").objects.length, 4);
  },

  "what a model has not met is named, and decides the class of a scene"() {
    assert.deepEqual(seen(start), []);
    assert.deepEqual(
      seen(start, web).map(({ said }) => said),
      ["2 objects (it saw 4)"],
    );
    assert.deepEqual(outsideOf(world, facts, first, null), []);
    const abouts = (text) => seen(text).map(({ about }) => about),
      isApart = (text) => isInQuarters(seen(text));
    assert.deepEqual(abouts("submarine,yellow@16,16,400;bus,blue@52,48,760"), ["size", "place"]);
    assert.equal(isApart("submarine,yellow@16,16,400;bus,blue@52,48,760"), true);
    for (const [text, about] of [
      ["submarine,yellow@28,16,1000;bus,blue@48,48,1000", "across"],
      ["submarine,yellow@8,16,1000;bus,blue@48,48,1000", "edge"],
      ["submarine,yellow@8,16,400;bus,blue@24,16,400", "quarter"],
    ]) {
      assert.ok(abouts(text).includes(about), about);
      assert.equal(isApart(text), false);
    }
    assert.deepEqual(
      seen("submarine,yellow,striped@16,16,1000;bus,blue@48,48,1000").map(({ said }) => said),
      ["striped things"],
    );
  },

  "a screen reader hears each model that answered, and none that is still loaded"() {
    const heard = (name) => /role="status">([^<]*)</.exec(drawn(Scene, { view: states()[name] }))[1];
    assert.match(heard("fresh"), /^A: .*coin toss.*; B: Sure of the true caption, over 99 to 1$|^A: .*; B: /);
    assert.match(heard("waits"), /^B: .*there is no such model here/);
  },

  "a text is read as Python reads it, or refused"() {
    for (const [text, read] of fixtures.captions) assert.deepEqual(grammar.parse(text), read, JSON.stringify(text));
    assert.ok(fixtures.captions.some(([, read]) => read) && fixtures.captions.some(([, read]) => !read));
  },

  "the page writes the scenes that a class counts, and none that it refuses"() {
    const size = world.kinds.findIndex(({ name }) => name === "size"),
      [cat, fish] = ["cat", "fish"].map((word) => world.nouns.findIndex((noun) => noun.word === word));
    const made = [
      first,
      withPositionsSwapped(first),
      withOverlap(first),
      withValuesSwapped(first),
      { ...withValue(first, 0, size, 1), toldKind: size },
      withNewObject(world, withNewObject(world, first, cat), fish),
    ].map((state) => writeState(world, state));
    const { counted, refused } = fixtures.scenes;
    for (const text of made) assert.ok(counted.includes(text), text);
    for (const text of counted) {
      assert.equal(writeState(world, read(text)), text);
      assert.equal(questionOf(grammar, read(text)).truth, "A");
    }
    for (const text of refused) {
      const state = read(text);
      assert.ok(!state || writeState(world, state) !== text || questionOf(grammar, state).isSame, text);
    }
  },

  "a caption is true, false or neither"() {
    const truth = (...typed) => questionOf(grammar, { ...first, typed }).truth;
    assert.deepEqual(questionOf(grammar, first).texts, [
      "a yellow submarine and a blue bus",
      "a blue submarine and a yellow bus",
    ]);
    assert.deepEqual(
      [
        truth("a yellow submarine", "a blue submarine"),
        truth("a Blue submarine", "a yellow submarine"),
        truth("a zeppelin", "a blue bus"),
        truth("a blue bus", "a blue bus"),
      ],
      ["A", "B", null, null],
    );
  },

  "a challenge keeps the smaller margin, and nothing that is no record"() {
    const kept = new Map(),
      storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
    const challenge = new Challenge(storage, "m"),
      of = (margin) => ({ margin, probability: 0.6, scene: start });
    challenge.offer(["any", "trained"], of(0.3));
    challenge.offer(["any"], of(0.4));
    challenge.offer(["any"], of(0.1));
    assert.deepEqual(
      Object.entries(new Challenge(storage, "m").bests).map(([name, { margin }]) => [name, margin]),
      [
        ["any", 0.1],
        ["trained", 0.3],
      ],
    );
    const dialog = new Challenge(storage, "m"); // over another view with a scene
    dialog.offer(["any"], of(-0.5));
    challenge.offer(["any"], of(-0.2));
    assert.deepEqual([challenge.bests.any.margin, new Challenge(storage, "m").bests.any.margin], [-0.5, -0.5]);
    kept.set("clip-binding-challenge:m", '{"any": {"margin": "low"}, "other": 1}');
    assert.deepEqual(new Challenge(storage, "m").bests, {});
    assert.deepEqual(new Challenge(null, "m").bests, {});
  },

  "a later object covers an earlier one, and each drawing is whole"() {
    const text = decodeURIComponent(pictureOf(world, read("cat,red@32,34,1500;bus,blue@32,34,400").objects, 28, 64));
    assert.ok(
      text.indexOf("rgb(194 0 26)") < text.lastIndexOf(`rgb(${world.kinds[0].values[0].paints.fill.join(" ")})`),
    );
    for (const { word } of world.nouns) {
      const svg = decodeURIComponent(
        pictureOf(
          world,
          read(`${word},striped,outlined,tilted@16,16,1000;${word === "cat" ? "bus" : "cat"},dotted@48,48,1000`)
            .objects,
          28,
          64,
        ),
      );
      assert.doesNotMatch(svg, /NaN|undefined/);
      for (const tag of ["g", "mask", "svg"])
        assert.equal(
          svg.split(`<${tag} `).length + svg.split(`<${tag}>`).length,
          svg.split(`</${tag}>`).length + 1,
          word,
        );
    }
  },
};

await tell({
  all: () => Object.fromEntries(Object.entries(states()).map(([name, view]) => [name, drawn(Scene, { view })])),
  tests: TESTS,
});
