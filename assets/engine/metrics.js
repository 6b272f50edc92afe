/**
 * What comparisons of cosines score, as `explorer.evaluation.metrics` defines it: a tie counts in expectation, that is
 * the share of the random orders of the equal numbers in which the right one would have won.
 *
 *     pairwise(0.4, 0.4)                         // 0.5
 *     winoground([[0.9, 0.1], [0.4, 0.4]])       // {text: 0.5, image: 1, group: 0.5}
 */

/** @param {number} right @param {number} wrong */
export const pairwise = (right, wrong) => (right > wrong ? 1 : right === wrong ? 0.5 : 0);

/** The share of the first of two, by the logarithm of its odds. @param {number} odds */
export const sigmoid = (odds) => 1 / (1 + Math.exp(-odds));

/** Which of the four cosines below has to be above which: each caption above the other one, each picture likewise. */
const TEXT = [
    [0, 1],
    [3, 2],
  ],
  IMAGE = [
    [0, 2],
    [3, 1],
  ];

/** Winoground's three scores of two pictures, each with a caption of its own: [[own, other], [other, own]]. */
export function winoground(/** @type {number[][]} */ cosines) {
  const numbers = cosines.flat();
  return {
    text: shareOfOrders(numbers, TEXT),
    image: shareOfOrders(numbers, IMAGE),
    group: shareOfOrders(numbers, [...TEXT, ...IMAGE]),
  };
}

/**
 * The share of the ways to break ties in which number i is above j for all of `wins`.
 * @param {number[]} numbers @param {number[][]} wins
 */
function shareOfOrders(numbers, wins) {
  const orders = ordersOf(numbers.map((_, place) => place)),
    won = orders.filter((order) =>
      wins.every(([i, j]) => numbers[i] > numbers[j] || (numbers[i] === numbers[j] && order[i] > order[j])),
    );
  return won.length / orders.length;
}

/** @param {number[]} places @returns {number[][]} */
const ordersOf = (places) =>
  places.length
    ? places.flatMap((first) => ordersOf(places.filter((each) => each !== first)).map((rest) => [first, ...rest]))
    : [[]];
