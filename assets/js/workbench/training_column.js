// The middle column: a training's button, progress, curve, checkpoints, and the study's value at these dials.

import { mountChart } from "./chart.js";
import { mountCheckpoints } from "./checkpoints.js";
import { options } from "./dials.js";
import { bare, el, percent, replace, say, sign, svg } from "./dom.js";
import { hasGuessed } from "./guess.js";
import { story } from "./phrases.js";
import { makeScale } from "./scale.js";
import { isAsking, isLive, place, redraw, shown, state, views } from "./state.js";

const MOST_SAID = 1;

export function mountTraining(section, host) {
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  const chart = mountChart(part("chart"), part("legend"));
  const dots = mountCheckpoints(section.querySelector("#checkpoints"), { choose(at) { state.at = at === (shown().run?.checkpoints.length ?? 1) - 1 ? null : at; redraw(); } });
  const button = section.querySelector("#train"), compare = section.querySelector("#wb-compare");
  let poll = 0;

  button.addEventListener("click", () => {
    if (state.run && isLive(state.run) && state.run.mine) return host.send("stop", { run: state.run.name, ...seen() });
    state.isStarting = true;
    redraw();
    start(host);
  });
  compare.addEventListener("change", () => host.send("compared", { run: state.run?.name ?? "", ...seen(), compare: compare.value }));
  section.querySelector("[data-act=runs]").addEventListener("click", () => {
    host.send("listed", {});
    ask();
  });
  host.watch(take);
  take();

  function take() {
    const value = host.value();
    if (!value) return;
    Object.assign(state, { isStarting: false, problem: value.problem ?? null });
    if (value.problem) return redraw();
    const before = state.run?.name;
    state.run = joined(state.run, value.run);
    Object.assign(state, { compare: value.compare, missing: value.missing, known: value.known });
    if (value.listing) {
      state.runs = value.listing.runs;
      options(section.querySelector("#wb-init"), value.listing.starts, state.data?.values.init ?? "scratch");
    }
    if (state.run?.name !== before) {
      state.at = null;
      document.querySelector(".wb-sharing")?.replaceChildren(); // it showed the run before
    }
    if (isSheetOpen() && state.listed !== sheetKey(value)) host.send("listed", {});
    state.listed = sheetKey(value);
    clearTimeout(poll);
    const isFollowed = isSheetOpen() && value.is_any_active;
    if (isFollowed || (state.run && isLive(state.run)) || (state.compare && isLive(state.compare))) poll = setTimeout(ask, host.settings.poll_ms);
    redraw();
  }

  // A page that nobody looks at does not ask; the answer of the server starts the clock anew.
  function ask() {
    if (document.hidden || !section.offsetParent) { poll = setTimeout(ask, host.settings.poll_ms); return; }
    host.send("polled", { run: state.run?.name ?? "", ...seen() });
    poll = setTimeout(ask, 8 * host.settings.poll_ms); // in case that no answer comes
  }

  views.training = () => {
    const { run, isOwn } = shown(), asking = isAsking(), visible = asking ? null : run;
    const scale = makeScale(visible && (isOwn || visible.checkpoints.length > 1) ? visible.planned : state.data?.plan.planned ?? [0, 1]);
    const at = place();
    chart.update({ run: visible && visible.curve.length ? visible : null, compare: state.compare, bracket: state.data?.plan.study, at, scale, isAsking: asking });
    dots.update({ run: visible && visible.checkpoints.length > 1 ? { ...visible, is_live: isLive(visible) } : null, at, scale });
    tellRun(section, part, { run: visible, isOwn, at, asking });
    drawCompare(compare);
  };
  // While another tab was open, runs came and ended, and a model may have been loaded there.
  let wasSeen = false;
  new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting && wasSeen) ask();
    wasSeen ||= entry.isIntersecting;
  }).observe(section);
  redraw();
}

const isSheetOpen = () => document.body.classList.contains("wb-runs-open");
/** What makes the sheet of runs another: its list, or the state of the open run. */
const sheetKey = ({ known, run }) => [known, run?.name, run?.step, run?.status].join(" ");

function start(host) {
  if (!state.data) { // pressed before the dials have come, which then start it
    views.waiting = () => start(host);
    return;
  }
  const dialed = views.dialed?.();
  host.send("started", { ...(dialed?.preset ? dialed : { preset: state.data.preset, values: state.data.values }), compare: kept() });
}

/** What a new run is compared with: what a person chose, else the run before it. */
const kept = () => state.compare?.name ?? state.run?.name ?? "";
const seen = () => ({ compare: state.compare?.name ?? "", have: state.run?.checkpoints.length ?? 0, known: state.known });

/** A run whose checkpoints came in part: those from `first` on. */
function joined(before, run) {
  if (!run) return null;
  const first = run.first ?? 0;
  const kept = first && before?.name === run.name ? before.checkpoints.slice(0, first) : [];
  return { ...run, checkpoints: [...kept, ...run.checkpoints] };
}

