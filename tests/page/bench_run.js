// The Workbench: every state of its columns, and what its store does; see told.js.

import { drawn, fixtures, tell } from "./told.js";

const [{ SectionBar, Bench }, { Data }, { Outcome }, { Share }, { Training }, { policy }, { benchStates }, { tests }] =
  await Promise.all(
    [
      ...["page", "data", "outcome", "share", "training"].map((name) => `../../assets/page/bench/${name}.js`),
      "./bench_dials.js",
      "./bench_states.js",
      "./bench_tests.js",
    ].map((path) => import(path)),
  );
const COLUMNS = { bench: Bench, data: Data, training: Training, outcome: Outcome, bar: SectionBar, share: Share };
const all = async () =>
  Object.fromEntries(
    (await benchStates(fixtures, policy)).map(({ name, columns, state }) => [
      name,
      columns.map((each) => drawn(COLUMNS[each], { state })).join("\n"),
    ]),
  );
await tell({ all, tests });
