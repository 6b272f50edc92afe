// The lesson: shows one step, marks a step done when its reader has acted, keeps that in the browser.
// The templates of explorer/pages/templates/lesson are the page. Runs and scores go through the app's own endpoints.

const texts = JSON.parse(document.getElementById("texts").textContent);
const language = document.documentElement.dataset.language || "en";
const STORED = "clip-binding-explorer-lesson";
const POLL_MS = 1000;
const byId = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (found, name) => values[name] ?? found);
const order = all("section[data-step]").map((section) => section.dataset.step);

// ---- What is kept: {done: [steps], open, guess, run, key}. What the browser holds may be anybody's writing.

function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(STORED)) ?? {};
    const done = (Array.isArray(found.done) ? found.done : []).filter((step) => order.includes(step));
    return { ...found, done, open: order.includes(found.open) ? found.open : order[0] };
  } catch {
    return { done: [], open: order[0] };
  }
}

const state = stored();

function keep(changes) {
  Object.assign(state, changes);
  try {
    localStorage.setItem(STORED, JSON.stringify(state));
  } catch {} // a browser that keeps nothing: the lesson goes on without
}

// ---- Steps

const section = (step) => byId(`step-${step}`);

function open(step, focus = true) {
  keep({ open: step });
  for (const each of order) section(each).hidden = each !== step;
  paint();
  if (focus) byId(`title-${step}`).focus();
}

function paint() {
  order.forEach((step, place) => {
    const go = byId(`go-${step}`), done = state.done.includes(step);
    go.dataset.done = String(done);
    if (step === state.open) go.setAttribute("aria-current", "step");
    else go.removeAttribute("aria-current");
    go.querySelector(".mark").textContent = done ? "✓" : String(place + 1);
    go.querySelector(".state").textContent = `(${texts[done ? "done" : "open"]})`;
    section(step).dataset.done = String(done);
    const next = section(step).querySelector(".next");
    if (next) next.textContent = next.dataset[done ? "next" : "skip"];
    if (next) next.classList.toggle("primary", done);
  });
  byId("end").hidden = state.done.length < order.length;
  if (!byId("end").hidden) summarize();
}

// What the reader guessed, found and trained, with the numbers that were measured.
function summarize() {
  const guessed = section("guess").querySelector(".result").dataset, forms = section("form").querySelector(".result").dataset;
  const lines = [
    Number.isFinite(state.guess) ? say("end.guess", { guess: state.guess, measured: guessed.measured }) : null,
    say("end.form", { short: forms.short, long: forms.long }),
    Number.isFinite(state.binding) ? say("end.run", { binding: state.binding }) : null,
  ];
  fill("end-summary", lines.filter(Boolean));
  if (state.place) byId("end-workbench").href = state.place;
}

function fill(id, lines) {
  byId(id).replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

function finish(step) {
  const result = section(step).querySelector(".result");
  if (result) result.hidden = false;
  if (!state.done.includes(step)) keep({ done: [...state.done, step] });
  paint();
}

for (const button of all("[data-go]")) button.addEventListener("click", () => open(button.dataset.go));

// ---- Asking the server

class Refusal extends Error {} // a sentence of the server's, while other errors say that it did not answer

async function fetched(address, options) {
  const answer = await fetch(address, options).catch(() => null);
  if (!answer?.ok) throw new Error(texts.failed);
  return answer;
}

async function answered(address) {
  const found = await (await fetched(address)).json();
  if (found.error) throw new Refusal(found.error);
  return found;
}

// An endpoint of the app: the call is queued, and its stream of events ends with the answer or a sentence.
async function call(name, ...data) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ data }) };
  const { event_id: id } = await (await fetched(`gradio_api/call/${name}?lang=${language}`, options)).json();
  const stream = await (await fetched(`gradio_api/call/${name}/${id}`)).text();
  const events = [...stream.matchAll(/^event: (\w+)\r?\ndata: (.*)$/gm)];
  const [, kind, said] = events.reverse().find(([, kind]) => kind !== "heartbeat") ?? [];
  if (kind === "complete") return JSON.parse(said)[0];
  throw new Error(JSON.parse(said ?? "null")?.error || texts.failed);
}

function tell(sentence) {
  const list = document.createElement("ul"), item = document.createElement("li"), close = document.createElement("button");
  Object.assign(list, { role: "alert" });
  item.textContent = sentence;
  Object.assign(close, { type: "button", className: "close", textContent: "×", ariaLabel: texts.close });
  list.append(item);
  byId("notes").replaceChildren(...(sentence ? [close, list] : []));
}

