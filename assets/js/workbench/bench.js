// The Workbench: three columns that share one state. A host mounts each once: columns[name](section, host).
//
// host: {value(), watch(listener), send(event, payload), settings}; the host brings states and takes wishes, nothing more.

import { mountData } from "./data_column.js";
import { mountOutcomeColumn } from "./outcome_column.js";
import { mountTraining } from "./training_column.js";

export const columns = { mountData, mountTraining, mountOutcomeColumn };
