// The right column: does it bind? A guess, the answers at a checkpoint, the number, and the ways on.

import { el, percent, replace, say, sign } from "./dom.js";
import { guessed, mountGuess, remember, tallyWords } from "./guess.js";
import { mountOutcome } from "./outcome.js";
import { choice, sureness } from "./phrases.js";
import { answersOf, closeOutside, isAsking, isLive, numberOf, place, redraw, shown, state, views, whyNoNumber } from "./state.js";
import { mountWays } from "./ways.js";

const SWING_MS = 2200, CALM_MS = 350;
const USUAL_WORLD = "things";

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
    mountWays(part("next"), section, { run, isOwn, host });
    strip(section, { run, at, found, asking });
    typed?.update(typedFor(run));
  };
  redraw();
}

const another = () => {
  const count = state.static.pairs.length, name = shown().run.name;
  for (let ahead = 1; ahead < count; ahead += 1) if (!guessed(name, (state.pair + ahead) % count)) return (state.pair + ahead) % count;
  return (state.pair + 1) % count;
};

function captions(run) {
  const recipe = state.static.titles[run.preset];
  return recipe ? say`captions of “${recipe}”` : say("other captions");
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
