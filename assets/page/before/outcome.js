// The right column: does it bind? A guess, the answers at a saved step, the number, and the ways on.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Share } from "./share.js";
import { answersOf, button, guessed, hasGuessed, isAsking, isLive, numberOf, place, shown, tally, whyNoNumber, worldOf } from "./shown.js";
import { Cosines, Ropes, Stage } from "./stage.js";
import { Heading, Icon, Mark, More, Sign } from "../ui.js";
import { bare, percent, plain, say, space, sureness } from "../words.js";

export function Outcome({ state, acts }) {
  const { answers: known, pair, isSwinging, compare } = state;
  if (!known || !state.data) return html`<section class="wb-col" id="workbench-outcome" aria-labelledby="wb-h3"><${Heading} id="wb-h3" number="3" title=${say("Does it bind?")} /></section>`;
  const { run, isOwn } = shown(state), at = place(state), asking = isAsking(state), isHidden = asking || isSwinging;
  const pairs = state.pairs, found = pairs.world === worldOf(run) ? answersOf(run, at) : answersOf(null, at), of = pairs.list[pair];
  const name = `${pairs.world} ${pair}`, two = { name, pair: of, answers: found.answers?.slice(2 * pair, 2 * pair + 2) ?? null, scale: found.scale, isHidden, isSwinging };
  const isUnanswered = isOwn && run.why_no_checkpoints && !found.answers;
  return html`<section class=${`wb-col${asking ? " wb-asking" : ""}${isUnanswered ? " wb-unanswered" : ""}`} id="workbench-outcome" aria-labelledby="wb-h3">
    <${Heading} id="wb-h3" number="3" title=${say("Does it bind?")}><${Who} ...${{ state, run, isOwn, at, asking }} /><//>
    <${NumberOf} found=${numberOf(run, at)} why=${whyNoNumber(run, at)} isHidden=${isHidden} other=${compare?.final?.binding} />
    <${Stage} ...${two} />
    <div id="guess" class="wb-ask" hidden=${!asking}>${asking && html`<${Guess} about=${say`This CLIP learned from ${captionsOf(state, run)}.`} isFirst=${!hasGuessed(state)} guess=${acts.guess} />`}</div>
    <${Ropes} ...${two} />
    <div class="wb-sl"><${Count} answers=${isHidden ? null : found.answers} />
      <${More} name="cosines" label=${say("Details: cosines")} box="wb-cosines"><div data-part="cosines"><${Cosines} ...${two} /></div><//>
      <${More} name="typed" label=${say("Type a caption")} box="wb-typed" onToggle=${acts.openTyped}><p>${say("Typed captions are answered while you type, by the model as it ended.")}</p>${state.isTyping && html`<${Typed} mount=${acts.mountTyped} asked=${askedOf(state, run)} />`}<//></div>
    <${Strip} pairs=${pairs.list} ...${found} answers=${isHidden ? null : found.answers} pair=${pair} turn=${acts.turn} />
    <p class="wb-verdict" data-part="verdict" aria-live="polite"><${Verdict} ...${{ state, run, isOwn, isHidden, acts }} /></p>
    <div class="wb-next" data-part="next"><${Ways} ...${{ state, run, isOwn, acts }} /></div>
    ${state.isSharing && isOwn && html`<div class="wb-sharing"><${Share} state=${state} acts=${acts} /></div>`}</section>
  <${Sticky} ...${{ state, run, at, two, isHidden, acts }} />`;
}

export function captionsOf({ answers }, run) {
  const recipe = answers.titles[run.preset];
  return recipe ? say`captions of “${recipe}”` : say("other captions");
}

/** Whose answers these are, and at which step. */
function Who({ state, run, isOwn, at, asking }) {
  const isStale = isOwn && state.data.plan.key !== run.key && !isLive(run), said = isStale ? say("dials changed since this run") : whose(state, run, isOwn, at, asking);
  return html`<span class="wb-who" data-part="who">${said && html`<em class=${isStale ? "wb-stale" : ""}>${said}</em>`}</span>`;
}

function whose(state, run, isOwn, at, asking) {
  if (!run) return "";
  if (!isOwn) return run.kind === "recording" && !asking ? say`recorded training, ${captionsOf(state, run)}` : say`shipped model, ${captionsOf(state, run)}`;
  const step = run.checkpoints[at]?.step ?? run.step;
  if (run.kind === "recording") return say`recorded training, step ${step} of ${run.steps}`;
  return run.is_own ? say`your run, step ${step} of ${run.steps}` : say`this run, step ${step} of ${run.steps}`;
}

// ---- The number

