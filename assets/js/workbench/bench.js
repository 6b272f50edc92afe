// The three columns of the Workbench as one thing: what is dialed, which run is open, at which checkpoint it is looked at.
//
// A host mounts each column once: mountData(section, host), mountTraining(section, host), mountOutcomeColumn(section, host).
// host: {value(), watch(listener), send(event, payload), settings}; the host brings states and takes wishes, nothing more.

import { mountChart } from "./chart.js";
import { mountCheckpoints } from "./checkpoints.js";
import { mountDials, options } from "./dials.js";
import { bare, el, percent, replace, say, sign, svg } from "./dom.js";
import { guessed, mountGuess, remember, tallyWords } from "./guess.js";
import { mountOutcome } from "./outcome.js";
import { choice, measuredAt, story, sureness } from "./phrases.js";
import { mountSamples } from "./samples.js";
import { makeScale } from "./scale.js";
import { share } from "./share.js";

const SWING_MS = 2200, CALM_MS = 350, PATIENCE_MS = 4000, LIVE = ["queued", "running", "stopping"];
const USUAL_WORLD = "things";
const OPPOSITE = { tidy: "binding-friendly", web: "web-like" };

const state = {
  data: null, run: null, compare: null, runs: [], known: "", listed: "", missing: null, problem: null, static: null,
  at: null, pair: 0, swinging: 0, hasLooked: false, isStarting: false, furthest: { run: "", share: 0 },
};
const views = { data: null, training: null, outcome: null };
let scheduled = 0;

function redraw() {
  if (scheduled) return;
  scheduled = requestAnimationFrame(() => {
    scheduled = 0;
    views.training?.();
    views.outcome?.();
  });
}

/** What the columns show: the open run, else the recorded or shipped model of the recipe. */
function shown() {
  const { run, data, static: known } = state;
  if (run) return { run, isOwn: true };
  const model = known && data && (known.models[known.by_preset[data.preset]] ?? known.models[known.usual]);
  return { run: model ?? null, isOwn: false };
}

function place() {
  const last = Math.max(0, (shown().run?.checkpoints.length ?? 1) - 1);
  return state.at === null ? last : Math.min(state.at, last);
}

const isAsking = () => !state.run && Boolean(shown().run) && !guessed(shown().run.name, state.pair) && !state.swinging;

// ---- What captions tell

export function mountData(section, host) {
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  const samples = mountSamples({ meter: part("meter"), samples: part("samples"), fade: part("fade"), tricks: part("tricks") });
  const ask = lastWins((wish) => host.send("dialed", wish));
  const dials = mountDials(section, {
    change: (wish) => ask({ ...wish, start: state.data?.samples.start ?? 0 }),
    samples: (wish) => ask({ ...wish, start: (state.data?.samples.start ?? 0) + 3 }),
  }, section.closest("#bench") ?? section.ownerDocument);
  views.dialed = dials.current;
  closeOutside(section);
  host.watch(take);
  take();

  function take() {
    const value = host.value();
    if (!value) return;
    ask.answered(value.seq);
    dials.update(value);
    if (value.problem) return;
    if (state.data && state.data.preset !== value.preset && !state.run) state.at = null;
    Object.assign(state, { data: value, problem: null });
    samples.update(value.samples);
    replace(part("facts"), JSON.stringify([value.facts, value.plan.basis]), () => facts(value.facts, value.plan));
    redraw();
  }
  return dials;
}

/** One question at a time; of those that come meanwhile only the last is asked. */
function lastWins(send) {
  let asked = 0, next = null, timer = 0;
  function ask(wish) {
    if (asked) { next = wish; return; }
    asked = wish.seq;
    clearTimeout(timer);
    timer = setTimeout(() => ask.answered(asked), PATIENCE_MS); // no answer came: the server may be gone
    send(wish);
  }
  ask.answered = (seq) => {
    if (seq !== asked) return;
    asked = 0;
    clearTimeout(timer);
    const wish = next;
    next = null;
    if (wish) ask(wish);
  };
  return ask;
}

