// The connection to a room: a held view, asked for again and again, and acts that are repeated until the server has
// them.
//
//   const connection = new Connection(backend, "KRTM", key, { onView, onTrouble, onEnd, pauseMs: 600 });
//   connection.start();
//   await connection.act("answer", { question: "vote.0", choice: 1 });
//
// A lost network, a closed lid or a restarted server only delay the next answer: the key is the place in the room. An
// act is repeated as long as the page is in the room, and of one kind only one is under way: a server may do two that
// come at once in another order. What a pupil has chosen or given is kept until it is answered: a page that is loaded
// again sends it once more.

import { mayRepeat } from "../refused.js";
import { outlivesPage, Unsent } from "./unsent.js";

const HELD_MS = 20_000;
const RETRY_MS = [300, 600, 1000, 2000, 3000];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const retryAfter = (tries) => RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];

/** What a request answers, which is ended if it is not answered for long. @param {(signal) => Promise} request */
async function answered(request, held = new AbortController()) {
  const timer = setTimeout(() => held.abort(), HELD_MS);
  try {
    return await request(held.signal);
  } finally {
    clearTimeout(timer);
  }
}

export class Connection {
  /** @param options {onView(view, now), onTrouble(isLost), onEnd(role or error), pauseMs} */
  constructor(backend, code, key, options) {
    this.backend = backend;
    this.code = code;
    this.key = key;
    this.options = options;
    this.unsent = new Unsent({ code, key });
    this.tag = "";
    this.isClosed = false;
    this.isWoken = false;
    this.tries = 0;
    this.held = null;
    this.newest = new Map(); // by what an act sets, the newest one: an older one is not repeated
    this.wake = () => {
      if (document.visibilityState === "visible") this.hurry();
    };
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  async start() {
    for (const { name, values } of this.unsent.take()) void this.act(name, values).catch(() => undefined);
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
    this.held = new AbortController();
    const request = { code: this.code, since: this.tag, key: this.key },
      { tag, now, view } = await answered((signal) => this.backend.view("room", request, { signal }), this.held);
    if (this.isClosed || tag === this.tag) return;
    this.tag = tag;
    if (["teacher", "pupil"].includes(view.role)) this.options.onView(view, now);
    else this.end(view.role);
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
    const send = () =>
      answered((signal) => this.backend.act(name, { ...values, code: this.code, key: this.key }, { signal }));
    if (!outlivesPage(name) || this.isClosed) return this.repeat(about, send);
    const pending = this.unsent.keep(about, { name, values });
    return this.repeat(about, () => pending.settle(send), pending.isWanted);
  }

  /** Hand in the model of this device. @returns as `act` */
  handIn(weights) {
    return this.repeat("model", () => this.backend.handIn(this.code, this.key, weights));
  }

  repeat(about, work, isWanted = () => true) {
    const act = {},
      before = this.newest.get(about)?.ended;
    this.newest.set(about, act);
    act.ended = this.doAfter(before, () => this.newest.get(about) === act && isWanted(), work);
    return act.ended;
  }

  async doAfter(before, isNewest, work) {
    if (before) await before.catch(() => undefined);
    for (let tries = 0; isNewest(); tries++) {
      try {
        return await work();
      } catch (error) {
        if (!mayRepeat(error) || this.isClosed) throw error;
        this.options.onTrouble(!error.status);
        await pause(retryAfter(tries));
      }
    }
    return null;
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