function tellRun(section, part, { run, isOwn, at, asking }) {
  // What the open run is, for styles and for whoever drives the page by a script.
  for (const name of ["run", "status", "step"]) section.dataset[name] = String((name === "run" ? state.run?.name : state.run?.[name]) ?? "");
  const plan = state.data?.plan, open = state.run, isRunning = open && isLive(open), isMine = isRunning && open.mine;
  const isSame = open && plan?.key === open.key;
  const button = section.querySelector("#train");
  button.className = isMine ? "wb-go wb-stop" : asking && !hasGuessed() ? "wb-go wb-wait" : "wb-go";
  const said = isMine ? (open.status === "queued" ? "Take out of the queue" : "Stop") : state.isStarting ? "Starting …" : plan?.go ?? (isSame ? "Train again" : "Train on these captions");
  replace(part("go"), `${isMine}${said}`, () => [sign(isMine ? "stop" : "play"), el("span", {}, said)]);
  button.disabled = state.isStarting || Boolean(plan?.why_not && !isMine) || (isMine && (open.status === "stopping" || open.phase === "evaluating"));
  const [time, budget] = isRunning ? progressWords(open) : [state.problem ?? plan?.why_not ?? plan?.time ?? "", isSame && plan?.is_new_seed ? "another seed" : plan?.budget ?? ""];
  part("time").textContent = time;
  part("time").classList.toggle("wb-bad", !isRunning && Boolean(state.problem ?? plan?.why_not));
  part("time").title = isRunning ? "" : plan?.basis ?? "";
  part("budget").textContent = say(budget);
  part("needs").textContent = isRunning ? "" : plan?.needs ?? "";
  progress(part("progress"), isRunning ? open : null);
  replace(part("run-name"), `${run?.label}${isOwn}${asking}`, () => run && !asking && (isOwn || run.curve.length) ? el("em", {}, isOwn ? run.label : say`recorded: ${run.label}`) : null);
  const [head, rest, link] = state.missing && !open ? ["", state.missing, null]
    : story(isOwn || (run && run.curve.length) ? run : null, run?.checkpoints[at]?.step ?? run?.step ?? 0, { isAsking: asking });
  replace(part("story"), `${head}${rest}`, () => [el("b", {}, head), " ", el("span", {}, rest), link && " ", link && el("a", { href: evidence(link.claim) }, link.text)]);
  study(part("study"), asking ? null : plan?.study);
  const differs = state.compare && open ? open.differs.map((each) => say`${each.field}: ${plain(each.other)} instead of ${plain(each.this)}`) : [];
  const all = differs.length ? say`The other: ${differs.join("; ")}.` : say("The other has the same dials.");
  part("differs").title = state.compare && open ? all : "";
  part("differs").textContent = !state.compare || !open ? "" : differs.length > MOST_SAID ? say`The other differs in ${differs.length} dials; All runs lists them.` : all;
}

const plain = (value) => (Array.isArray(value) ? value.join(", ") : String(value));

function evidence(claim) {
  const query = new URLSearchParams(location.search);
  query.set("tab", "study");
  query.set("claim", claim);
  return `?${query}`;
}

function progressWords(run) {
  if (run.status === "queued") return [run.place === 1 ? say("Next in the queue") : say`Place ${run.place ?? "?"} in the queue`, run.eta_words ?? ""];
  if (run.status === "stopping") return [say("Stopping: it finishes this step, then is evaluated"), ""];
  if (run.phase === "evaluating") return [say`Evaluating: ${percent(run.phase_done ?? 0)} done`, run.eta_words ?? ""];
  return [say`Step ${run.step} of ${run.steps}`, run.eta_words ?? ""];
}

// Nine tenths are the steps, the last tenth is the evaluation; what was reached once is never taken back.
function progress(bar, run) {
  bar.hidden = !run;
  if (!run) return;
  const steps = run.step / Math.max(1, run.steps), parts = run.phase_done ?? 0;
  const found = run.phase === "evaluating" ? 0.9 + 0.1 * parts : 0.9 * steps;
  if (state.furthest.run !== run.name) state.furthest = { run: run.name, share: 0 };
  state.furthest.share = Math.max(state.furthest.share, found);
  bar.setAttribute("aria-valuenow", String(Math.round(100 * state.furthest.share)));
  bar.firstElementChild.style.width = `${100 * state.furthest.share}%`;
}

function study(place, found) {
  replace(place, JSON.stringify(found ?? null), () => {
    if (!found) return null;
    const icon = svg("svg", { viewBox: "0 0 18 18", fill: "none", stroke: "currentColor", "stroke-width": 1.6, "aria-hidden": "true" }, svg("path", { d: "M3 15V9M8 15V4M13 15V7" }), svg("path", { d: "M1.5 16.5h15" }));
    const many = found.seeds, span = found.low === null ? say`, ${many} trainings.` : say`(${bare(found.low)} to ${bare(found.high)}), ${many} trainings.`;
    return [icon, el("p", { class: found.exact ? "" : "wb-near" },
      el("span", {}, found.exact ? "Measured in the study at these dials:" : "Nearest measured in the study:"), " ", el("b", {}, percent(found.value)), found.low === null ? null : " ", el("span", {}, span),
      found.differs ? el("span", {}, " ", say`Differs in ${found.differs}.`) : null)];
  });
}

function drawCompare(select) {
  const choices = [["nothing", ""], ...state.runs.filter(([, name]) => name !== state.run?.name)];
  const key = JSON.stringify(choices);
  if (select.dataset.choices !== key) {
    select.dataset.choices = key;
    select.replaceChildren(...choices.map(([label, name]) => new Option(say(label), name)));
  }
  select.value = state.compare?.name ?? "";
  select.disabled = choices.length < 2;
}