function facts(found, plan) {
  return [
    found.rows.length === 0 ? null : el("table", {}, el("thead", {}, el("tr", {}, ["dial", "dialed", "measured"].map((said) => el("th", { scope: "col" }, said)))),
      el("tbody", {}, found.rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.dial), el("td", {}, row.dialed), el("td", {}, row.measured))))),
    el("p", {}, say`In a batch of ${found.pairs} pairs:`), el("ul", {}, found.rates.map((said) => el("li", {}, said))),
    el("p", {}, el("span", {}, plan.mode), " ", el("span", {}, plan.basis)),
  ];
}

// ---- Training

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
  views.start = () => start(host);
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
    if (state.run?.name !== before) state.at = null;
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
  const dialed = views.dialed?.();
  host.send("started", dialed?.preset ? dialed : { preset: state.data.preset, values: state.data.values });
}

const seen = () => ({ compare: state.compare?.name ?? "", have: state.run?.checkpoints.length ?? 0, known: state.known });
const isLive = (run) => LIVE.includes(run.status);

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
  button.className = isMine ? "wb-go wb-stop" : asking ? "wb-go wb-wait" : "wb-go";
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
  const differs = state.compare && open ? open.differs.map((each) => say`${each.field}: ${plain(each.other)} instead of ${plain(each.this)}`).join("; ") : "";
  part("differs").textContent = !state.compare || !open ? "" : differs ? say`The other: ${differs}.` : say("The other has the same dials.");
  part("differs").title = part("differs").textContent; // one line is in sight; the sheet of runs has them as a table
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

// ---- Does it bind?

export function mountOutcomeColumn(section, host) {
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  let outcome = null, verdict = "", typed = null;
  const guess = mountGuess(section.querySelector("#guess"), { answered });
  closeOutside(section);
  (host.pairs ? host.pairs() : fetch(host.settings.pairs).then((answer) => answer.json())).then((found) => {
    state.static = { ...found, byWorld: { [USUAL_WORLD]: found.pairs } };
    outcome = mountOutcome(section, found.pairs, { turn });
    redraw();
  });

  section.querySelector("[data-more=typed]").addEventListener("toggle", async (event) => {
    if (!event.target.open || typed) return;
    const { mountTyped } = await import("../scene/typed.js"); // with the engine, which few need
    typed ??= mountTyped(part("typed"), { language: window.explorerLanguage || "en", ...host.typed });
    redraw();
  });

  function turn(pair) {
    state.pair = pair;
    redraw();
  }

  /** The pairs of the world that the run was trained on; false until they have come. */
  function ofWorld(run) {
    const world = run?.spec.data.world ?? USUAL_WORLD, known = state.static.byWorld;
    if (!(world in known)) {
      known[world] = null;
      fetch(`${host.settings.pairs}?world=${encodeURIComponent(world)}`).then((answer) => answer.json())
        .then(({ pairs }) => { known[world] = pairs; redraw(); }, () => { delete known[world]; });
    }
    if (known[world] && state.static.pairs !== known[world]) {
      state.static.pairs = known[world];
      outcome.use(known[world]);
    }
    return Boolean(known[world]);
  }

  function answered(said) {
    const { run } = shown(), found = answersOf(run, place());
    remember(run.name, state.pair, said, found.answers.slice(2 * state.pair, 2 * state.pair + 2).every(([own, other]) => own > other));
    if (said === "skip") return redraw();
    state.swinging = setTimeout(() => { state.swinging = 0; redraw(); }, matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM_MS : SWING_MS);
    redraw();
  }

  views.outcome = () => {
    if (!outcome || !state.data) return;
    const { run, isOwn } = shown(), at = place(), asking = isAsking();
    const found = ofWorld(run) ? answersOf(run, at) : answersOf(null, at);
    guess.update({ isAsked: asking, about: run ? say`This CLIP learned from ${captions(run)}.` : "" });
    outcome.update({ ...found, pair: state.pair, isHidden: asking || Boolean(state.swinging), isSwinging: Boolean(state.swinging), compare: state.compare?.final?.binding ?? null, number: numberOf(run, at), why: whyNoNumber(run, at) });
    who(part("who"), { run, isOwn, at, asking });
    verdict = asking || state.swinging ? "" : isOwn ? run.why_no_checkpoints ?? "" : afterGuess(run);
    replace(part("verdict"), `${verdict}${tallyWords()}`, () => !verdict ? null : isOwn ? [el("span", {}, verdict)] : [el("span", {}, verdict),
      el("small", {}, el("span", {}, tallyWords()), el("button", { type: "button", class: "wb-link", "data-way": "pair", onclick: () => turn(another()) }, "Guess another pair"))]);
    // Without answers their two rows are empty, and the sentence that says why takes their room.
    section.classList.toggle("wb-unanswered", Boolean(isOwn && run.why_no_checkpoints && !found.answers));
    next(part("next"), section, { run, isOwn, at, host });
    strip(section, { run, at, found, asking });
    typed?.update(typedFor(run));
  };
  redraw();
}

