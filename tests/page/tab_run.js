// A training in the tab: every state of the middle column, and the parts that need no browser; see told.js.

import { states } from "./tab_states.js";
import { records, tests, zip } from "./tab_tests.js";
import { acts, drawn, fixtures, tell } from "./told.js";

const all = () =>
  Object.fromEntries(
    Object.entries(states()).map(([name, [Part, props]]) => [name, drawn(Part, { choose: acts.place, ...props })]),
  );
await tell({ all, tests: tests(fixtures), zip: zip(fixtures), records: records(fixtures) });
