/**
 * The losses on features of length 1, as `explorer.training.losses`, with the gradients of features, scale and bias.
 *
 *     const loss = new Loss(kernels, parameters, { kind: "clip", embed: 128 });
 *     const { value, dimage, dtext } = loss.take(image, 256, text, ignore);       // dimage is an address
 */

export class Loss {
  /**
   * @param {import("./kernels.js").Kernels} kernels @param {import("./parameters.js").Parameters} parameters
   * @param {{kind: string, embed: number}} options kind: clip or siglip
   */
  constructor(kernels, parameters, { kind, embed }) {
    this.kernels = kernels;
    this.parameters = parameters;
    this.kind = kind;
    this.embed = embed;
  }

  /** @returns {number} */
  get scale() {
    return this.kernels.run.exponential(this.number("logit_scale"));
  }

  /** @param {string} name @returns {number} */
  number(name) {
    return this.kernels.floats(this.parameters.weight(name), 1)[0];
  }

  /**
   * @param {number} image size x embed @param {number} size @param {Float32Array} text captions x embed, hard negatives
   *   last
   * @param {Uint8Array | null} ignore size x captions: 1 where a caption is no negative of a picture
   * @returns {{value: number, dimage: number, dtext: Float32Array}}
   */
  take(image, size, text, ignore) {
    const { kernels: k, parameters, embed, scale: alpha } = this;
    const captions = text.length / embed,
      ld = 8 * Math.ceil(captions / 8),
      texts = k.matrix(text, embed);
    const mask = ignore ? k.bytes(ignore) : 0,
      parts = k.room(24),
      columns = k.rows(2, ld);
    const logits = k.product(k.rows(size, ld), image, texts, [size, ld, embed], { isTransposed: true, alpha });
    if (this.kind === "clip") k.run.clip_loss(logits, ld, size, captions, mask, columns, parts);
    else k.run.siglip_loss(logits, ld, size, captions, mask, this.number("logit_bias"), parts);
    const [value, dscale, dbias] = new Float64Array(k.memory.buffer, parts, 3);
    k.floats(parameters.gradient("logit_scale"), 1)[0] = dscale;
    if (this.kind === "siglip") k.floats(parameters.gradient("logit_bias"), 1)[0] = dbias;
    const dimage = k.product(k.rows(size, embed), logits, texts, [size, embed, ld], { alpha });
    const dtexts = k.productOfTransposed(k.rows(ld, embed), logits, image, [ld, embed, size], { alpha });
    return { value, dimage, dtext: k.floats(dtexts, text.length).slice() };
  }
}

/**
 * The loss of a model that scores every pair alike, as `chance_loss` and `siglip_chance_loss` of the server.
 * @param {string} kind @param {number} size @param {number} captions @param {Uint8Array | null} ignore
 * @returns {number}
 */
export function chanceLoss(kind, size, captions, ignore) {
  const rows = new Array(size).fill(captions),
    columns = new Array(size).fill(size);
  ignore?.forEach((isIgnored, at) => {
    if (!isIgnored) return;
    rows[Math.floor(at / captions)]--;
    if (at % captions < size) columns[at % captions]--;
  });
  const sum = (/** @type {number[]} */ numbers) => numbers.reduce((total, each) => total + each, 0);
  if (kind === "clip") return (sum(rows.map(Math.log)) + sum(columns.map(Math.log))) / (2 * size);
  const pairs = sum(rows),
    negatives = pairs - size;
  return negatives ? -Math.log(size / pairs) - (negatives / size) * Math.log(negatives / pairs) : 0;
}
