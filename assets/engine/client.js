/**
 * The page's side of the engine: promises for messages to the worker.
 *
 *     const engine = new Engine(serverSource(new URL("../../", import.meta.url)));
 *     await engine.loadWorld("things");
 *     await engine.loadModel("things-bound", { onProgress: ({ received, bytes }) => {} });
 *     await engine.score({ models: ["things-bound"], objects, texts: [a, b] })
 *
 * Nothing is fetched before a world or a model is asked for. What a static page carries itself goes in by `source`.
 */

import { loadOnce } from "./once.js";

/**
 * @typedef {import("./download.js").RemoteFile} RemoteFile
 * @typedef {import("./compositor.js").Placed} Placed
 * @typedef {{config: any, tokenizer: any, is_shipped?: boolean,
 *   weights: Record<string, RemoteFile | ArrayBuffer>}} Card
 * @typedef {{world(name: string): Promise<{description: any, atlas: RemoteFile | ArrayBuffer, sprites?: any}>,
 *   model(name: string): Promise<Card>, training(): Promise<Trainable>}} Source where descriptions come from: a server,
 *   or the page itself
 * @typedef {{world: string, kernels: ArrayBuffer, configs: Record<string, Record<string, any>>, files: Record<string,
 *   any>, asked: string, evaluation: import("./train/evaluation.js").EvaluationOrder}} Trainable what a training in
 *   this tab needs beside its world: the kernels, the config of a model by architecture and loss, the files of its
 *   tokenizer, the digest of the pairs, and what is evaluated
 * @typedef {{received: number, bytes: number}} Progress
 * @typedef {{onProgress?: (progress: Progress) => void, signal?: AbortSignal}} Options
 */

/**
 * The source of a page with a server: JSON below `base`.
 * @param {URL} base the folder of the server's assets, with a slash at its end
 * @returns {Source}
 */
export function serverSource(base) {
  const answerOf = async (/** @type {string} */ path) => {
    const response = await fetch(new URL(path, base));
    if (response.ok) return response;
    const content = await response.json().catch(() => null);
    throw new Error(content?.error?.sentence ?? `The server answered ${response.status}.`);
  };
  const read = async (/** @type {string} */ path) => {
    const content = await (await answerOf(path)).json();
    if (content.error) throw new Error(content.error); // of a world or a model: no fault of the page
    return content;
  };
  const absolute = (/** @type {RemoteFile} */ file) => ({ ...file, url: new URL(file.url, base).href });
  return {
    async world(name) {
      const world = await read(`engine/worlds/${encodeURIComponent(name)}.json`);
      return { ...world, atlas: absolute(world.atlas) };
    },
    async model(name) {
      const card = await read(`engine/models/${encodeURIComponent(name)}.json`);
      const weights = Object.entries(card.weights).map(([kind, file]) => [
        kind,
        absolute(/** @type {RemoteFile} */ (file)),
      ]);
      return { ...card, weights: Object.fromEntries(weights) };
    },
    async training() {
      const [training, kernels] = await Promise.all([
        read("engine/training.json"),
        answerOf("engine/train/kernels.wasm"),
      ]);
      return { ...training, kernels: await kernels.arrayBuffer() };
    },
  };
}

