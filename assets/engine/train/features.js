/**
 * The features of an evaluation, of which each worker encodes a part. Rows do not depend on one another, so any cut
 * gives the same bits.
 *
 *     const features = new Features(evaluation, { embed, rank: 1, workers: 4 });
 *     const own = features.encode(kernels, towers);            // {image, text}
 *     const { image, text } = features.join([part, own, ...]); // for `evaluation.score`
 */

import { captionKey } from "./batches.js";
import { slicesOfCaptions } from "./slices.js";

/** Pictures that are encoded at once: what they need stays in the cache. */
const AT_ONCE = 32;

/** @typedef {{image: Float32Array, text: Float32Array}} Part rows of features */

export class Features {
  /**
   * @param {import("./evaluation.js").Evaluation} evaluation
   * @param {{embed: number, rank: number, workers: number}} options rank: of this worker
   */
  constructor(evaluation, { embed, rank, workers }) {
    const { length: count } = evaluation.scenes,
      edge = (/** @type {number} */ worker) => Math.round((worker * count) / workers);
    this.embed = embed;
    this.edges = Array.from({ length: workers + 1 }, (_, worker) => edge(worker));
    /** Indices of captions, by worker. */
    this.captions = slicesOfCaptions(evaluation.captions.map(captionKey), workers);
    /** Own ones. */
    this.count = edge(rank + 1) - edge(rank);
    this.pixels = evaluation.pixels(edge(rank), edge(rank + 1));
    this.ownCaptions = this.captions[rank].map((at) => evaluation.captions[at]);
  }

  /**
   * @param {import("./kernels.js").Kernels} k
   * @param {{image: import("./towers.js").ImageTower, text: import("./towers.js").TextTower}} towers
   * @returns {Part} own rows
   */
  encode(k, towers) {
    const { pixels, count, embed, ownCaptions } = this,
      bytes = pixels.length / count,
      mark = k.top,
      image = new Float32Array(count * embed);
    for (let first = 0; first < count; first += AT_ONCE) {
      const size = Math.min(AT_ONCE, count - first),
        rows = towers.image.forward(pixels.subarray(first * bytes, (first + size) * bytes), size);
      image.set(k.floats(rows, size * embed), first * embed);
      k.release(mark);
    }
    const text = ownCaptions.length ? towers.text.forward(ownCaptions, false) : 0;
    k.release(mark);
    return { image, text: k.floats(text, ownCaptions.length * embed).slice() };
  }

  /** @param {Part[]} parts by worker @returns {Part} all rows */
  join(parts) {
    const { embed, edges, captions } = this,
      image = new Float32Array(edges[edges.length - 1] * embed),
      text = new Float32Array(captions.reduce((sum, { length }) => sum + length, 0) * embed);
    parts.forEach((part, worker) => {
      image.set(part.image, edges[worker] * embed);
      captions[worker].forEach((at, n) => {
        text.set(part.text.subarray(n * embed, (n + 1) * embed), at * embed);
      });
    });
    return { image, text };
  }
}
