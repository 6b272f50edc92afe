// *Ask a real CLIP*: every state, and what its store asks and shows; see told.js.

import { AskPage } from "../../assets/page/ask/page.js";
import { states } from "./ask_states.js";
import { tests } from "./ask_tests.js";
import { drawn, fixtures, tell } from "./told.js";

const all = () =>
  Object.fromEntries(states(fixtures).map(({ name, state }) => [name, drawn(AskPage, { state, backend: {} })]));
await tell({ all, tests });
