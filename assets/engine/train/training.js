/**
 * The two sides of a training: a tower with its parameters and optimizer each, the loss on the side of the image.
 *
 *     const image = new ImageSide(kernels, shape, train, background), text = new TextSide(otherKernels, shape, train);
 *     image.forward(batch.pixels);
 *     const { value, dtext } = image.takeLoss(text.forward(batch.captions), batch.ignore);
 *     image.backward();
 *     text.backward(dtext);
 *     const squares = image.squares() + text.squares();
 *     image.descend(step, squares);
 *     text.descend(step, squares);
 *
 * Sides exchange features and one number a step, so that each may live in a worker of its own, with the same results.
 */

import { expectedTensors } from "../architecture.js";
import { Loss } from "./loss.js";
import { Optimizer } from "./optimizer.js";
import { Parameters } from "./parameters.js";
import { ImageTower, TextTower } from "./towers.js";

/**
 * @typedef {import("./kernels.js").Kernels} Kernels
 * @typedef {import("../architecture.js").ClipShape} ClipShape
 * @typedef {import("./parameters.js").Tensor} Tensor
 */

const MAX_LOG_SCALE = Math.fround(4.605170185988092),
  MAX_GRADIENT_NORM = 1;

/** @param {Tensor} tensor */
const isOfImages = ([name]) => name.startsWith("visual.") || name.startsWith("logit_");

/** @param {ClipShape} shape @param {any} train @returns {Tensor[]} */
export function tensorsOf(shape, train) {
  return [...expectedTensors(shape), ...(train.loss === "siglip" ? [/** @type {Tensor} */ (["logit_bias", []])] : [])];
}

class Side {
  /** @param {Kernels} kernels @param {Tensor[]} tensors @param {any} train */
  constructor(kernels, tensors, train) {
    this.kernels = kernels;
    this.parameters = new Parameters(kernels, tensors);
    this.optimizer = new Optimizer(this.parameters, train);
    /** Room behind it is that of one step. */ this.mark = kernels.top;
  }

  /** @returns {number} the sum of the squares of all gradients */
  squares() {
    return this.kernels.run.squares(this.parameters.gradients, this.parameters.bytes / 4);
  }

  /** @param {number} step from 0 @param {number} squares of the gradients of both sides */
  descend(step, squares) {
    this.kernels.release(this.mark);
    const norm = this.kernels.run.root(squares);
    this.optimizer.descend(this.optimizer.rateAt(step), Math.min(1, MAX_GRADIENT_NORM / (norm + 1e-6)));
  }
}

export class ImageSide extends Side {
  /** @param {Kernels} kernels @param {ClipShape} shape @param {any} train @param {number} background */
  constructor(kernels, shape, train, background) {
    super(kernels, tensorsOf(shape, train).filter(isOfImages), train);
    this.embed = shape.embed;
    this.bytes = 3 * shape.vision.imageSize ** 2;
    this.tower = new ImageTower(kernels, shape, this.parameters, background);
    this.loss = new Loss(kernels, this.parameters, { kind: train.loss, embed: shape.embed });
    /** Of the current step: how many pictures, and the addresses of their features and the gradients of these. */
    this.size = this.features = this.dfeatures = 0;
  }

  /** @param {Uint8Array} pixels */
  forward(pixels) {
    this.size = pixels.length / this.bytes;
    this.features = this.tower.forward(pixels, this.size);
  }

  /**
   * @param {Float32Array} text features of the captions @param {Uint8Array | null} ignore
   * @returns {{value: number, dtext: Float32Array}}
   */
  takeLoss(text, ignore) {
    const { value, dimage, dtext } = this.loss.take(this.features, this.size, text, ignore);
    this.dfeatures = dimage;
    return { value, dtext };
  }

  backward() {
    this.tower.backward(this.dfeatures);
  }

  /** @param {number} step @param {number} squares */
  descend(step, squares) {
    super.descend(step, squares);
    const scale = this.kernels.floats(this.parameters.weight("logit_scale"), 1);
    scale[0] = Math.max(0, Math.min(MAX_LOG_SCALE, scale[0]));
  }

  /** @param {Uint8Array} pixels @param {number} atOnce pictures @returns {Float32Array} features, outside of a step */
  encode(pixels, atOnce) {
    const { bytes, embed } = this,
      features = new Float32Array((pixels.length / bytes) * embed);
    for (let first = 0; first * bytes < pixels.length; first += atOnce) {
      this.forward(pixels.subarray(first * bytes, (first + atOnce) * bytes));
      features.set(this.kernels.floats(this.features, this.size * embed), first * embed);
      this.kernels.release(this.mark);
    }
    return features;
  }
}

export class TextSide extends Side {
  /** @param {Kernels} kernels @param {ClipShape} shape @param {any} train */
  constructor(kernels, shape, train) {
    super(
      kernels,
      tensorsOf(shape, train).filter((tensor) => !isOfImages(tensor)),
      train,
    );
    this.embed = shape.embed;
    this.tower = new TextTower(kernels, shape, this.parameters);
  }

  /** @param {number[][]} captions @param {boolean} [isStep] whether `backward` follows @returns {Float32Array} */
  forward(captions, isStep) {
    return this.kernels.floats(this.tower.forward(captions, isStep), captions.length * this.embed).slice();
  }

  /** @param {Float32Array} dtext */
  backward(dtext) {
    this.tower.backward(this.kernels.matrix(dtext, this.embed));
  }

  /** @param {number[][]} captions @returns {Float32Array} features, outside of a step */
  encode(captions) {
    const features = this.forward(captions, false);
    this.kernels.release(this.mark);
    return features;
  }
}
