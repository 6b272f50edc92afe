// The engine of the page: one worker for dials, typed captions and scenes, started before the first move.

import { Engine, serverSource } from "../engine/client.js";

const ASSETS = new URL("../", import.meta.url);

/** A page that carries its worlds and models itself brings an engine of its own. */
export const engineOf = (backend) => backend.engine ?? new Engine(serverSource(ASSETS));
