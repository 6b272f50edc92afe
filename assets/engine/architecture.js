/**
 * A model's config read and checked against the header of its weights, before anything of it is allocated.
 *
 *     const shape = readConfig(config);           // throws WeightsError: one sentence on what the browser cannot run
 *     checkTensors(shape, header.tensors);
 *
 * The engine runs open_clip's plain CLIP: two transformers, an image pooled at its class token, a causal text tower.
 */

import { WeightsError } from "./safetensors.js";

/**
 * @typedef {{width: number, layers: number, heads: number, hidden: number}} TowerShape
 * @typedef {TowerShape & {patch: number, imageSize: number, mean: number[], std: number[]}} VisionShape
 * @typedef {TowerShape & {contextLength: number, vocabulary: number, pool: string, eosId: number}} TextShape
 * @typedef {{embed: number, vision: VisionShape, text: TextShape, isQuickGelu: boolean}} ClipShape
 */

/** Fields that the engine honors; any other field that is set asks for something that it does not compute. */
const FIELDS = {
  model: "embed_dim vision_cfg text_cfg quick_gelu init_logit_scale init_logit_bias".split(" "),
  vision: "image_size patch_size width layers head_width mlp_ratio pool_type patch_dropout".split(" "),
  text: (
    "context_length vocab_size width heads layers mlp_ratio pool_type eos_id pad_id hf_tokenizer_name " +
    "tokenizer_kwargs"
  ).split(" "),
};
const MAX = { layers: 64, width: 4096, imageSize: 512, contextLength: 1024, vocabulary: 200_000, embed: 4096 };
const BLOCK = 4;

/**
 * @param {any} config the content of open_clip_config.json
 * @returns {ClipShape}
 */
export function readConfig(config) {
  const model = config?.model_cfg ?? {},
    vision = model.vision_cfg ?? {},
    text = model.text_cfg ?? {};
  if (vision.timm_model_name || Array.isArray(vision.layers)) {
    throw new WeightsError(
      "its image tower is no plain transformer; the browser runs open_clip's vision transformer only",
    );
  }
  if (text.hf_model_name) {
    throw new WeightsError("its text tower is one of transformers; the browser runs open_clip's own text tower only");
  }
  for (const [part, fields] of /** @type {[any, string[]][]} */ ([
    [model, FIELDS.model],
    [vision, FIELDS.vision],
    [text, FIELDS.text],
  ])) {
    const other = Object.keys(part).find((key) => !fields.includes(key) && part[key]);
    if (other) throw new WeightsError(`its config sets ${other.slice(0, 40)}, which the browser does not compute`);
  }
  if (!["tok", undefined].includes(vision.pool_type) || !["eos", "argmax", undefined].includes(text.pool_type)) {
    throw new WeightsError(
      `its towers pool at ${vision.pool_type ?? "tok"} and ${text.pool_type ?? "argmax"}, which the browser does not`,
    );
  }
  return {
    embed: checkCount("embed_dim", model.embed_dim, MAX.embed),
    vision: visionShape(vision, config.preprocess_cfg ?? {}),
    text: textShape(text),
    isQuickGelu: Boolean(model.quick_gelu),
  };
}

/** @param {any} vision @param {any} preprocess @returns {VisionShape} */
function visionShape(vision, preprocess) {
  const width = checkCount("width", vision.width ?? 768, MAX.width),
    depth = vision.head_width ?? 64;
  const imageSize = squareSide(vision.image_size ?? 224),
    patch = squareSide(vision.patch_size ?? 16);
  if (squareSide(preprocess.size ?? imageSize) !== imageSize || imageSize % patch) {
    throw new WeightsError(
      `its pictures of ${preprocess.size} pixels do not fit an image_size of ${imageSize} in patches of ${patch}`,
    );
  }
  const [mean, std] = [preprocess.mean, preprocess.std];
  const isTriple = (/** @type {any} */ list) => Array.isArray(list) && list.length === 3 && list.every(Number.isFinite);
  if (!isTriple(mean) || !isTriple(std) || std.includes(0))
    throw new WeightsError("its config has no mean and std of pixels");
  return {
    ...towerShape(width, vision, width / depth),
    patch,
    imageSize,
    mean,
    std,
  };
}

/** @param {any} text @returns {TextShape} */
function textShape(text) {
  const width = checkCount("width", text.width ?? 512, MAX.width);
  return {
    ...towerShape(width, text, text.heads ?? 8),
    contextLength: checkCount("context_length", text.context_length ?? 77, MAX.contextLength),
    vocabulary: checkCount("vocab_size", text.vocab_size ?? 49408, MAX.vocabulary),
    pool: text.pool_type ?? "argmax",
    eosId: text.eos_id ?? 2,
  };
}

