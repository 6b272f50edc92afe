// What stands in the middle column where a tab trains, by the name of its state.

import { say } from "../../assets/page/words.js";
import { LOST, TabKept, TabProgress, TabRefused, TrainPlace } from "../../assets/page/tab/place.js";

const places = (changes = {}) => ({
  chosen: "server",
  sooner: "server",
  canTrain: true,
  tab: { seconds: 52, why: "", short: "" },
  server: { seconds: 25, why: "", waiting: 0, device: "" },
  ...changes,
});
const run = (changes = {}, tab = {}) => ({
  name: "tab-binding-friendly-0123456789ab",
  step: 68,
  steps: 180,
  eta_words: say`about ${"35 s"} left`,
  ...changes,
  in_tab: { isPaused: false, isKept: true, bytes: 5_718_676, page_bytes: 5_600_000, handed: null, said: "", ...tab },
});
const why = "world=fashion: a tab draws the world things alone; train this on the server";

/** Made anew for each language. */
export const states = () => ({
  "o1-choice": [TrainPlace, { places: places() }],
  "o1-tab-is-sooner": [
    TrainPlace,
    { places: places({ chosen: "tab", sooner: "tab", server: { seconds: 60, why: "", waiting: 2, device: "" } }) },
  ],
  "o1-slow-device": [
    TrainPlace,
    {
      places: places({
        tab: { seconds: 240, why: "", short: "" },
        server: { seconds: 25, why: "", waiting: 0, device: "NVIDIA T4" },
      }),
    },
  ],
  "o1-not-timed-yet": [
    TrainPlace,
    {
      places: places({
        tab: { seconds: null, why: "", short: "" },
        server: { seconds: null, why: "", waiting: 0, device: "" },
      }),
    },
  ],
  "o1-not-loaded-yet": [TrainPlace, { places: places({ tab: LOST }) }],
  "o1-not-this-world": [TrainPlace, { places: places({ tab: { seconds: null, why, short: "not this world" } }) }],
  "o1-server-refuses": [
    TrainPlace,
    {
      places: places({
        chosen: "tab",
        sooner: "tab",
        server: { seconds: null, why: "steps=5000: this server allows at most 2000", waiting: 0, device: "" },
      }),
    },
  ],
  "o-training": [TabProgress, { run: run() }],
  "o-paused": [TabProgress, { run: run({ eta_words: say("paused") }, { isPaused: true }) }],
  "o-busy": [TabProgress, { run: run({ eta_words: say`${say`about ${"70 s"} left`}: device is busy` }) }],
  "o-back-from-hidden": [TabProgress, { run: run({}, { said: say`Paused while hidden, going on at step ${69}.` }) }],
  "p-training-in-a-file": [TabProgress, { run: run(), where: "file" }],
  "o2-kept": [TabKept, { run: run(), isStatic: false, canHand: true, said: "" }],
  "o2-handed": [
    TabKept,
    { run: run({}, { handed: "tab-binding-friendly-0123456789ab" }), isStatic: false, canHand: true, said: "" },
  ],
  "o2-shared-server": [TabKept, { run: run(), isStatic: false, canHand: false, said: "" }],
  "p-not-kept": [TabKept, { run: run({}, { isKept: false }), isStatic: true, canHand: false, said: "" }],
  "o3-refused": [TabRefused, {}],
});
