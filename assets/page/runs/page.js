// The sheet of runs over the page: a table with a search, runs laid over each other, and what their owner can do with
// them.
//
//   // `open` shows a run on the Workbench, "" closes the open one; `onDelete` is told once one is deleted
//   openRuns(page, { run: "tidy-3", open: (name) => ..., onDelete: () => ... })

import { Compared } from "./compared.js";
import { contract } from "../contract.js";
import { chosenRows, RunTable } from "./table.js";
import { readPicked } from "../picked-file.js";
import { loadStyles } from "../styles.js";
import { Latest, Store, Timers } from "../store.js";
import { FileButton, useFocusKept } from "../ui.js";
import { html, render } from "../vendor/preact.js";
import { isLive, say } from "../words.js";

const POLL_MS = 2500,
  REST_MS = 10_000,
  PATIENCE_MS = 250,
  FIGURES_MS = 400;

export const emptyRuns = (open = "") => ({
  rows: null,
  starts: [],
  takesFiles: false,
  words: "",
  open,
  picked: [],
  compared: null,
  metric: "binding_accuracy",
  form: "canonical",
  sure: "",
  problem: "", // of what a person did last
  done: "", // what they did, where nothing else says it
  unread: "", // of the list, which is asked for again
  isBusy: false,
});

export async function openRuns(page, wish) {
  await Promise.all(["runs", "figures"].map(loadStyles));
  new RunsSheet(page, wish).show();
}

export class RunsSheet extends Store {
  constructor(page, wish) {
    super();
    this.page = page;
    this.wish = wish;
    this.state = emptyRuns(wish.run);
    this.timers = new Timers();
    this.listings = new Latest(); // one that is on its way is over with other words, and with an act
    this.shown = "";
    this.dialog = Object.assign(document.createElement("dialog"), { id: "wb-runs" });
    this.dialog.setAttribute("aria-labelledby", "wb-runs-title");
    this.dialog.addEventListener("close", () => this.removeDialog());
    // beside the sheet
    this.dialog.addEventListener("click", ({ target }) => {
      if (target === this.dialog) this.dialog.close();
    });
    this.acts = this.makeActs();
  }

  show() {
    document.body.append(this.dialog);
    document.body.classList.add("wb-runs-open");
    this.dialog.showModal();
    this.draw();
    // Those that this browser keeps are read when the tab's own backend has come, which nothing else may have asked
    // for.
    void this.list()
      .then(() => this.page.loadTab())
      .then(() => this.list())
      .catch(() => undefined); // without the tab the runs of the server are listed
  }

  removeDialog() {
    document.body.classList.remove("wb-runs-open");
    this.timers.stop();
    render(null, this.dialog);
    this.dialog.remove();
  }

  draw() {
    if (this.dialog.isConnected)
      render(
        html`<${RunsPage} state=${{ ...this.state }} acts=${this.acts} catalog=${this.page.catalog} />`,
        this.dialog,
      );
  }

  /** Read the list again and again: soon while a run of it is under way, else for runs that another page begins. */
  async list() {
    const isNewest = this.listings.begin();
    this.timers.stop("list");
    const { words, open } = this.state;
    try {
      const {
        runs: rows,
        starts,
        takes_files: takesFiles,
      } = await this.page.backend.view("runs", { words, name: open });
      if (!isNewest()) return;
      this.change({ rows, starts, takesFiles, unread: "" });
      this.compareChosen();
    } catch (error) {
      if (!isNewest()) return;
      this.change({ rows: this.state.rows ?? [], unread: error.message });
    }
    if (this.dialog.open) this.timers.poll("list", this.state.rows.some(isLive) ? POLL_MS : REST_MS, () => this.list());
  }

  /** Compare the chosen runs, once they or their steps are other ones; the server knows none of this tab. */
  compareChosen() {
    const { state } = this,
      rows = chosenRows(state).filter((row) => !row.in_tab),
      { metric, form } = state;
    if (!rows.length) {
      this.shown = "";
      return this.change({ compared: null });
    }
    const key = JSON.stringify([rows.map(({ run, step, status }) => [run, step, status]), metric, form]);
    if (key === this.shown) return;
    this.shown = key;
    this.timers.after("figures", FIGURES_MS, async () => {
      const compared = await this.page.backend
        .view("compare", { names: rows.map(({ run }) => run), metric, form, figures: true })
        .catch((error) => ({ problem: error.message }));
      if (key !== this.shown) return;
      if (compared.problem) this.shown = ""; // it is asked for again with the next list
      this.change({ compared });
    });
  }

