// Dials of the Workbench with fixed samples, for its states and its tests.

import { DialPolicy } from "../../assets/page/dials/dials.js";
import { say } from "../../assets/page/words.js";
import { fixtures } from "./told.js";

/** Of a thing; what it shows is no part of a state. */
const PICTURE = "data:image/svg+xml,";
export const policy = new DialPolicy({ catalog: fixtures.catalog, engine: null });
policy.samples = {
  cards: async (values, start) => ({ start, ...fixtures.samples }),
  things: async () => ({ words: ["submarine", "bus", "cat", "house", "star"], pictures: Array(4).fill(PICTURE) }),
  batch: async () => ({ rates: [say`${"12 %"} only repeat another caption.`], pairs: 256 }),
};
