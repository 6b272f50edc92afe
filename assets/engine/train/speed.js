/**
 * How long a training will take here, before it begins: one matrix product is timed, the rest is counted.
 *
 *     const rate = multiplyAdds(new WebAssembly.Module(kernels));              // a second; takes 20 ms
 *     estimatedSeconds({ data, train }, readConfig(config), { rate, workers: 4 })
 *
 * It is an estimate. The first steps of a training tell better: see `assets/page/tab/live.js`.
 */

import { Kernels } from "./kernels.js";

/** Rows, outputs and inputs of the product that most of a step of the small model consists of. */
const ROWS = 640,
  OUTPUTS = 512,
  INPUTS = 128,
  TRIES = 5,
  MIN_MS = 4;
/**
 * Seconds of a step of one worker over those of its products alone; what a step by one worker, two ... eight takes, as
 * a share of it, where each has a core of its own; and the evaluations, as a share of all steps. From processor times
 * of one computer with the recipe `binding-friendly`.
 */
const OVER_PRODUCTS = 1.3,
  SHARES = [1, 0.52, 0.37, 0.28, 0.25, 0.21, 0.21, 0.16],
  EVALUATING = 1.1;
/**
 * Of the tokens of the captions of a batch, those that no other caption begins with: with one kind of values, with
 * more.
 */
const DISTINCT = [0.45, 0.8];
/** Multiply-adds of Muon for each weight of a matrix and each unit of its smaller side, counted for the small model. */
const MUON = 5.6;

/** @param {WebAssembly.Module} module @returns {number} multiply-adds a second of one thread */
export function multiplyAdds(module) {
  const kernels = new Kernels(module),
    x = kernels.zeros(ROWS, INPUTS),
    w = kernels.zeros(OUTPUTS, INPUTS),
    y = kernels.rows(ROWS, OUTPUTS);
  const multiply = () => kernels.product(y, x, w, [ROWS, OUTPUTS, INPUTS], { isTransposed: true });
  multiply(); // the first call compiles
  // Other work only makes it slower, so the best of a few counts.
  return Math.max(
    ...Array.from({ length: TRIES }, () => {
      const start = performance.now();
      let times = 0;
      do {
        multiply();
        times++;
      } while (performance.now() - start < MIN_MS);
      return (times * ROWS * OUTPUTS * INPUTS * 1000) / (performance.now() - start);
    }),
  );
}

/**
 * @param {{data: any, train: any}} spec @param {import("../architecture.js").ClipShape} shape
 * @param {{rate: number, workers: number}} here @returns {number} of the whole training with its evaluations
 */
export function estimatedSeconds({ data, train }, shape, { rate, workers }) {
  const step = stepWork(data, train, shape) / rate;
  return train.steps * step * OVER_PRODUCTS * SHARES[Math.min(workers, SHARES.length) - 1] * EVALUATING;
}

/**
 * @param {any} data
 * @param {any} train
 * @param {import("../architecture.js").ClipShape} shape
 * @returns {number} multiply-adds of a step
 */
function stepWork(data, train, { vision, text }) {
  const { batch_size: batch } = train,
    patches = (vision.imageSize / vision.patch) ** 2;
  const named = Math.max(1, data.objects_in_image * data.caption_completeness),
    captions = batch * (1 + train.hard_negatives);
  // "a red bus and a blue car" between its two signs.
  const tokens = 1 + named * (3 + data.attribute_density);
  const images =
    towerWork(vision, batch * (patches + 1), batch) + batch * patches * 3 * vision.patch ** 2 * vision.width;
  const said = towerWork(text, captions * tokens * DISTINCT[Number(data.attribute_kinds.length > 1)], captions);
  const muon = train.optimizer === "muon" ? muonWork(vision) + muonWork(text) : 0;
  return images + said + muon;
}

/**
 * Forward and twice as much backward; the last block asks from one token of each sample.
 * @param {import("../architecture.js").TowerShape} tower @param {number} rows @param {number} samples
 */
function towerWork({ width, hidden, layers }, rows, samples) {
  const whole = 4 * width ** 2 + 2 * width * hidden,
    keys = 2 * width ** 2;
  return 3 * ((layers - 1) * rows * whole + rows * keys + samples * (whole - keys));
}

/** @param {import("../architecture.js").TowerShape} tower */
const muonWork = ({ width, hidden, layers }) => MUON * layers * width * (4 * width ** 2 + 2 * width * hidden);
