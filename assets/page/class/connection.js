// The connection to a room: a held view, asked for again and again, and acts that are repeated until the server has
// them.
//
//   const connection = new Connection(backend, "KRTM", key, { onView, onTrouble, onEnd, pauseMs: 600 });
//   connection.start();
//   await connection.act("answer", { question: "vote.0", choice: 1 });
//
// A lost network, a closed lid or a restarted server only delay the next answer: the key is the place in the room.

import { mayRepeat } from "../refused.js";

const HELD_MS = 20_000;
const RETRY_MS = [300, 600, 1000, 2000, 3000];
const KEEP_TRYING_MS = 120_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const retryAfter = (tries) => RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];

export class Connection {
  /** @param options {onView(view, now), onTrouble(isLost), onEnd(role or error), pauseMs} */
  constructor(backend, code, key, options) {
    this.backend = backend;
    this.code = code;
    this.key = key;
    this.options = options;
    this.tag = "";
    this.isClosed = false;
    this.isWoken = false;
    this.tries = 0;
    this.held = null;
    this.newest = new Map(); // by what an act sets, the number of the newest one: an older one is not repeated
    this.wake = () => {
      if (document.visibilityState === "visible") this.hurry();
    };
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  async start() {
    while (!this.isClosed) {
      try {
        await this.poll();
        this.tries = 0;
        this.options.onTrouble(false);
        await pause(this.options.pauseMs);
      } catch (error) {
        if (this.isClosed || this.isWoken) continue;
        if (!mayRepeat(error)) return this.end(error);
        this.options.onTrouble(this.tries > 0);
        await pause(retryAfter(this.tries++));
      }
    }
  }

  async poll() {
    this.isWoken = false;
    const held = (this.held = new AbortController()),
      timer = setTimeout(() => held.abort(), HELD_MS);
    try {
      const { tag, now, view } = await this.backend.view(
        "room",
        { code: this.code, since: this.tag, key: this.key },
        { signal: held.signal },
      );
      if (this.isClosed || tag === this.tag) return;
      this.tag = tag;
      if (["teacher", "pupil"].includes(view.role)) this.options.onView(view, now);
      else this.end(view.role);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ask at once: a request that began before the lid was closed may never be answered. */
  hurry() {
    this.isWoken = true;
    this.held?.abort();
  }

  /**
   * @returns a promise of the answer, null where a newer act about the same pupil or question has taken its place: the
   *   caller may go on as if it were done
   */
  act(name, values = {}) {
    const { pupil, question } = values,
      about = JSON.stringify([name, pupil, question]);
    return this.repeat(about, () => this.backend.act(name, { code: this.code, key: this.key, ...values }));
  }

  /** Hand in the model of this device. @returns as `act` */
  handIn(weights) {
    return this.repeat("model", () => this.backend.handIn(this.code, this.key, weights));
  }

  async repeat(about, work) {
    const number = (this.newest.get(about) ?? 0) + 1,
      end = Date.now() + KEEP_TRYING_MS;
    this.newest.set(about, number);
    for (let tries = 0; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!mayRepeat(error) || Date.now() > end || this.isClosed) throw error;
        this.options.onTrouble(!error.status);
        await pause(retryAfter(tries));
        if (this.newest.get(about) !== number) return null;
      }
    }
  }

  /** @returns a promise of what a view of this room answers */
  view(name, values) {
    return this.backend.view(name, { code: this.code, key: this.key, ...values });
  }

  end(why) {
    this.close();
    this.options.onEnd(why);
  }

  close() {
    this.isClosed = true;
    this.held?.abort();
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
  }
}
