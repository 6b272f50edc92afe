/**
 * The losses on features of length 1, as `explorer.training.losses`. Every worker computes them alike on the features
 * of the whole batch, and the gradients of those features that are its own.
 *
 *     const loss = new Loss(kernels, { kind: "clip", embed: 128 });
 *     const { value, dscale, dbias, dimage, dtext } = loss.compute(batch, { scale, bias }, own);
 */

/**
 * @typedef {{image: number, size: number, text: number, captions: number, ignore: Uint8Array | null}} Features of a
 *   batch: addresses of size x embed and captions x embed, hard negatives last; ignore: size x captions, 1 where a
 *   caption is no negative of a picture
 * @typedef {{pictures: [number, number][], captions: number[][]}} Slices of one worker: first picture and the one
 *   behind the last; indices of captions
 */

export class Loss {
  /**
   * @param {import("./kernels.js").Kernels} kernels
   * @param {{kind: string, embed: number}} options kind: clip or siglip
   */
  constructor(kernels, { kind, embed }) {
    this.kernels = kernels;
    this.kind = kind;
    this.embed = embed;
  }

  /**
   * @param {Features} batch @param {{scale: number, bias: number}} logits @param {Slices} own
   * @returns {{value: number, dscale: number, dbias: number, dimage: number[], dtext: number[]}} dimage and dtext:
   *   addresses of the gradients of the features of each own slice, 0 where it is empty
   */
  compute({ image, size, text, captions, ignore }, { scale: alpha, bias }, own) {
    const { kernels: k, embed } = this,
      ld = 8 * Math.ceil(captions / 8),
      mask = ignore ? k.bytes(ignore) : 0,
      parts = k.reserve(24),
      columns = k.rows(2, ld);
    const logits = k.product(k.rows(size, ld), image, text, [size, ld, embed], { isTransposed: true, alpha });
    if (this.kind === "clip") k.run.clip_loss(logits, ld, size, captions, mask, columns, parts);
    else k.run.siglip_loss(logits, ld, size, captions, mask, bias, parts);
    const [value, dscale, dbias] = new Float64Array(k.memory.buffer, parts, 3);
    const dimage = own.pictures.map(([first, end]) =>
      first === end
        ? 0
        : k.product(k.rows(end - first, embed), logits + 4 * ld * first, text, [end - first, embed, ld], { alpha }),
    );
    const dtext = own.captions.map((indices) => {
      if (!indices.length) return 0;
      const width = 4 * Math.ceil(indices.length / 4),
        some = this.columns(logits, size, ld, indices, width);
      return k.productOfTransposed(k.rows(width, embed), some, image, [width, embed, size], { alpha });
    });
    return { value, dscale, dbias, dimage, dtext };
  }

  /**
   * Some columns of a matrix side by side, zeros behind them.
   * @param {number} from rows x ld @param {number} rows @param {number} ld @param {number[]} indices of the columns
   * @param {number} width
   * @returns {number} rows x width
   */
  columns(from, rows, ld, indices, width) {
    const { kernels: k } = this,
      address = k.zeros(rows, width),
      some = k.floats(address, rows * width),
      whole = k.floats(from, rows * ld);
    for (let row = 0; row < rows; row++) {
      for (let at = 0; at < indices.length; at++) some[row * width + at] = whole[row * ld + indices[at]];
    }
    return address;
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
