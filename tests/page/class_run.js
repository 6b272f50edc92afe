// The lesson, the class and About: every state, and what they compute; see told.js.

import { inChinese, withoutLatin } from "./chinese.js";
import { drawn, fixtures, tell } from "./told.js";

globalThis.location = { href: "http://127.0.0.1/", hostname: "127.0.0.1" };
const { classStates } = await import("./class_states.js"),
  { tests } = await import("./class_tests.js");
const of = (sent) =>
  Object.fromEntries(classStates(sent).map(({ name, component, state }) => [name, drawn(component, { state })]));

// Their Chinese stands in files of their own; what they share with other views is in the table.
const own = Object.fromEntries(Object.entries(fixtures.own_zh).map(([name, texts]) => [name, withoutLatin(texts)]));
await tell({
  all: () => of(fixtures),
  chinese: () => inChinese(fixtures, () => of({ ...fixtures, ...own })),
  tests,
});
