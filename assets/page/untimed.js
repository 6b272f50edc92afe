// What is known of the two places of a training before this tab was timed, and where it cannot be.

export const NO_WEBASSEMBLY =
  "This browser cannot train here. It refuses WebAssembly, the fast arithmetic that training needs; train this on the server.";

/** The places before this tab was timed; `server` is null where there is none. */
export const untimedPlaces = (server) => ({
  chosen: "server",
  sooner: "",
  canTrain: null,
  tab: { seconds: null, why: "", short: "", cores: null },
  server,
});

/** What is said of this tab where a file that it trains with did not come. */
export const LOST = {
  seconds: null,
  why: "The files that this tab needs for training could not be loaded. The page tries again by itself.",
  short: "not loaded yet",
  cores: null,
};
