// Facts that the page shares with the server. They stand in `explorer/contract.toml`; the catalog brings them before any
// view is drawn, and a page in one file carries the catalog.
//
//   contract.binding.level, contract.z       // 0.75, 1.96: read them where they are used, never while a module loads
//   hasBound(run); hasBegunBound(run); isRunBoundAtEnd(run)

/**
 * All of the file but the time of a training on a server; `z`: of `confidence`.
 * @typedef {{by: "factor" | "difference", most: number, alike: any}} NearRule
 * @typedef {{dial: string, test: any, value: any}} RestRule
 * @typedef {{title: string, header: "bar" | "menu" | "", label: string, part_of: string, has_address: boolean,
 *   old_names: string[], with_tab: boolean, is_of_run: boolean}} PageView
 * @type {{engine_version: number, confidence: number, num_pairs: number, num_inspected: number,
 *   class_hours: number, compared_devices: number, compared_runs: number,
 *   file_bytes: {run_zip: number, captions: number},
 *   question: {captions: number, caption_length: number, pictures: number, picture_bytes: number,
 *     picture_pixels: number, upload_bytes: number},
 *   own_world: {min_nouns: number, max_nouns: number, noun_parts: number, points: number, bytes: number,
 *     file_bytes: number, word_signs: number, body_area: number},
 *   own_scene: {min_objects: number, max_objects: number, side: number, text: number},
 *   binding: {level: number, in_a_row: number},
 *   sureness: {leans: number, fairly_sure: number, sure: number},
 *   score: {in_part: number, knows_words: number, not_in_part: number, reliable: number},
 *   percent: Record<string, {near: number, digits: number}>,
 *   cells: {no_coordinate: string[], near: Record<string, NearRule>, rest: RestRule[]},
 *   views: Record<string, PageView>,
 *   z: number}}
 */
export const contract = /** @type {any} */ ({});

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
