// A training that is repeated: every state of its box, of the strips and of the page of a link; see told.js.

import { states } from "./repeat_states.js";
import { tests } from "./repeat_tests.js";
import { drawn, tell } from "./told.js";

const all = () =>
  Object.fromEntries(Object.entries(states()).map(([name, [Part, props]]) => [name, drawn(Part, props)]));
await tell({ all, tests });
