// Dots in rows, so that none lies on another one.
//
//   lanesOf([10, 11, 40], 4)      // [0, 1, 0]

/**
 * The row of each dot: the first one that has room at its place.
 * @param {number[]} places in the order of the dots @param {number} width of a dot, in the unit of the places
 * @returns {number[]}
 */
export function lanesOf(places, width) {
  const ends = [],
    lanes = places.map(() => 0);
  for (const dot of [...places.keys()].sort((one, other) => places[one] - places[other])) {
    const free = ends.findIndex((end) => end <= places[dot]),
      lane = free < 0 ? ends.length : free;
    ends[lane] = places[dot] + width;
    lanes[dot] = lane;
  }
  return lanes;
}
