// Look inside and the sheet of runs: every state, and their numbers; see told.js.

import { insideStates, runsStates } from "./inside_states.js";
import { tests } from "./inside_tests.js";
import { drawn, fixtures, tell } from "./told.js";

Date.now = () => 1000 * fixtures.clock;
const all = () =>
  Object.fromEntries(
    [...insideStates(fixtures), ...runsStates(fixtures)].map(({ name, Page, ...props }) => [name, drawn(Page, props)]),
  );
await tell({ all, tests });