export class Engine {
  /**
   * @param {Source} source
   * @param {() => Worker} [createWorker] for a page that cannot start a module worker
   * @param {() => Worker} [createTrainer] the same, for a worker that trains
   */
  constructor(
    source,
    createWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
    createTrainer = () => new Worker(new URL("./train/worker.js", import.meta.url), { type: "module" }),
  ) {
    this.source = source;
    this.createWorker = createWorker;
    this.createTrainer = createTrainer;
    /** @type {Worker | null} */ this.worker = null;
    this.lastId = 0;
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void,
     *   onProgress?: (received: number) => void}>} */
    this.waiting = new Map();
    /** @type {Map<string, Promise<any>>} what is loaded or being loaded */ this.loaded = new Map();
    /** @type {Map<string, string>} where the weights of a server's run are, by its name */
    this.addresses = new Map();
  }

  /** @returns {Worker} the same at each call */
  startWorker() {
    if (!this.worker) {
      this.worker = this.createWorker();
      this.worker.onmessage = ({ data }) => this.receive(data);
      this.worker.onerror = (event) =>
        this.close(new Error(event.message || "The engine of this page could not start."));
    }
    return this.worker;
  }

  /** @param {any} data */
  receive({ id, progress, answer, error, isCancelled }) {
    const entry = this.waiting.get(id);
    if (!entry) return;
    if (progress !== undefined) {
      entry.onProgress?.(progress);
      return;
    }
    if (error === undefined) entry.resolve(answer);
    else entry.reject(isCancelled ? new DOMException(error, "AbortError") : new Error(error));
  }

  /**
   * @param {string} kind @param {any} message
   * @param {{onProgress?: (received: number) => void, signal?: AbortSignal}} [options]
   * @returns {Promise<any>}
   */
  request(kind, message, { onProgress, signal } = {}) {
    signal?.throwIfAborted();
    const worker = this.startWorker(),
      id = ++this.lastId;
    const cancel = () => worker.postMessage({ id: ++this.lastId, kind: "cancel", target: id });
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, onProgress });
      signal?.addEventListener("abort", cancel, { once: true });
      worker.postMessage({ id, kind, ...message });
    }).finally(() => {
      this.waiting.delete(id); // also of a message that could not be sent
      signal?.removeEventListener("abort", cancel);
    });
  }

  /**
   * @param {string} name
   * @returns {Promise<any>} the description, and the sizes of the sprites, which come when they are first painted
   */
  loadWorld(name) {
    return loadOnce(this.loaded, `world ${name}`, async () => {
      this.startWorker(); // its modules come while the description does
      const { description, atlas, sprites } = await this.source.world(name);
      return { description, ...(await this.request("world", { description, atlas, sprites })) };
    });
  }

  /**
   * A run of the server that was stopped may go on and has other weights then, so its card is read at each call.
   * @param {string} name @param {Options & {precision?: string}} [options] fp16 unless fp32 is asked for
   * @returns {Promise<any>}
   */
  async loadModel(name, { onProgress, signal, precision = "fp16" } = {}) {
    const key = `model ${name}`,
      cached = this.loaded.get(key),
      address = this.addresses.get(name);
    if (cached && address) {
      // Where the server does not answer, the model that is here does.
      const card = await this.source.model(name).catch(() => null),
        file = /** @type {RemoteFile | undefined} */ (card?.weights[precision]);
      // Who asked at the same time may have begun to load the new weights.
      if (file && file.url !== address && this.loaded.get(key) === cached) this.loaded.delete(key);
    }
    return loadOnce(this.loaded, key, async () => {
      const { weights, ...card } = await this.source.model(name);
      const file = weights[precision],
        report = progressOf(file, onProgress);
      if (!card.is_shipped && !(file instanceof ArrayBuffer)) this.addresses.set(name, file.url);
      return {
        ...card,
        ...(await this.request("load", { name, card, weights: file }, { onProgress: report, signal })),
      };
    });
  }

  /**
   * Load a model anew when it is needed again: another one has its name.
   * @param {string} name
   */
  forgetModel(name) {
    this.loaded.delete(`model ${name}`);
    this.addresses.delete(name);
  }

  /** @returns {Promise<Trainable>} */
  loadTrainable() {
    return loadOnce(this.loaded, "trainable", () => this.source.training());
  }

  /**
   * @returns {Promise<Omit<Trainable, "world"> & {world: any}>} what every training in this tab needs beside the
   *   sprites
   */
  loadTraining() {
    return loadOnce(this.loaded, "training", async () => {
      const training = await this.loadTrainable();
      return { ...training, world: (await this.source.world(training.world)).description };
    });
  }

  /** @returns {Promise<ArrayBuffer>} the sprites of a training, which nobody needs who does not train */
  loadAtlas() {
    return loadOnce(this.loaded, "atlas", async () => {
      const { atlas } = await this.source.world((await this.loadTrainable()).world),
        { download } = await import("./download.js"); // a visit that does not train needs none of it
      return /** @type {ArrayBuffer} */ (
        atlas instanceof ArrayBuffer ? atlas : (await download(atlas, { signal: new AbortController().signal })).buffer
      );
    });
  }

  /** @param {{model: string, texts: string[]}} message */
  embed(message) {
    return this.request("embed", message);
  }

  /**
   * @param {{model: string, pictures: Uint8Array[], texts: string[]}} message pictures as 3 x S x S
   * @returns {Promise<{images: Float32Array[], captions: Float32Array[]}>} features of length 1
   */
  features(message) {
    return this.request("features", message);
  }

  /**
   * @param {{world: string, objects: Placed[]}} message
   * @returns {Promise<{pixels: Uint8Array, visible: number[]}>} 3 x S x S, and the share of each object that is in
   *   sight
   */
  render(message) {
    return this.request("render", message);
  }

  /** @param {any} message see `worker.js` */
  draw(message) {
    return this.request("draw", message);
  }

  /**
   * @param {{world: string, evaluation: any}} message what `evaluationOf` of own_world.js says
   * @returns {Promise<{questionDigest: string, sides: {caption: string, objects: Placed[], pixels: Uint8Array}[]}>}
   *   A before B
   */
  makeQuestion(message) {
    return this.request("makeQuestion", message);
  }

  /**
   * @param {any} message see `worker.js`
   * @returns {Promise<{captions: string[], hard: (string | null)[], rates: Record<string, number>}>}
   */
  pairs(message) {
    return this.request("pairs", message);
  }

  /**
   * @param {{models: string[], world?: string, objects?: Placed[], pixels?: Uint8Array, texts: string[]}} message
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<Record<string, {cosines: number[], logitScale: number}>>}
   */
  score(message, options) {
    return this.request("score", message, options);
  }

  /**
   * End the worker: whoever waits gets the error, who asks next a new worker.
   * @param {Error} [error]
   */
  close(error = new DOMException("The engine was closed.", "AbortError")) {
    this.worker?.terminate();
    this.worker = null;
    this.loaded.clear();
    for (const entry of this.waiting.values()) entry.reject(error);
    this.waiting.clear();
  }
}

/** @param {RemoteFile | ArrayBuffer} file @param {((progress: Progress) => void) | undefined} onProgress */
function progressOf(file, onProgress) {
  if (!onProgress || file instanceof ArrayBuffer) return undefined;
  return (/** @type {number} */ received) => onProgress({ received, bytes: file.bytes });
}

/**
 * Runs one task at a time; of those that come meanwhile only the newest is kept. For answers while something is
 * dragged.
 */
export class NewestOnly {
  constructor() {
    this.isBusy = false;
    /** @type {(() => Promise<void>) | null} */ this.next = null;
  }

  /** @param {() => Promise<void>} task */
  async run(task) {
    if (this.isBusy) {
      this.next = task;
      return;
    }
    this.isBusy = true;
    try {
      await task();
    } finally {
      const { next } = this;
      this.isBusy = false;
      this.next = null;
      if (next) await this.run(next); // after a task that failed, too
    }
  }
}
