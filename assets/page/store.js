// Timers by name: a new one takes the place of the one before. What is asked again and again rests on a hidden page.
//
//   this.timers.after("figures", 400, () => this.draw());
//   this.timers.poll("run", 1000, () => this.follow());      // once: who wants more polls again in `follow`
//   await breath();                                          // the rest in a task of its own

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

/** An end of the task that runs, so that a press of a person is heard before the next. */
export const breath = () => globalThis.scheduler?.yield?.() ?? new Promise((done) => setTimeout(done));
