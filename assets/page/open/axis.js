// The axis that all open questions share: pairs on a logarithmic scale, and a place at its right for what did not bind.
//
//   const axis = axisOf(list);              // {least, most}: pairs at its ends
//   axis.at(20_000)                         // percent of the width
//   ticksOf(axis)                           // round numbers on it

import { logAxis } from "../log-axis.js";

/** Percent of the width that lie behind the longest training. */
const BEHIND = 15,
  MARGIN = 1.12,
  ROUND = [1, 2, 5];

/** @param {{questions: any[], entries: any[]}} list */
export function axisOf({ questions, entries }) {
  const bands = questions.flatMap(({ rivals }) => rivals.flatMap(({ predictions }) => predictions)),
    most = Math.max(...entries.map(({ pairs }) => pairs)),
    ends = [...bands.map(({ low }) => low), ...entries.map(({ bound_at: pairs }) => pairs), most / 4],
    least = Math.min(...ends.filter((pairs) => pairs > 0)) / MARGIN,
    across = logAxis({ low: least, high: most, from: 0, to: 100 - BEHIND });
  return {
    least,
    most,
    at: (pairs) => Math.max(0, across(pairs)),
  };
}

/** Round numbers between its ends. */
export function ticksOf({ least, most }) {
  const ticks = [];
  for (let power = 10 ** Math.floor(Math.log10(least)); power <= most; power *= 10)
    ticks.push(...ROUND.map((digit) => digit * power).filter((pairs) => pairs >= least && pairs <= most));
  return ticks;
}
