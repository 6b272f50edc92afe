// A training in the tab: every state of the middle column, and the parts that need no browser; see told.js.

import { states } from "./tab_states.js";
import { recordOf, rowOf } from "../../assets/page/tab/record.js";
import { backendTests } from "./tab/backend_tests.js";
import { keptTests } from "./tab/kept_tests.js";
import { placeTests } from "./tab/place_tests.js";
import { quotaTests } from "./tab/quota_tests.js";
import { recordTests } from "./tab/record_tests.js";
import { runsOf, zip } from "./tab/runs.js";
import { shelfTests } from "./tab/shelf_tests.js";
import { trainingTests } from "./tab/training_tests.js";
import { zipTests } from "./tab/zip_tests.js";
import { acts, drawn, fixtures, tell } from "./told.js";

const all = () =>
  Object.fromEntries(
    Object.entries(states()).map(([name, [Part, props]]) => [
      name,
      drawn(Part, { choose: acts.choosePlace, ...props }),
    ]),
  );
const runs = runsOf();
await tell({
  all,
  zip: zip(),
  tests: {
    ...recordTests,
    ...placeTests,
    ...trainingTests,
    ...zipTests,
    ...backendTests,
    ...quotaTests,
    ...keptTests,
    ...shelfTests,
  },
  records: runs.map((kept) => recordOf(kept)),
  rows: runs.map((kept) => rowOf(fixtures.catalog, kept)),
});
