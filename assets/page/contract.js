// Facts that the page shares with the server. They stand in `explorer/contract.toml`; the catalog brings them before
// any view is drawn, and a page in one file carries the catalog.
//
//   contract.binding.level, contract.z       // 0.75, 1.96: read them where they are used, never while a module loads
//   hasBound(run); hasBegunBound(run); isRunBoundAtEnd(run)

/**
 * The fields of `Contract` of explorer/contract.py, which says what each is, but for the time of a training on a
 * server; and `z`, that of `confidence`.
 * @type {Record<string, any>}
 */
export const contract = {};

export const setContract = (given) => Object.assign(contract, given);

/** The titles of the views that a link for a class can open, by name: those that the header links as a part `tab`. */
export function tabTitles() {
  const tabs = Object.entries(contract.views).filter(([, view]) => view.header && !view.has_address);
  return Object.fromEntries(tabs.map(([name, { title }]) => [name, title]));
}

/** Whether the lower bound of an evaluation, or a score without one, lies above the level; null does not. */
export const isAboveLevel = (share) => share !== null && share > contract.binding.level;

/** Whether a run was bound before its first step, as one is that started from a model that binds. */
export const hasBegunBound = (run) => {
  const [first] = run.curve;
  return run.spec.train.init !== "scratch" && first?.step === 0 && isAboveLevel(first.low);
};

/** Whether a run is bound at the end: the interval of its last evaluation lies above the level. */
export const isRunBoundAtEnd = (run) => isAboveLevel(run.final?.binding.low ?? run.curve.at(-1)?.low ?? null);

/** Whether a training of the fourth edition is bound at its end, asked in a form: canonical, single or its own. */
export const isBoundAtEnd = ({ ends }, form) => isAboveLevel(ends[form]?.[1] ?? null);

/**
 * Whether a run is bound. Of one that began so the end is asked, and of a model that came without its training the one
 * check that is known.
 */
export const hasBound = (run) =>
  run.curve.length > 0 && !hasBegunBound(run) ? run.bound_at !== null : isRunBoundAtEnd(run);

/** What a place that shows the page, or passes on a link to it, adds to an address. */
const ADDED_BY_OTHERS = /^(__|utm_|fbclid$|gclid$)/;

/** Whether views read this part of an address, or somebody else has added it. */
export const isKnownPart = (name, { dials }) =>
  Object.hasOwn(dials, name) || contract.address_parts.includes(name) || ADDED_BY_OTHERS.test(name);
