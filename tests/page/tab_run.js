// A training in the tab: every state of the middle column, and the parts that need no browser; see told.js.

import { states } from "./tab_states.js";
import { recordOf, rowOf } from "../../assets/page/tab/record.js";
import { runsOf, tests, zip } from "./tab_tests.js";
import { acts, drawn, fixtures, tell } from "./told.js";

const all = () =>
  Object.fromEntries(
    Object.entries(states()).map(([name, [Part, props]]) => [name, drawn(Part, { choose: acts.place, ...props })]),
  );
const runs = runsOf(fixtures);
await tell({
  ...{ all, tests: tests(fixtures), zip: zip(fixtures) },
  ...{ records: runs.map((kept) => recordOf(kept)), rows: runs.map((kept) => rowOf(fixtures.catalog, kept)) },
});
