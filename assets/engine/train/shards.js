/**
 * Which worker moves which parameters: each has a shard of whole tensors, all shards are about equal work.
 *
 *     const shards = shardsOf(tensors, train, 4);
 *     shards[1].tensors                    // [{name: "visual.proj", shape, tower: "image", offset: 5712, ...}, ...]
 *     shards[1].towers.text                // [start, end]: where those of the text tower lie
 *
 * Parameters lie by shard, those of a shard by tower, so that what goes to a worker or comes from it is one piece.
 */

/**
 * @typedef {[string, number[]]} Tensor a name and a shape
 * @typedef {"image" | "text"} TowerName
 * @typedef {{name: string, shape: number[], floats: number, tower: TowerName, isMatrix: boolean, decays: boolean,
 *   offset: number}} Owned a tensor. floats: that it takes, a multiple of 4; isMatrix: Muon moves it; offset: in bytes,
 *   from the first parameter
 * @typedef {{tensors: Owned[], start: number, end: number, towers: Record<TowerName, [number, number]>}} Shard in bytes
 *   from the first parameter
 */

export const TOWERS = /** @type {TowerName[]} */ (["image", "text"]);
/** What a float of a shard costs, in multiply-adds: it is sent, added and sent back. */
const OF_A_FLOAT = 150;

/** @param {number[]} shape @returns {number} */
export const sizeOf = (shape) => shape.reduce((total, side) => total * side, 1);

/** @param {string} name @returns {TowerName} */
const towerOf = (name) => (name.startsWith("visual.") || name.startsWith("logit_") ? "image" : "text");

/** @param {number[]} shape of a matrix @returns {number} about the multiply-adds of `Optimizer.orthogonal` */
function orthogonalWork([rows, columns]) {
  const side = Math.min(rows, columns),
    long = Math.max(rows, columns),
    gram = (side * side * long) / 2,
    apply = side * side * long,
    polynomial = side ** 3 / 2;
  return long >= 2 * side ? 2 * (gram + apply) + 14 * polynomial : 5 * (gram + polynomial + apply);
}

/**
 * The tensors by owner: the dearest first, each to whom has least.
 * @param {Tensor[]} tensors @param {{optimizer: string}} train @param {number} workers @returns {Shard[]}
 */
export function shardsOf(tensors, train, workers) {
  const priced = tensors.map(([name, shape]) => {
    const isMatrix = train.optimizer === "muon" && shape.length === 2 && name.includes("resblocks."),
      floats = 4 * Math.ceil(sizeOf(shape) / 4);
    const tensor = { name, shape, floats, tower: towerOf(name), isMatrix, decays: shape.length >= 2, offset: 0 };
    return { tensor, cost: OF_A_FLOAT * sizeOf(shape) + (isMatrix ? orthogonalWork(shape) : 0) };
  });
  const owners = Array.from({ length: workers }, () => ({ tensors: /** @type {Owned[]} */ ([]), cost: 0 }));
  for (const { tensor, cost } of priced.sort((a, b) => b.cost - a.cost || (a.tensor.name < b.tensor.name ? -1 : 1))) {
    const owner = owners.reduce((least, each) => (each.cost < least.cost ? each : least));
    owner.tensors.push(tensor);
    owner.cost += cost;
  }
  let offset = 0;
  return owners.map(({ tensors: mine }) => {
    const start = offset,
      towers = TOWERS.map((tower) => {
        const first = offset;
        for (const tensor of mine.filter((each) => each.tower === tower)) {
          tensor.offset = offset;
          offset += 4 * tensor.floats;
        }
        return [tower, [first, offset]];
      });
    return { tensors: mine, start, end: offset, towers: Object.fromEntries(towers) };
  });
}