function captions(run) {
  const recipe = state.static.titles[run.preset];
  return recipe ? say`${recipe.toLowerCase()} captions` : say("other captions");
}

export function answersOf(run, at) {
  const found = run?.checkpoints[at];
  return found?.cosines ? { answers: found.cosines, scale: found.logit_scale } : { answers: null, scale: 1 };
}

/** The full evaluation at the end, before it the quick one of that step. */
export function numberOf(run, at) {
  if (!run) return null;
  const isLast = at >= run.checkpoints.length - 1;
  if (isLast && run.final) return run.final.binding;
  const point = measuredAt(run, run.checkpoints[at]?.step ?? run.curve.at(-1)?.step);
  return point ? { value: point.binding, low: point.low, high: point.high, n: point.n } : null;
}

export function whyNoNumber(run, at) {
  if (!run) return "";
  return run.checkpoints[at]?.step === 0 ? "not measured before the first step" : "not measured yet";
}

function stepOf(run, step) {
  if (run.kind === "recording") return say`recorded training, step ${step} of ${run.steps}`;
  return run.is_own ? say`your run, step ${step} of ${run.steps}` : say`this run, step ${step} of ${run.steps}`;
}

function who(place, { run, isOwn, at, asking }) {
  const step = run?.checkpoints[at]?.step;
  const isStale = isOwn && state.data.plan.key !== run.key && !isLive(run);
  const said = !run ? "" : !isOwn ? (run.kind === "recording" && !asking ? say`recorded training, ${captions(run)}` : say`shipped model, ${captions(run)}`) : isStale ? "dials changed since this run"
    : stepOf(run, step ?? run.step);
  replace(place, `${said}`, () => said ? el("em", { class: isStale ? "wb-stale" : "" }, said) : null);
}

/** What a typed caption is asked of: the model of the run, of a recording the shipped one of its recipe, and the pair. */
function typedFor(run) {
  const shipped = Object.values(state.static.models).find((each) => each.kind === "shipped" && each.preset === run?.preset);
  const model = run?.has_model || run?.kind === "shipped" ? run : run?.kind === "recording" ? shipped : null;
  const picture = (side) => ({ letter: side.toUpperCase(), image: state.static.pairs[state.pair][side].seen, caption: state.static.pairs[state.pair][side].caption.map((word) => word.text).join(" ") });
  return model ? { model: model.name, title: model.kind === "shipped" ? `${model.label} (${model.name})` : model.label, pictures: ["a", "b"].map(picture) } : null;
}

function afterGuess(run) {
  const found = guessed(run.name, state.pair);
  if (!found) return "";
  const isRight = (found.guess === "yes") === found.binds;
  const rest = found.binds ? say("Each picture finds its own caption. What if captions were sloppier? Choose another recipe and train.")
    : say("Same words, other owners: it cannot tell. Can better captions teach it? Choose Tidy and train.");
  return found.guess === "skip" ? rest : isRight ? say`You guessed it. ${rest}` : say`Not this one. ${rest}`;
}

const ICONS = {
  inside: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM12 12l4 4", own: "M2 4h14v11H2zM5 12l3-4 3 3 2-2 3 4",
  opposite: "M3 6h10l-3-3M15 12H5l3 3", share: "M9 11V2M5.5 5 9 2l3.5 3M3 10v6h12v-6",
};

