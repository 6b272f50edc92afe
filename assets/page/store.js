// What the store of a view is made of: its state, which is drawn after every change, and its timers by name.
//
//   class AskStore extends Store { ... }                     // has `state`, and `draw()` or onceAFrame(paint)
//   store.change({ open: null });                            // takes these parts, and draws
//   this.timers.after("figures", 400, () => this.draw());    // takes the place of the timer before of this name
//   this.timers.poll("run", 1000, () => this.follow());      // once: who wants more polls again in `follow`
//   await breath();                                          // the rest in a task of its own
//   const isNewest = this.questions.begin();                 // of a Latest: false once another question has begun
//
// Components only read the state, and call the acts of the store. What is asked again and again rests on a hidden page.

/** How many times longer a poll waits where no answer came. */
export const SLOWER = 8;

export class Store {
  change(parts) {
    Object.assign(this.state, parts);
    this.draw();
  }
}

/** A function that paints in the next frame, however often it is called before; its `now()` does not wait. */
export function onceAFrame(paint) {
  let frame = 0;
  const now = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    paint();
  };
  return Object.assign(() => (frame ||= requestAnimationFrame(now)), { now });
}

export class Timers {
  constructor() {
    this.ids = {};
  }

  after(name, ms, act) {
    this.stop(name);
    this.ids[name] = setTimeout(act, ms);
  }

  poll(name, ms, ask) {
    this.after(name, ms, () => (document.hidden ? this.poll(name, ms, ask) : ask()));
  }

  stop(...names) {
    for (const name of names.length ? names : Object.keys(this.ids)) clearTimeout(this.ids[name]);
  }
}

/** Tells which of several questions is the newest: answers may come in another order than they were asked for. */
export class Latest {
  constructor() {
    this.number = 0;
  }

  /** @returns {() => boolean} whether none has begun since */
  begin() {
    this.number += 1;
    return this.current();
  }

  /** As `begin`, of what goes on beside the questions and is over with the next. */
  current() {
    const { number } = this;
    return () => number === this.number;
  }
}

/** An end of the task that runs, so that a press of a person is heard before the next. */
export const breath = () => globalThis.scheduler?.yield?.() ?? new Promise((done) => setTimeout(done));
