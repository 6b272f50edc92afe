/**
 * Exchanges between the workers of a training: each gives every other one something, and goes on when it has what they
 * all gave.
 *
 *     const links = new Links(1, 4, post);                    // worker 1 of 4; `post` takes a message to the page
 *     links.give("squares", () => [squares, []]);             // the value for each other worker, and what moves along
 *     const values = await links.takeAll("squares");          // by worker; undefined at the rank of this one
 *     links.receive(message);                                 // from the page
 *
 * The page hands on what all gave, by its `Exchange`, as Firefox copies what workers send each other by a port of their
 * own, 13 ms a megabyte, and moves what a page hands on.
 */

/**
 * @typedef {(other: number) => [any, ArrayBufferLike[]]} Gift
 * @typedef {{kind: string, values: any[], moved: ArrayBufferLike[][]}} Given by one worker, for each other one
 * @typedef {{kind: string, values: any[]}} Came for one worker, from each other one
 */

export class Links {
  /**
   * @param {number} rank of this worker @param {number} workers
   * @param {(message: Given, moved: ArrayBufferLike[]) => void} post
   */
  constructor(rank, workers, post) {
    this.rank = rank;
    this.workers = workers;
    this.post = post;
    /** @type {Map<string, any[][]>} values that came and that nobody asked for yet, by kind */ this.came = new Map();
    /** @type {Map<string, (values: any[]) => void>} */ this.waiting = new Map();
  }

  /** @param {string} kind @param {Gift} gift */
  give(kind, gift) {
    if (this.workers === 1) return;
    const values = /** @type {any[]} */ (new Array(this.workers).fill(undefined)),
      moved = /** @type {ArrayBufferLike[][]} */ (values.map(() => []));
    for (let other = 0; other < this.workers; other++) {
      if (other !== this.rank) [values[other], moved[other]] = gift(other);
    }
    this.post({ kind, values, moved }, moved.flat());
  }

  /** @param {string} kind @returns {Promise<any[]>} what each other worker gave next of this kind */
  async takeAll(kind) {
    if (this.workers === 1) return [undefined];
    return (
      this.came.get(kind)?.shift() ??
      new Promise((resolve) => {
        this.waiting.set(kind, resolve);
      })
    );
  }

  /** @param {Came} message */
  receive({ kind, values }) {
    const waiting = this.waiting.get(kind);
    this.waiting.delete(kind);
    if (waiting) waiting(values);
    else this.came.set(kind, [...(this.came.get(kind) ?? []), values]);
  }
}

/** The page's part: what all gave is turned into what each gets. */
export class Exchange {
  /** @param {number} workers @param {(worker: number, message: Came, moved: ArrayBufferLike[]) => void} post */
  constructor(workers, post) {
    this.workers = workers;
    this.post = post;
    /** @type {Map<string, Given[][]>} by kind and worker, what others have not given yet */ this.given = new Map();
  }

  /** @param {number} from a worker @param {Given} message */
  receive(from, message) {
    const { kind } = message,
      queues = this.given.get(kind) ?? Array.from({ length: this.workers }, () => []);
    this.given.set(kind, queues);
    queues[from].push(message);
    if (!queues.every(({ length }) => length)) return;
    const rows = queues.map((queue) => /** @type {Given} */ (queue.shift()));
    for (let to = 0; to < this.workers; to++) {
      const values = rows.map((row) => row.values[to]),
        moved = rows.flatMap((row) => row.moved[to]);
      this.post(to, { kind, values }, moved);
    }
  }

  /** @returns {number[]} the workers that others wait for */
  get missing() {
    const queues = [...this.given.values()].filter((each) => each.some(({ length }) => length));
    return [...Array(this.workers).keys()].filter((worker) => queues.some((each) => !each[worker].length));
  }
}
