// Which runs of the sheet are compared: the open one and those that were picked.

/** Runs that are compared at most. */
export const MOST = 6;

/** The open run and those that are laid over it, in that order. */
export const namesOf = ({ open, picked, rows }) => [...new Set([open, ...picked])].filter((name) => rows?.some((each) => each.run === name)).slice(0, MOST);