/** Binding with its interval; `other` is that of the compared run. */
export function NumberOf({ found, why, isHidden, other }) {
  const value = isHidden ? "?" : found ? bare(found.value) : "–", isShown = found && !isHidden;
  return html`<div class="wb-head" id="outcome-number"><div class="wb-big" data-part="big" aria-label=${isShown ? percent(found.value) : say("not shown yet")}>${value}<small>%</small></div>
    <div class="wb-words"><b>${say("of pictures find their own caption")}</b><span data-part="interval" title=${isShown ? say`n = ${found.n.toLocaleString("en-US")}, 95 % interval` : null}>${intervalOf(found, why, isHidden)}</span>
    <${Gauge} found=${isShown ? found : null} other=${other} /></div></div>`;
}

function intervalOf(found, why, isHidden) {
  if (isHidden) return say("a coin toss finds 50");
  if (!found) return why;
  const isChance = found.low <= 0.5 && found.high >= 0.5;
  return isChance ? say`${bare(found.low)} to ${bare(found.high)}: no better than a coin toss` : say`${bare(found.low)} to ${bare(found.high)}; a coin toss finds 50`;
}

const LEAST = 0.4, across = (share) => `${((100 * Math.min(1, Math.max(0, share - LEAST))) / (1 - LEAST)).toFixed(1)}%`;
function Gauge({ found, other }) {
  const said = found ? say`${percent(found.value)}, 95 % interval ${percent(found.low)} to ${percent(found.high)}, n = ${found.n}` : say("not shown yet");
  return html`<svg class="wb-gauge" role="img" aria-label=${said} data-part="gauge"><line x1="0" x2="100%" y1="50%" y2="50%" class="wb-track" /><line x1=${across(0.5)} x2=${across(0.5)} y1="18%" y2="82%" class="wb-chance" />
    ${found && html`<line x1=${across(found.low)} x2=${across(found.high)} y1="50%" y2="50%" class="wb-span" />`}
    ${found && other && html`<svg x=${across(other.value)} y="50%" overflow="visible" aria-hidden="true"><path d="M-5 0l5-6 5 6-5 6z" class="wb-diamond" /></svg>`}
    ${found && html`<circle cx=${across(found.value)} cy="50%" r="0.31rem" class="wb-now" />`}</svg>`;
}

// ---- A guess before the answer, for every pair anew

function Guess({ about, isFirst, guess }) {
  const choices = [["yes", say("Yes, both do")], ["no", say("No, it cannot")], ["skip", say("Just show me")]];
  return html`<p><b>${isFirst ? say("Guess first.") : say("Your turn: press Train. Or guess again.")}</b><br /><span>${about}</span>${space(about)}<span>${say("It knows every word. Does each picture find its own caption?")}</span></p>
    <div>${choices.map(([name, said]) => html`<button type="button" class=${isFirst && name !== "skip" ? "wb-btn wb-primary" : "wb-btn"} data-guess=${name} onClick=${() => guess(name)}>${said}</button>`)}</div>
    <small>${say("Asked once for each pair and model. Your guess stays in this browser.")}</small>`;
}

function Verdict({ state, run, isOwn, isHidden, acts }) {
  if (isHidden) return null;
  if (isOwn) return run.why_no_checkpoints && html`<span>${run.why_no_checkpoints}</span>`;
  const said = run && afterGuess(guessed(state, run.name, state.pair));
  return said && html`<span>${said}</span><small><span>${tally(state)}</span><button type="button" class="wb-link" data-way="pair" onClick=${acts.another}>${say("Guess another pair")}</button></small>`;
}

function afterGuess(found) {
  if (!found) return "";
  const isRight = (found.guess === "yes") === found.binds;
  const rest = found.binds ? say("Each picture finds its own caption. What if captions were sloppier? Choose another recipe and train.")
    : say("Same words, other owners: it cannot tell. Can better captions teach it? Choose Tidy and train.");
  return found.guess === "skip" ? rest : isRight ? say`You guessed it. ${rest}` : say`Not this one. ${rest}`;
}

// ---- The twelve pairs

export function Count({ answers }) {
  if (!answers) return html`<span data-part="count">${say("Twelve pairs")}</span>`;
  const right = answers.filter(([own, other]) => own >= other).length;
  return html`<span data-part="count"><b>${say`${right} of ${answers.length}`}</b> <span>${say("pictures of these 12 pairs")}</span></span>`;
}