  /** Do something to a run, then read the list anew. */
  async doAndShow(act) {
    this.change({ isBusy: true, problem: "", done: "" });
    try {
      await act();
      await this.list();
    } catch (error) {
      this.change({ problem: error.message });
    } finally {
      this.change({ isBusy: false, sure: "" });
    }
  }

  makeActs() {
    const { state, page, wish } = this;
    const act = (name, run) =>
      this.doAndShow(async () => {
        await page.backend.act(name, { run }); // which may be another one than when the sheet was opened
        if (run === wish.run) await wish.open(run);
      });
    return {
      change: (parts) => this.change(parts),
      close: () => this.dialog.close(),
      search: (words) => {
        this.listings.begin();
        this.change({ words });
        this.timers.after("search", PATIENCE_MS, () => this.list());
      },
      open: (name) => {
        this.dialog.close();
        void wish.open(name);
      },
      lookInside: (name) => {
        this.dialog.close();
        page.go("inside", { run: name });
      },
      pick: (name) => {
        const picked = state.picked.includes(name)
          ? state.picked.filter((each) => each !== name)
          : [...state.picked, name].slice(0, contract.compared_runs);
        this.change({ picked });
        this.compareChosen();
      },
      chooseMetric: (metric) => {
        this.change({ metric });
        this.compareChosen();
      },
      chooseForm: (form) => {
        this.change({ form });
        this.compareChosen();
      },
      stop: (name) => act("stop", name),
      resume: (name) => act("resume", name),
      delete: (name) =>
        this.doAndShow(async () => {
          await page.backend.act("delete", { run: name });
          this.change({
            picked: state.picked.filter((each) => each !== name),
            open: state.open === name ? "" : state.open,
            done: say("The run is deleted."),
          });
          if (name === wish.run) await wish.open("");
          void wish.onDelete();
        }),
      bring: (file) => this.bring(file),
      openSaved: ([file]) =>
        this.doAndShow(async () => {
          await page.loadTab();
          this.acts.open(await page.tab.runs.importFile(file));
        }),
    };
  }

  /** Bring a run from its zip, and open it. */
  bring(file) {
    const { run_zip: most } = contract.file_bytes;
    if (file.size > most)
      return this.change({
        problem: say`The file has ${Math.ceil(file.size / 1e6)} MB; a run has at most ${most / 1e6}.`,
      });
    return this.doAndShow(async () => {
      const { run } = await this.page.backend.bring(await readPicked(file));
      this.acts.open(run);
    });
  }
}

export function RunsPage({ state, acts, catalog }) {
  const sheet = useFocusKept("#runs");
  return html`<div class="rn-sheet" tabindex="-1" ref=${sheet}><div class="rn-head"><h2 id="wb-runs-title">${say("Runs")}</h2>
    <button type="button" class="wb-btn" onClick=${acts.close}>${say("Close")}</button></div>
    <div class="rn-tools"><label for="search">${say("Search")}</label>
      <input id="search" type="search" maxlength="80" autocomplete="off" value=${state.words}
      placeholder=${say("A recipe, a dial, a status, a part of a run's name")}
        onInput=${({ target }) => acts.search(target.value)} />
      ${
        state.takesFiles &&
        html`<${FileButton} kind="wb-btn" label=${say("Bring a run from a zip")} id="import"
        accept=".zip,application/zip" onFiles=${([file]) => acts.bring(file)}>${say("Bring a run from a zip")}<//>`
      }<${FileButton} kind="wb-btn" label=${say("Open a saved run")} data-act="open-saved"
        accept=".zip,application/zip" onFiles=${acts.openSaved}>${say("Open a saved run")}<//></div>
    ${
      state.takesFiles &&
      html`<p class="rn-quiet">
      ${say("“Open a saved run” opens it in this browser only. “Bring a run from a zip” gives it to the server, which keeps it.")}</p>`
    }
    <p class="rn-problem" role="status">${state.problem || state.unread}</p>
    <p class="rn-quiet" role="status">${state.done}</p>
    <${RunTable} state=${state} acts=${acts} catalog=${catalog} />
      <${Compared} state=${state} acts=${acts} catalog=${catalog} /></div>`;
}