/** @param {number} width @param {any} tower @param {number} heads @returns {TowerShape} */
function towerShape(width, tower, heads) {
  const hidden = Math.floor(width * (tower.mlp_ratio ?? 4));
  if (!Number.isInteger(heads) || heads < 1 || width % heads || width % BLOCK || hidden % BLOCK) {
    throw new WeightsError(`its tower of width ${width} cannot be cut into ${heads} heads and blocks of ${BLOCK}`);
  }
  return { width, layers: checkCount("layers", tower.layers ?? 12, MAX.layers), heads, hidden };
}

/** @param {any} size @returns {number} */
function squareSide(size) {
  const [height, breadth] = Array.isArray(size) ? size : [size, size];
  if (height !== breadth)
    throw new WeightsError(`its pictures are ${height} x ${breadth}, the browser takes squares only`);
  return checkCount("size", height, MAX.imageSize);
}

/** @param {string} name @param {any} value @param {number} most @returns {number} */
function checkCount(name, value, most) {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new WeightsError(
      `its config says ${name}=${String(value).slice(0, 20)}, from 1 to ${most} runs in the browser`,
    );
  }
  return value;
}

/**
 * The shape of every tensor that a model of this shape has.
 * @param {ClipShape} shape @returns {Map<string, number[]>}
 */
export function expectedTensors({ embed, vision, text }) {
  const positions = (vision.imageSize / vision.patch) ** 2 + 1;
  /** @type {Map<string, number[]>} */
  const shapes = new Map([
    ["visual.class_embedding", [vision.width]],
    ["visual.positional_embedding", [positions, vision.width]],
    ["visual.conv1.weight", [vision.width, 3, vision.patch, vision.patch]],
    ["visual.proj", [vision.width, embed]],
    ["positional_embedding", [text.contextLength, text.width]],
    ["token_embedding.weight", [text.vocabulary, text.width]],
    ["text_projection", [text.width, embed]],
    ["logit_scale", []],
  ]);
  const norm = (/** @type {string} */ name, /** @type {number} */ width) =>
    ["weight", "bias"].forEach((part) => shapes.set(`${name}.${part}`, [width]));
  norm("visual.ln_pre", vision.width);
  norm("visual.ln_post", vision.width);
  norm("ln_final", text.width);
  for (const [prefix, tower] of /** @type {[string, TowerShape][]} */ ([
    ["visual.transformer", vision],
    ["transformer", text],
  ])) {
    for (let layer = 0; layer < tower.layers; layer++) {
      const block = `${prefix}.resblocks.${layer}`;
      norm(`${block}.ln_1`, tower.width);
      norm(`${block}.ln_2`, tower.width);
      for (const [name, outputs, inputs] of /** @type {[string, number, number][]} */ ([
        ["attn.in_proj_", 3 * tower.width, tower.width],
        ["attn.out_proj.", tower.width, tower.width],
        ["mlp.c_fc.", tower.hidden, tower.width],
        ["mlp.c_proj.", tower.width, tower.hidden],
      ])) {
        shapes.set(`${block}.${name}weight`, [outputs, inputs]);
        shapes.set(`${block}.${name}bias`, [outputs]);
      }
    }
  }
  return shapes;
}

/**
 * Throw WeightsError unless the file holds exactly the tensors of the model.
 * @param {ClipShape} shape @param {Map<string, {shape: number[]}>} tensors
 */
export function checkTensors(shape, tensors) {
  if (shape.embed % BLOCK) throw new WeightsError(`its embed_dim=${shape.embed} is no multiple of ${BLOCK}`);
  const expected = expectedTensors(shape);
  for (const [name, sides] of expected) {
    const tensor = tensors.get(name);
    if (!tensor) throw new WeightsError(`its weights lack ${name}, which its config asks for`);
    if (tensor.shape.join() !== sides.join()) {
      throw new WeightsError(
        `its weights ${name} are ${tensor.shape.join(" x ")}, its config asks for ${sides.join(" x ")}`,
      );
    }
  }
  const other = [...tensors.keys()].find(
    (name) => !expected.has(name) && name !== "logit_bias" && name !== "attn_mask",
  );
  if (other) throw new WeightsError(`its weights hold ${other.slice(0, 60)}, which the browser does not compute`);
}
