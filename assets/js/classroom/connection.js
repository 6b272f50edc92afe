/**
 * The connection to the room: a long poll for the view, and actions that are repeated until the server has them.
 *
 *     const connection = new Connection("KRTM", key, { onView, onTrouble, onEnd, pauseMs: 600 });
 *     connection.start();
 *     await connection.act("answer", { question: "vote.0", choice: 1 })
 *
 * A lost network, a closed lid or a restarted server only delay the next answer: the key is the place in the room.
 */

/** @typedef {{error: string, kind: string}} Refusal */

const HEADER = "X-Class-Key";
const HELD_MS = 20_000;
const RETRY_MS = [300, 600, 1000, 2000, 3000];
const KEEP_TRYING_MS = 120_000;

export class Refused extends Error {
  /** @param {Refusal} refusal */
  constructor({ error, kind }) {
    super(error);
    this.kind = kind;
  }
}

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const retryAfter = (/** @type {number} */ tries) => RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];

/**
 * @param {string} path below class/ @param {any} [body] makes it a POST
 * @param {{key?: string, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} throws `Refused` for a sentence of the server, another error where it did not answer
 */
export async function request(path, body, { key = "", signal } = {}) {
  const headers = { "Content-Type": "application/json", ...(key ? { [HEADER]: key } : {}) };
  const options = body === undefined ? { headers, signal } : { method: "POST", headers, signal, body: JSON.stringify(body) };
  const address = new URL(`class/${path}`, document.baseURI);
  address.searchParams.set("lang", document.documentElement.lang.slice(0, 2)); // of a sentence about a mistake
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const found = await response.json();
  if (found.error) throw new Refused(found);
  return found;
}

export class Connection {
  /**
   * @param {string} room @param {string} key
   * @param {{onView: (view: any, now: number) => void, onTrouble: (isLost: boolean) => void,
   *   onEnd: (refusal: Refused) => void, pauseMs: number}} options
   */
  constructor(room, key, options) {
    this.room = room;
    this.key = key;
    this.options = options;
    this.tag = "";
    this.isClosed = false;
    this.tries = 0;
    /** @type {AbortController | null} */ this.held = null;
    /** @type {Map<string, number>} the newest action of each name: an older one is not repeated */ this.newest = new Map();
    const wake = () => this.wake();
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
  }

  async start() {
    while (!this.isClosed) {
      try {
        await this.poll();
        this.tries = 0;
        this.options.onTrouble(false);
        await pause(this.options.pauseMs);
      } catch (error) {
        if (error instanceof Refused && error.kind !== "limit") {
          this.isClosed = true;
          this.options.onEnd(error);
          return;
        }
        if (this.isWoken) continue;
        this.options.onTrouble(this.tries > 0);
        await pause(retryAfter(this.tries++));
      }
    }
  }

  async poll() {
    this.isWoken = false;
    const held = (this.held = new AbortController()), timer = setTimeout(() => held.abort(), HELD_MS);
    try {
      const query = new URLSearchParams({ room: this.room, since: this.tag });
      const { tag, now, view } = await request(`state?${query}`, undefined, { key: this.key, signal: held.signal });
      if (tag === this.tag || !view) return;
      this.tag = tag;
      this.options.onView(view, now);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ask at once: a request that began before the lid was closed may never be answered. */
  wake() {
    this.isWoken = true;
    this.held?.abort();
  }

  /** @param {string} name @param {any} [body] @returns {Promise<any>} null where a newer action of this name came */
  async act(name, body = {}) {
    const number = (this.newest.get(name) ?? 0) + 1, end = Date.now() + KEEP_TRYING_MS;
    this.newest.set(name, number);
    for (let tries = 0; ; tries++) {
      try {
        return await request(name, { room: this.room, ...body }, { key: this.key });
      } catch (error) {
        const isLimit = error instanceof Refused && error.kind === "limit";
        if ((error instanceof Refused && !isLimit) || Date.now() > end) throw error;
        this.options.onTrouble(!isLimit);
        await pause(retryAfter(tries));
        if (this.newest.get(name) !== number) return null;
      }
    }
  }

  /** @param {string} name @returns {Promise<any>} the question, with its answer if the room has revealed it */
  question(name) {
    return request(`question?${new URLSearchParams({ room: this.room, name })}`, undefined, { key: this.key });
  }

  close() {
    this.isClosed = true;
    this.held?.abort();
  }
}
