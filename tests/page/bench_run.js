// The Workbench: every state of its columns, and what its store does; see told.js.

import { say } from "../../assets/page/words.js";
import { drawn, fixtures, tell } from "./told.js";

const [{ Bar, Bench }, { Data }, { Dials }, { Outcome }, { Share }, { Training }, { benchStates }, { benchTests }] =
  await Promise.all(
    [
      ...["page", "data", "dials", "outcome", "share", "training"].map((name) => `../../assets/page/bench/${name}.js`),
      "./bench_states.js",
      "./bench_tests.js",
    ].map((path) => import(path)),
  );
/** Of a thing; what it shows is no part of a state. */
const PICTURE = "data:image/svg+xml,";
const COLUMNS = { bench: Bench, data: Data, training: Training, outcome: Outcome, bar: Bar, share: Share };
const dials = new Dials({ catalog: fixtures.catalog, engine: null });
dials.samples = {
  cards: async (values, start) => ({ start, ...fixtures.samples }),
  things: async () => ({ words: ["submarine", "bus", "cat", "house", "star"], pictures: Array(4).fill(PICTURE) }),
  batch: async () => ({ rates: [say`${"12 %"} only repeat another caption.`], pairs: 256 }),
};

const all = async () =>
  Object.fromEntries(
    (await benchStates(fixtures, (wish) => dials.state(wish))).map(({ name, columns, state }) => [
      name,
      columns.map((each) => drawn(COLUMNS[each], { state })).join("\n"),
    ]),
  );
await tell({ all, tests: benchTests(fixtures, dials) });
