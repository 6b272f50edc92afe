// The evidence and a forecast: every state, and what they compute; see told.js.

import { states } from "./evidence_states.js";
import { tests } from "./evidence_tests.js";
import { drawn, fixtures, tell } from "./told.js";

const all = () =>
  Object.fromEntries(Object.entries(states(fixtures)).map(([name, [Part, props]]) => [name, drawn(Part, props)]));
await tell({ all, tests });
