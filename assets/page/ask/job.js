// A job of a panel: started by a button, with a line of progress and a button that cancels it.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { plainReason } from "./answer.js";
import { Refused } from "../refused.js";
import { roughDuration, say } from "../words.js";

const QUIET = { isBusy: false, text: "", left_s: null, why: "" };

/** {isBusy, text, left_s, why, run(work), cancel()}; work(tell, signal) is canceled when its panel closes. */
export function useJob() {
  const [now, set] = useState(QUIET),
    control = useRef(null);
  useEffect(() => () => control.current?.abort(), []);
  async function run(work) {
    control.current?.abort();
    const mine = (control.current = new AbortController()),
      tell = (step) => mine.signal.aborted || set({ ...QUIET, ...step, isBusy: true });
    tell({ text: "getting ready" });
    try {
      await work(tell, mine.signal);
      if (!mine.signal.aborted) set(QUIET);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof Refused)) throw error;
      set({ ...QUIET, why: plainReason(error, "") });
    }
  }
  function cancel() {
    control.current?.abort();
    set({ ...QUIET, text: "Canceled." });
  }
  return { ...now, run, cancel };
}

export function JobLine({ job, onRun, title = "Run", isOff = false }) {
  const left = job.left_s ? say`, about ${roughDuration(job.left_s)} left` : "";
  return html`${
    job.isBusy
      ? html`<button type="button" class="ask-btn" onClick=${job.cancel}>${say("Cancel")}</button>`
      : html`<button type="button" class="ask-btn" disabled=${isOff} onClick=${onRun}>${say(title)}</button>`
  }
    <span class=${job.why ? "ask-refused" : ""} role="status">
      ${job.why || (job.text ? `${say(job.text)}${left}` : "")}</span>`;
}

/** A figure made in Python, drawn by the page's own component, which comes when the first is there. */
export function Drawn({ figure, name, title }) {
  const [Figure, setFigure] = useState(null);
  useEffect(() => {
    import("../figure.js").then((module) => setFigure(() => module.Figure));
  }, []);
  return html`<h3>${title}</h3>${
    Figure ? html`<${Figure} figure=${figure} name=${name} title=${title} />` : html`<p>${figure.sentence}</p>`
  }`;
}