export const Strip = ({ pairs, answers, scale, pair, turn }) => html`<div class="wb-strip" data-part="strip" role="group" aria-label=${say("The twelve pairs")}>${pairs.map((each, place) => {
  const marks = [0, 1].map((side) => markOf(answers?.[2 * place + side], scale));
  const said = !answers ? say("not answered yet") : marks.every((mark) => mark === "right") ? say("both right") : say("not both right");
  return html`<button key=${place} type="button" class="wb-pair" aria-label=${say`Pair ${place + 1} of ${pairs.length}: ${said}`} aria-pressed=${String(place === pair)} onClick=${() => turn(place)}>
    ${[each.a, each.b].map((side, at) => html`<span><img src=${side.image} alt="" width="64" height="64" /><${Mark} key=${marks[at]} answer=${marks[at]} isNew=${answers} /></span>`)}</button>`;
})}</div>`;

const markOf = (cosines, scale) => (!cosines ? "open" : sureness(cosines, scale) >= 0.5 ? "right" : "wrong");

// ---- A typed caption: the box and its answers are mounted by a module that comes with the engine, which few need

/** `mount(element)` returns a promise of {update(asked)}. */
export function Typed({ mount, asked }) {
  const place = useRef(null), [typed, keep] = useState(null);
  useEffect(() => { mount(place.current).then(keep); }, []);
  useEffect(() => { typed?.update(asked); });
  return html`<div data-part="typed" ref=${place} />`;
}

/** What a typed caption is asked of: the model of the run, of a recording the shipped one of its recipe, and the pair. */
function askedOf({ answers, pairs, pair }, run) {
  const shipped = Object.values(answers.models).find((each) => each.kind === "shipped" && each.preset === run?.preset);
  const model = run?.has_model || run?.kind === "shipped" ? run : run?.kind === "recording" ? shipped : null;
  return model ? { model: model.name, title: model.kind === "shipped" ? `${model.label} (${model.name})` : model.label, pictures: picturesOf(pairs.list[pair]) } : null;
}

export const picturesOf = (pair) => ["a", "b"].map((side) => ({ letter: side.toUpperCase(), image: pair[side].seen, caption: plain(pair[side].caption) }));

// ---- The ways on from a run that has ended: look inside, one's own picture, the opposite recipe, share

const ICONS = {
  inside: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM12 12l4 4", own: "M2 4h14v11H2zM5 12l3-4 3 3 2-2 3 4",
  opposite: "M3 6h10l-3-3M15 12H5l3 3", share: "M9 11V2M5.5 5 9 2l3.5 3M3 10v6h12v-6",
};
const Way = ({ name, act, children }) => html`<button type="button" data-way=${name} onClick=${act}><${Icon} path=${ICONS[name]} /><span>${children}</span></button>`;

function Ways({ state: { isStatic, answers }, run, isOwn, acts }) {
  if (!isOwn) return null;
  if (isLive(run)) return !isStatic && html`<p>${say("The answers follow at every saved step. Close the page if you like: the run goes on.")}</p>`;
  const isTidy = numberOf(run, run.checkpoints.length - 1)?.value > 0.75, opposite = isTidy ? "web-like" : "binding-friendly";
  return html`${!isStatic && html`<${Way} name="inside" act=${acts.inside}>${say("Look inside")}<//>`}
    ${run.has_model && html`<${Way} name="own" act=${acts.own}>${say("Try your own")}<//>`}
    <${Way} name="opposite" act=${() => acts.opposite(opposite)}>${say`Now ${answers.titles[opposite].toLowerCase()}`}<//>
    <${Way} name="share" act=${acts.share}>${say("Share")}<//>`;
}

/** On a phone the pair, its marks and the number stay in sight at the foot of the window. */
function Sticky({ state, run, at, two, isHidden, acts }) {
  const number = numberOf(run, at), isOpen = isHidden || !two.answers, value = isHidden ? "?" : number ? percent(number.value) : "–";
  const { isMine, isOff } = button(state), step = run?.checkpoints[at]?.step;
  return html`<div class="wb-sticky"><div class="wb-duo">${["a", "b"].map((side, place) => html`<span><img src=${two.pair[side].image} alt="" width="46" height="46" />${!isOpen && html`<${Mark} answer=${markOf(two.answers[place], two.scale)} />`}</span>`)}</div>
    <div class="wb-n">${value}<small>${step > 0 && !isOpen ? say`step ${step}` : say("a coin toss: 50")}</small></div>
    <button type="button" class=${isMine ? "wb-go wb-stop" : "wb-go"} disabled=${isOff} onClick=${isMine ? acts.stop : acts.train}>${isMine ? say("Stop") : state.data.plan.go ? say("Replay") : say("Train")}</button></div>`;
}
