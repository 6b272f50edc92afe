/**
 * The parameters of one tower side by side in the memory of its kernels, with gradients and the optimizers' state.
 *
 *     const parameters = new Parameters(kernels, [["visual.proj", [128, 128]], ...]);
 *     parameters.weight("visual.proj")        // an address; parameters.gradient(name) likewise
 *
 * The matrices of the blocks come first, which Muon takes, then what decays under AdamW, then what does not.
 */

/** @typedef {[string, number[]]} Tensor a name and a shape */

/** @param {number[]} shape @returns {number} */
export const sizeOf = (shape) => shape.reduce((total, side) => total * side, 1);

/** @param {Tensor} tensor */
const groupOf = ([name, shape]) => (shape.length === 2 && name.includes("resblocks.") ? 0 : shape.length >= 2 ? 1 : 2);

export class Parameters {
  /** @param {import("./kernels.js").Kernels} kernels @param {Tensor[]} tensors */
  constructor(kernels, tensors) {
    this.kernels = kernels;
    this.tensors = tensors;
    this.matrices = tensors.filter((each) => groupOf(each) === 0);
    /** @type {Map<string, number>} bytes from the first parameter */ this.places = new Map();
    let bytes = 0;
    const [matricesEnd, decayEnd] = [0, 1, 2].map((group) => {
      for (const [name, shape] of tensors.filter((each) => groupOf(each) === group)) {
        this.places.set(name, bytes);
        bytes += 16 * Math.ceil(sizeOf(shape) / 4);
      }
      return bytes;
    });
    this.matricesEnd = matricesEnd;
    this.decayEnd = decayEnd;
    this.bytes = bytes;
    const room = () => kernels.zeros(bytes / 4, 1);
    this.weights = room();
    this.gradients = room();
    /** The running means of gradients and, for AdamW, of their squares. */
    this.means = room();
    this.squares = room();
  }

  /** @param {string} name @returns {number} bytes from the first parameter */
  placeOf(name) {
    return /** @type {number} */ (this.places.get(name));
  }

  /** @param {string} name @returns {number} */
  weight(name) {
    return this.weights + this.placeOf(name);
  }

  /** @param {string} name @returns {number} */
  gradient(name) {
    return this.gradients + this.placeOf(name);
  }

  /** @param {number} start `weights` or `gradients` @returns {Record<string, Float32Array>} copies by name */
  copies(start) {
    return Object.fromEntries(
      this.tensors.map(([name, shape]) => [
        name,
        this.kernels.floats(start + this.placeOf(name), sizeOf(shape)).slice(),
      ]),
    );
  }

  /** @param {Record<string, Float32Array>} weights of this tower, and maybe others */
  set(weights) {
    for (const [name, shape] of this.tensors) this.kernels.floats(this.weight(name), sizeOf(shape)).set(weights[name]);
  }
}
