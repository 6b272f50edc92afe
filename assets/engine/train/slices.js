/**
 * How a training is cut, whatever the number of its workers: a batch into eight slices of pictures and eight of
 * captions, whose gradients are added in one binary tree; and which worker computes which slices.
 *
 *     slicesOfPictures(256)                // [[0, 32], [32, 64], ...]
 *     slicesOfCaptions(keys)               // the indices of captions by slice
 *     assignSlices(2)                       // [{image: [0, 1, 2, 3], text: [0, 1, 2, 3]}, {image: [4, ...], ...}]
 *     stackOf([0, 1, 2])                   // {sums: [0, 1, 1], adds: [0, 1, 0], nodes: [[0, 2], [2, 3]]}
 *
 * The bits of a training depend on the number of slices, on their edges and on the tree. Who computes a slice, and
 * when, changes nothing.
 */

/**
 * @typedef {{image: number[], text: number[]}} Own the slices of one worker, neighbors in order
 * @typedef {{sums: number[], adds: number[], nodes: [number, number][]}} Stack
 */

export const SLICES = 8;
/** The work of a slice of captions where that of one of pictures is 1. */
const TEXT_SHARE = 0.4;
/** The work of a distinct beginning of captions, and of the end of a distinct caption. */
const BEGINNING = 14,
  END = 11;

/**
 * @param {number} count of pictures @returns {[number, number][]} the first of each slice and the one behind its last
 */
export function slicesOfPictures(count) {
  const edge = (/** @type {number} */ slice) => Math.round((slice * count) / SLICES);
  return Array.from({ length: SLICES }, (_, slice) => [edge(slice), edge(slice + 1)]);
}

/**
 * Captions in the order of their tokens, so that those of a slice share their beginnings, cut into slices of about
 * equal work. Equal captions are in one slice.
 * @param {string[]} keys of captions: token ids as characters @param {number} [count] how many slices
 * @returns {number[][]} the indices of the captions of each slice
 */
export function slicesOfCaptions(keys, count = SLICES) {
  const order = keys.map((_, index) => index).sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b));
  const costs = order.map((index, at) => {
    const key = keys[index],
      before = at ? keys[order[at - 1]] : "";
    let shared = 0;
    while (shared < key.length && key.charCodeAt(shared) === before.charCodeAt(shared)) shared++;
    return key === before ? 0 : BEGINNING * (key.length - shared) + END;
  });
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  /** @type {number[][]} */ const slices = Array.from({ length: count }, () => []);
  let sum = 0,
    slice = 0;
  order.forEach((index, at) => {
    // A caption goes where the middle of its work lies; one that equals the caption before it stays with that.
    const middle = sum + costs[at] / 2;
    while (costs[at] && slice + 1 < count && middle * count >= total * (slice + 1)) slice++;
    slices[slice].push(index);
    sum += costs[at];
  });
  return slices;
}

/**
 * Who computes which slices: runs of neighbors, in the order of workers, of about equal work.
 * @param {number} workers from 1 to SLICES @returns {Own[]}
 */
export function assignSlices(workers) {
  const images = Array.from({ length: workers }, (_, index) => Math.floor((SLICES + workers - 1 - index) / workers)),
    texts = images.map(() => 0);
  for (let slice = 0; slice < SLICES; slice++) {
    const loads = images.map((count, index) => count + TEXT_SHARE * texts[index]);
    texts[loads.indexOf(Math.min(...loads))]++;
  }
  const [image, text] = [images, texts].map((counts) => {
    let next = 0;
    return counts.map((count) => Array.from({ length: count }, () => next++));
  });
  return images.map((_, index) => ({ image: image[index], text: text[index] }));
}

/**
 * How the gradients of some slices are added as soon as they are there: those of the n-th slice go to sums[n]; then
 * adds[n] times the two highest sums become one. Behind the last slice sum r is that of nodes[r].
 * @param {number[]} slices neighbors in order @returns {Stack} nodes: first slice, and the one behind the last
 */
export function stackOf(slices) {
  /** @type {[number, number][]} */ const nodes = [];
  const sums = [],
    adds = [];
  for (const slice of slices) {
    sums.push(nodes.length);
    nodes.push([slice, slice + 1]);
    let count = 0;
    while (nodes.length > 1 && areSiblings(nodes[nodes.length - 2], nodes[nodes.length - 1])) {
      const [[first], [, end]] = nodes.splice(-2, 2);
      nodes.push([first, end]);
      count++;
    }
    adds.push(count);
  }
  return { sums, adds, nodes };
}

/**
 * Whether two nodes are the children of one.
 * @param {[number, number]} left @param {[number, number]} right
 */
function areSiblings([first, middle], [start, end]) {
  const size = middle - first;
  return middle === start && size === end - start && first % (2 * size) === 0;
}