byId("notes").addEventListener("click", (event) => event.target.closest(".close") && tell(""));

// ---- 1. The right picture

for (const picture of all("#see-pictures .picture")) {
  picture.addEventListener("click", () => {
    const right = picture.dataset.right === "true";
    picture.dataset.chosen = "true";
    byId("see-said").textContent = `${right ? "✓" : "✗"} ${texts[right ? "see.right" : "see.wrong"]}`;
    byId("see-said").className = right ? "is-right" : "is-wrong";
    if (right) finish("see");
  });
}

// ---- 2. The guess, which counts once

const guess = byId("guess");
guess.addEventListener("input", () => (byId("guess-value").textContent = guess.value));
byId("guess-lock").addEventListener("click", () => {
  keep({ guess: Number(guess.value) });
  showGuess();
});

function showGuess() {
  guess.value = String(state.guess);
  byId("guess-value").textContent = guess.value;
  guess.disabled = byId("guess-lock").disabled = true;
  byId("guess-yours").textContent = say("guess.yours", { guess: guess.value });
  finish("guess");
}

// ---- 3. The dial

const dial = byId("dial");
let turn = 0;

dial.addEventListener("input", async () => {
  const mine = ++turn;
  byId("dial-value").textContent = Number(dial.value).toFixed(2);
  try {
    const { html } = await answered(`lesson/scenes?completeness=${dial.value}&lang=${language}`);
    if (mine !== turn) return; // it was turned on meanwhile
    byId("dial-scenes").innerHTML = html;
    countBoth();
  } catch (error) {
    tell(error.message);
  }
});

function countBoth() {
  const { both, count } = byId("dial-scenes").firstElementChild.dataset;
  byId("dial-count").textContent = say("dial.count", { both, count });
  if (both === "0") finish("dial");
}

// ---- 4. The two forms

for (const button of all("[data-form]")) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", "true");
    byId(`form-${button.dataset.form}`).hidden = false;
    if (all("[data-form]").every((each) => each.getAttribute("aria-pressed") === "true")) finish("form");
  });
}

// ---- 5. A run

function wireTrain() {
  const steps = byId("train-steps"), start = byId("train-start"), stop = byId("train-stop");
  const chosen = () => document.querySelector("#train-preset input:checked").value;
  let timer = 0, budgets = 0;

  // One sentence below the field, with what it may hold; the server is not asked about a number that it refuses.
  function refusal() {
    if (steps.value && steps.checkValidity()) return "";
    const number = new Intl.NumberFormat("en"), value = steps.value || texts["train.empty"];
    return say("train.bad_steps", { value, low: steps.min, high: number.format(Number(steps.max)) });
  }

  async function showBudget() {
    const mine = ++budgets, wrong = refusal();
    steps.setAttribute("aria-invalid", String(Boolean(wrong)));
    if (wrong) {
      byId("train-budget").textContent = wrong;
      return;
    }
    try {
      const { html } = await answered(`lesson/budget?preset=${chosen()}&steps=${encodeURIComponent(steps.value)}&lang=${language}`);
      if (mine === budgets) byId("train-budget").innerHTML = html;
    } catch (error) {
      if (mine === budgets) byId("train-budget").textContent = error.message;
    }
  }

  byId("train-preset").addEventListener("input", showBudget);
  steps.addEventListener("input", showBudget);

  start.addEventListener("click", async () => {
    tell("");
    if (refusal()) {
      steps.focus();
      return;
    }
    start.disabled = true;
    try {
      const begun = await call("start_run", chosen(), {}, "scratch", "all", Number(steps.value), 0, state.key ?? "");
      keep({ run: begun.run, key: begun.owner_key, binding: null });
      await watch();
    } catch (error) {
      tell(error.message);
      start.disabled = false;
    }
  });

  stop.addEventListener("click", async () => {
    stop.disabled = true;
    try {
      await call("stop_run", state.run, state.key ?? "");
    } catch (error) {
      tell(error.message);
    }
  });

  async function watch() {
    clearTimeout(timer);
    let found;
    try {
      found = await answered(`lesson/run?run=${encodeURIComponent(state.run)}&lang=${encodeURIComponent(language)}`);
    } catch (error) {
      return error instanceof Refusal ? lost() : later(); // the server may be starting anew
    }
    byId("train-card").innerHTML = found.card + found.measured;
    byId("train-open").hidden = false;
    byId("train-open").firstElementChild.href = found.place;
    start.disabled = found.active;
    stop.hidden = !found.active;
    stop.disabled = found.stopping;
    keep({ binding: found.binding, place: found.place });
    if (found.ended) finish("train");
    if (found.has_model) offer(state.run);
    if (found.active) later();
    else showBudget(); // it rests on one more run now
  }

  // The model that was just trained is the first one to ask, once; what the reader chose after that stays.
  function offer(run) {
    const models = byId("probe-model"), known = models.querySelector("[data-own]");
    if (known?.value === run) return;
    known?.remove();
    const option = Object.assign(document.createElement("option"), { value: run, textContent: texts["probe.own"], selected: true });
    option.dataset.own = "";
    models.prepend(option);
  }

  const later = () => (timer = setTimeout(watch, POLL_MS));

  function lost() {
    keep({ run: null });
    byId("train-card").firstElementChild.textContent = texts["train.gone"];
    byId("train-open").hidden = stop.hidden = true;
    start.disabled = false;
  }

  return { watch, showBudget };
}

