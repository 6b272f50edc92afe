// What stands in the middle column where a tab trains, by the name of its state.

import { say, refusalText } from "../../assets/page/words.js";
import { Found, reportOf } from "../../assets/page/tab/check.js";
import { Cores } from "../../assets/page/tab/cores.js";
import { Digest, TabKept, TabProgress, TabRefused, TrainPlace } from "../../assets/page/bench/in-tab.js";
import { LOST } from "../../assets/page/bench/places.js";
import { linkTo } from "./told.js";

/** What the card of a device says that has so many cores; `kept` is what its browser keeps. */
function cores(there, { kept = {}, isOnBattery = false } = {}) {
  globalThis.localStorage = { getItem: (key) => JSON.stringify(kept[key] ?? null), setItem: () => undefined };
  const device = new Cores({ hardwareConcurrency: there });
  device.isOnBattery = isOnBattery;
  return {
    count: device.count,
    why: device.why(),
    choices: device.choices().map((each) => ({ ...each, seconds: 45 / each.count + 2 })),
  };
}
const CHOSEN = "clip-binding-explorer-tab-cores",
  TRIED = "clip-binding-explorer-tab-cores-tried";
const onCores = (there, options) => [
  TrainPlace,
  {
    places: places({
      chosen: "tab",
      sooner: "tab",
      tab: { seconds: 12, why: "", short: "", cores: cores(there, options) },
    }),
  },
];

const places = (changes = {}) => ({
  chosen: "server",
  sooner: "server",
  canTrain: true,
  tab: { seconds: 52, why: "", short: "" },
  server: { seconds: 25, why: "", device: "" },
  ...changes,
});
const run = (changes = {}, tab = {}) => ({
  spec: { data: { world: "things" } },
  name: "tab-binding-friendly-0123456789ab",
  step: 68,
  steps: 180,
  left_words: say`about ${"35 s"} left`,
  ...changes,
  in_tab: { isPaused: false, isKept: true, bytes: 5_718_676, page_bytes: 5_600_000, handed: null, said: "", ...tab },
});
const ENGINE = { version: 1, digests: [{ step: 180, digest: "0123456789abcdef".repeat(4) }] },
  HELD = { isStatic: false, canHand: true, said: "" };
/** The report of a device on which the training with all cores has other bits than `other` says. */
const report = (other) =>
  reportOf({
    version: 1,
    device: "Firefox 153, Linux, 8 cores",
    tries: [
      { workers: 7, digest: other, known: "ab".repeat(32), seconds: 0.84 },
      { workers: 1, digest: "ab".repeat(32), known: "ab".repeat(32), seconds: 2.11 },
    ],
  });
const why = () => say`${"world=fashion"}: ${say`a tab draws only the world ${"things"}`}; train this on the server`;

/** Made anew for each language. */
export const states = () => ({
  "o1-choice": [TrainPlace, { places: places() }],
  "o1-tab-is-sooner": [
    TrainPlace,
    { places: places({ chosen: "tab", sooner: "tab", server: { seconds: 60, why: "", device: "" } }) },
  ],
  "o1-slow-device": [
    TrainPlace,
    {
      places: places({
        tab: { seconds: 240, why: "", short: "" },
        server: { seconds: 25, why: "", device: "NVIDIA T4" },
      }),
    },
  ],
  "o1-not-timed-yet": [
    TrainPlace,
    {
      places: places({
        tab: { seconds: null, why: "", short: "" },
        server: { seconds: null, why: "", device: "" },
      }),
    },
  ],
  "o1-not-loaded-yet": [TrainPlace, { places: places({ tab: LOST }) }],
  "o1-not-this-world": [
    TrainPlace,
    { places: places({ tab: { seconds: null, why: why(), short: "not this world" } }) },
  ],
  "o1-server-refuses": [
    TrainPlace,
    {
      places: places({
        chosen: "tab",
        sooner: "tab",
        server: {
          seconds: null,
          why: refusalText("steps", 5000, say`this server allows at most ${2000}`),

          device: "",
        },
      }),
    },
  ],
  "place-cores": onCores(8),
  "place-cores-many": onCores(16),
  "place-cores-two": onCores(2),
  "place-cores-one": onCores(1),
  "place-cores-chosen": onCores(8, { kept: { [CHOSEN]: 1 } }),
  "place-cores-battery": onCores(8, { isOnBattery: true }),
  "place-cores-no-gain": onCores(8, { kept: { [TRIED]: { of: 8, best: 3, isSettled: false } } }),
  "o-training": [TabProgress, { run: run() }],
  "o-paused": [TabProgress, { run: run({ left_words: say("paused") }, { isPaused: true }) }],
  "o-busy": [TabProgress, { run: run({ left_words: say`${say`about ${"70 s"} left`}; the device is busy` }) }],
  "o-back-from-hidden": [TabProgress, { run: run({}, { said: say`Paused while hidden, going on at step ${69}.` }) }],
  "p-training-in-a-file": [TabProgress, { run: run(), where: "file" }],
  "o2-kept": [TabKept, { run: run(), isStatic: false, canHand: true, said: "" }],
  "o2-kept-with-its-start-and-digest": [
    TabKept,
    { run: run({ title: "Web-like, from Tidy, seed 3, in this tab", engine: ENGINE }, { hasStart: true }), ...HELD },
  ],
  "o2-kept-own-things": [
    TabKept,
    { run: run({ spec: { data: { world: `own-${"0".repeat(16)}` } } }), isStatic: false, canHand: true, said: "" },
  ],
  "o2-handed": [TabKept, { run: run({}, { handed: "tab-binding-friendly-0123456789ab" }), ...HELD, linkTo }],
  "o2-shared-server": [TabKept, { run: run(), isStatic: false, canHand: false, said: "" }],
  "p-not-kept": [TabKept, { run: run({}, { isKept: false }), isStatic: true, canHand: false, said: "" }],
  "o3-refused": [TabRefused, {}],
  "check-same": [Found, { text: report("ab".repeat(32)), isSame: true }],
  "check-other": [Found, { text: report("cd".repeat(32)), isSame: false }],
  "a-digest": [Digest, { run: { title: "Tidy, seed 3, in this tab", engine: ENGINE } }],
});