function next(place, section, { run, isOwn, at, host }) {
  const isDone = isOwn && !isLive(run), isTidy = numberOf(run, at)?.value > 0.75;
  const opposite = isTidy ? OPPOSITE.web : OPPOSITE.tidy;
  const words = isOwn && isLive(run) ? "live" : isDone ? `done${run.name}${opposite}${run.has_model}` : "none";
  replace(place, words, () => {
    if (words === "none") return null;
    if (words === "live") return host.settings.is_static ? null : el("p", {}, "The answers follow at every saved step. Close the page if you like: the run goes on.");
    return [
      host.settings.is_static ? null : way("inside", "Look inside", () => host.send("looked", { run: run.name })),
      run.has_model ? way("own", "Try your own", () => tryOwn(run, host)) : null,
      way("opposite", say`Now ${state.static.titles[opposite].toLowerCase()}`, () => host.send("opposite", { preset: opposite, values: state.data.values })),
      way("share", "Share", () => share(shareBox(section), sharing(section))),
    ];
  });
}

/** A scene of one's own, answered by this model in the browser; from there its picture goes to Ask a real CLIP. */
async function tryOwn(run, host) {
  const { openScene } = await import("../scene/dialog.js");
  const dialog = await openScene({ run: run.name, title: run.label, onProbe: (question) => host.send("tried", { ...question, run: run.name }) });
  dialog.scrollTop = 0; // the object that has the focus scrolled itself into sight
}

function way(icon, words, act) {
  return el("button", { type: "button", onclick: act, "data-way": icon },
    svg("svg", { viewBox: "0 0 18 18", fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" }, svg("path", { d: ICONS[icon] })), el("span", {}, words));
}

const another = () => {
  const count = state.static.pairs.length, name = shown().run.name;
  for (let ahead = 1; ahead < count; ahead += 1) if (!guessed(name, (state.pair + ahead) % count)) return (state.pair + ahead) % count;
  return (state.pair + 1) % count;
};

function shareBox(section) {
  return section.querySelector(".wb-sharing") ?? section.appendChild(el("div", { class: "wb-sharing" }));
}

function sharing(section) {
  const { run } = shown(), at = place(), query = new URLSearchParams(location.search);
  query.set("tab", "workbench");
  query.set("run", run.name);
  return { run, index: state.pair, pair: state.static.pairs[state.pair], ...answersOf(run, at), number: numberOf(run, at), themed: section, file: run.has_model || run.kind === "shipped" ? `runs/${encodeURIComponent(run.name)}.html` : null, link: new URL(`?${query}`, location.href).href };
}

/** On a phone the pair, its marks and the number stay in sight at the foot of the window. */
function strip(section, { run, at, found, asking }) {
  const bar = document.querySelector("#bench .wb-sticky");
  if (!bar) return;
  const pair = state.static.pairs[state.pair], number = numberOf(run, at), isHidden = asking || state.swinging || !found.answers;
  const answers = isHidden ? ["open", "open"] : [0, 1].map((side) => (choice(sureness(found.answers[2 * state.pair + side], found.scale)).isRight ? "right" : "wrong"));
  const value = asking || state.swinging ? "?" : number ? percent(number.value) : "–", isMine = state.run && isLive(state.run) && state.run.mine;
  replace(bar, JSON.stringify([state.pair, answers, value, isMine, run?.checkpoints[at]?.step]), () => [
    el("div", { class: "wb-duo" }, ["a", "b"].map((side, place) => el("span", {}, el("img", { src: pair[side].image, alt: "", width: 46, height: 46 }), isHidden ? null : el("span", { class: `wb-m wb-${answers[place]}` }, sign(answers[place]))))),
    el("div", { class: "wb-n" }, value, el("small", {}, run?.checkpoints[at]?.step && !isHidden ? say`step ${run.checkpoints[at].step}` : "a coin toss: 50")),
    el("button", { type: "button", class: isMine ? "wb-go wb-stop" : "wb-go", onclick: () => document.getElementById("train").click() }, isMine ? "Stop" : state.data.plan.go ? "Replay" : "Train"),
  ]);
}

/** Boxes that were opened over the page close by Escape and by a press beside them. */
function closeOutside(section) {
  const open = () => [...section.querySelectorAll("details.wb-more[open]")];
  document.addEventListener("pointerdown", (event) => { for (const each of open()) if (!each.contains(event.target)) each.open = false; });
  section.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const each of open()) { each.open = false; each.querySelector("summary").focus(); }
    section.querySelector(".wb-sharing")?.replaceChildren();
  });
}