// ---- 6. A question to a model

function wireProbe() {
  const first = byId("probe-first"), second = byId("probe-second"), ask = byId("probe-ask");
  let isOwn = false, reading = 0; // whether the second caption was written by hand

  for (const picture of all("#probe-pictures .picture")) picture.addEventListener("click", () => choose(picture));

  function choose(picture) {
    for (const each of all("#probe-pictures .picture")) each.setAttribute("aria-pressed", String(each === picture));
    first.value = picture.dataset.caption;
    isOwn = false;
    readSwap();
  }

  async function readSwap() {
    if (isOwn) return;
    const mine = ++reading;
    try {
      const found = await call("swaps", first.value, "");
      if (mine === reading && !isOwn) second.value = found.swaps[0]?.caption ?? "";
    } catch {
      if (mine === reading && !isOwn) second.value = ""; // nothing to swap in it: the second is written by hand
    }
  }

  let typing = 0;
  first.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(readSwap, 300);
  });
  second.addEventListener("input", () => (isOwn = second.value !== ""));

  ask.addEventListener("click", async () => {
    ask.disabled = true;
    tell("");
    byId("probe-said").textContent = texts["probe.wait"];
    byId("probe-cosines").replaceChildren();
    byId("probe-captions").replaceChildren();
    byId("probe-warnings").replaceChildren();
    try {
      const picture = document.querySelector("#probe-pictures [aria-pressed=true] img").src;
      showAnswer(await call("score", byId("probe-model").value, [picture], [first.value, second.value]));
      finish("probe");
    } catch (error) {
      byId("probe-said").textContent = "";
      tell(error.message);
    }
    ask.disabled = false;
  });

  const signed = (value) => value.toFixed(3).replace("-", "−");

  function showAnswer(found) {
    const [cosines] = found.cosine, margin = cosines[0] - cosines[1], spread = found.order_free.spread[0];
    const key = Math.abs(margin) <= spread ? "close" : margin > 0 ? "nearer_first" : "nearer_second";
    byId("probe-said").textContent = say(`probe.${key}`);
    const odds = found.probabilities[0].map((share) => Math.round(100 * share));
    fill("probe-captions", found.captions.map((caption, place) => `${odds[place]} %: ${caption}`));
    const margins = say("probe.margin", { margin: signed(Math.abs(margin)), spread: signed(spread) });
    fill("probe-cosines", [margins, ...found.captions.map((caption, place) => `${say("probe.cosine", { value: signed(cosines[place]) })}: ${caption}`)]);
    fill("probe-warnings", found.warnings);
  }

  return { choose };
}

// ---- Languages, the way to start over, and what was done before

for (const link of all("a[data-language]")) {
  if (link.dataset.language === language) link.setAttribute("aria-current", "true");
}

byId("again").addEventListener("click", () => {
  try {
    localStorage.removeItem(STORED);
  } catch {}
  location.reload();
});

function restore() {
  for (const step of state.done) finish(step);
  if (state.done.includes("guess") && Number.isFinite(state.guess)) showGuess();
  if (state.done.includes("dial")) {
    dial.value = dial.min;
    dial.dispatchEvent(new Event("input"));
  }
  if (state.done.includes("form")) for (const button of all("[data-form]")) button.click();
  if (typeof state.run === "string") training?.watch();
}

// A lesson without a server has neither step.
const training = byId("step-train") ? wireTrain() : null, probing = byId("step-probe") ? wireProbe() : null;
restore();
countBoth();
probing?.choose(document.querySelector("#probe-pictures .picture"));
training?.showBudget();
open(state.open, false);
window.lessonIsReady = true;
