// Dots in rows, so that none lies on another one.
//
//   lanesOf([10, 11, 40], 4)      // [0, 1, 0]

/**
 * The row of each dot: the first one that has room at its position.
 * @param {number[]} positions in the order of the dots @param {number} width of a dot, in the unit of the positions
 * @returns {number[]}
 */
export function lanesOf(positions, width) {
  const ends = [],
    lanes = positions.map(() => 0);
  for (const dot of [...positions.keys()].sort((one, other) => positions[one] - positions[other])) {
    const free = ends.findIndex((end) => end <= positions[dot]),
      lane = free < 0 ? ends.length : free;
    ends[lane] = positions[dot] + width;
    lanes[dot] = lane;
  }
  return lanes;
}
