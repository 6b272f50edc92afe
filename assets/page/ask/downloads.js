// Models that are fetched: one at a time, the others wait. What broke off or was canceled goes on where it was.

import { plainReason } from "./answer.js";
import { Refused } from "../refused.js";

export class Downloads {
  /** @param onChange gets the loads by name @param onAdd gets the answer of `fetch_model` */
  constructor(page, onChange, onAdd) {
    this.page = page;
    this.onChange = onChange;
    this.onAdd = onAdd;
    this.loads = {};
    this.running = null;
  }

  set(name, load) {
    const { [name]: _, ...rest } = this.loads;
    this.loads = load ? { ...rest, [name]: load } : rest;
    this.onChange(this.loads);
  }

  add(name) {
    this.set(name, { phase: "next" });
    this.go();
  }

  cancel(name) {
    if (this.running?.name === name) this.running.control.abort();
    this.set(name, null);
  }

  async go() {
    const name = Object.keys(this.loads).find((each) => this.loads[each].phase === "next");
    if (this.running || !name) return;
    const control = new AbortController();
    this.running = { name, control };
    this.set(name, { phase: "reading", stage: null });
    try {
      if (name.startsWith("tab-")) await this.page.loadTab?.(); // then the page's backend answers for its runs
      const model = await this.page.backend.job("fetch_model", { model: name }, (step) => this.follow(name, step), {
        signal: control.signal,
      });
      this.set(name, null);
      void this.onAdd(model);
    } catch (error) {
      if (error.name !== "AbortError") this.set(name, { why: plainReason(error, name) });
      if (error.name !== "AbortError" && !(error instanceof Refused)) throw error;
    } finally {
      this.running = null;
      this.go();
    }
  }

  follow(name, { text, done, left_s, stage }) {
    if (this.running?.name !== name) return;
    this.set(name, { phase: done === null ? "reading" : "fetching", text, done, left_s, stage });
  }
}
