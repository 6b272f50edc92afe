/**
 * The arithmetic of a transformer on typed arrays: linear maps, layer norm, activations, attention.
 *
 * Sums are taken in double precision; two rows and four outputs a pass keep the processor's units busy.
 */

/**
 * @typedef {{packed: Float32Array, bias: Float32Array | null, inputs: number, outputs: number}} Linear
 * @typedef {{weight: Float32Array, bias: Float32Array}} Norm
 */

const BLOCK = 4;
const EPSILON = 1e-5;

/**
 * A linear map whose weights lie in blocks of four outputs, input by input.
 * @param {Float32Array} weight outputs x inputs, as torch keeps it @param {Float32Array | null} bias
 * @param {number} outputs a multiple of four
 * @returns {Linear}
 */
export function packLinear(weight, bias, outputs) {
  const inputs = weight.length / outputs,
    packed = new Float32Array(weight.length);
  for (let j = 0; j < outputs; j++) {
    const block = (j - (j % BLOCK)) * inputs + (j % BLOCK);
    for (let i = 0; i < inputs; i++) packed[block + i * BLOCK] = weight[j * inputs + i];
  }
  return { packed, bias, inputs, outputs };
}

/**
 * The same from a matrix of inputs x outputs, which multiplies from the right.
 * @param {Float32Array} matrix @param {number} outputs
 * @returns {Linear}
 */
export function packProjection(matrix, outputs) {
  const inputs = matrix.length / outputs,
    transposed = new Float32Array(matrix.length);
  for (let i = 0; i < inputs; i++)
    for (let j = 0; j < outputs; j++) transposed[j * inputs + i] = matrix[i * outputs + j];
  return packLinear(transposed, null, outputs);
}

/**
 * Y = X W' + b, or Y += where `adds`.
 * @param {Float32Array} x rows x inputs @param {number} rows @param {Linear} linear @param {Float32Array} y rows x
 *   outputs
 * @param {boolean} [adds]
 */
export function applyLinear(x, rows, linear, y, adds = false) {
  const { packed, bias, inputs, outputs } = linear;
  for (let j = 0; j < outputs; j += BLOCK) {
    const b0 = bias ? bias[j] : 0,
      b1 = bias ? bias[j + 1] : 0,
      b2 = bias ? bias[j + 2] : 0,
      b3 = bias ? bias[j + 3] : 0;
    let row = 0;
    for (; row + 1 < rows; row += 2) {
      const first = row * inputs,
        second = first + inputs;
      let s0 = b0,
        s1 = b1,
        s2 = b2,
        s3 = b3,
        t0 = b0,
        t1 = b1,
        t2 = b2,
        t3 = b3,
        w = j * inputs;
      for (let i = 0; i < inputs; i++, w += BLOCK) {
        const u = x[first + i],
          v = x[second + i],
          p = packed[w],
          q = packed[w + 1],
          r = packed[w + 2],
          s = packed[w + 3];
        s0 += u * p;
        s1 += u * q;
        s2 += u * r;
        s3 += u * s;
        t0 += v * p;
        t1 += v * q;
        t2 += v * r;
        t3 += v * s;
      }
      store(y, row * outputs + j, s0, s1, s2, s3, adds);
      store(y, (row + 1) * outputs + j, t0, t1, t2, t3, adds);
    }
    if (row < rows) {
      const first = row * inputs;
      let s0 = b0,
        s1 = b1,
        s2 = b2,
        s3 = b3,
        w = j * inputs;
      for (let i = 0; i < inputs; i++, w += BLOCK) {
        const u = x[first + i];
        s0 += u * packed[w];
        s1 += u * packed[w + 1];
        s2 += u * packed[w + 2];
        s3 += u * packed[w + 3];
      }
      store(y, row * outputs + j, s0, s1, s2, s3, adds);
    }
  }
}

/**
 * @param {Float32Array} y @param {number} at @param {number} a @param {number} b @param {number} c @param {number} d
 * @param {boolean} adds
 */
function store(y, at, a, b, c, d, adds) {
  if (adds) {
    y[at] += a;
    y[at + 1] += b;
    y[at + 2] += c;
    y[at + 3] += d;
  } else {
    y[at] = a;
    y[at + 1] = b;
    y[at + 2] = c;
    y[at + 3] = d;
  }
}

/**
 * @param {Float32Array} x rows x width @param {number} rows @param {Norm} norm @param {Float32Array} y
 */
export function applyNorm(x, rows, norm, y) {
  const width = norm.weight.length;
  for (let row = 0; row < rows; row++) {
    const start = row * width;
    let sum = 0;
    for (let i = 0; i < width; i++) sum += x[start + i];
    const mean = sum / width;
    let squares = 0;
    for (let i = 0; i < width; i++) squares += (x[start + i] - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / width + EPSILON);
    for (let i = 0; i < width; i++) y[start + i] = (x[start + i] - mean) * factor * norm.weight[i] + norm.bias[i];
  }
}

/** @param {Float32Array} x @param {number} count how many numbers, changed in place */
export function applyGelu(x, count) {
  for (let i = 0; i < count; i++) x[i] *= 0.5 * (1 + errorFunction(x[i] * Math.SQRT1_2));
}

/** @param {Float32Array} x @param {number} count how many numbers, changed in place; OpenAI's approximation of GELU */
export function applyQuickGelu(x, count) {
  for (let i = 0; i < count; i++) x[i] /= 1 + Math.exp(-1.702 * x[i]);
}

/**
 * The error function to 1.2e-7: the Chebyshev fit of Press et al., Numerical Recipes, section 6.2.
 * @param {number} x @returns {number}
 */
function errorFunction(x) {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const fit =
    -1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const rest = t * Math.exp(fit - x * x);
  return x >= 0 ? 1 - rest : rest - 1;
}

/**
 * Multi-head attention of `asking` rows over all keys, or over the keys up to the asking position.
 * @param {Float32Array} queries asking x width @param {Float32Array} keysValues rows x 2 width: keys, then values
 * @param {Float32Array} out asking x width @param {{asking: number, rows: number, width: number, heads: number,
 *   isCausal: boolean}} shape a causal tower asks from every row, or from the last one alone
 */
export function applyAttention(queries, keysValues, out, { asking, rows, width, heads, isCausal }) {
  const depth = width / heads,
    scale = 1 / Math.sqrt(depth),
    weights = new Float64Array(rows);
  out.fill(0, 0, asking * width);
  for (let head = 0; head < heads; head++) {
    for (let position = 0; position < asking; position++) {
      const seen = isCausal ? rows - asking + position + 1 : rows,
        query = position * width + head * depth;
      let most = -Infinity;
      for (let row = 0; row < seen; row++) {
        const key = row * 2 * width + head * depth;
        let sum = 0;
        for (let i = 0; i < depth; i++) sum += queries[query + i] * keysValues[key + i];
        weights[row] = sum * scale;
        if (weights[row] > most) most = weights[row];
      }
      let total = 0;
      for (let row = 0; row < seen; row++) total += weights[row] = Math.exp(weights[row] - most);
      for (let row = 0; row < seen; row++) {
        const value = row * 2 * width + width + head * depth,
          share = weights[row] / total;
        for (let i = 0; i < depth; i++) out[query + i] += share * keysValues[value + i];
      }
    }
  }
}

/** @param {Float32Array} features @returns {Float32Array} of length 1 */
export function normalize(features) {
  let squares = 0;
  for (const number of features) squares += number * number;
  const factor = 1 / Math.max(Math.sqrt(squares), 1e-12);
  return features.map((number) => number * factor);
}
