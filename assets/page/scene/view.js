// What is seen of "Your own scene": the canvas with its controls, and the captions, models, tries and challenge beside
// it.

import { contract } from "../contract.js";
import { Pixels } from "../pixels.js";
import { Heard, useFocusKept } from "../ui.js";
import { html, useState } from "../vendor/preact.js";
import { bare, joinTexts, say } from "../words.js";
import { Canvas } from "./canvas.js";
import { CLASSES } from "./challenge.js";
import { drawObject, TRAINED_SIDE } from "../drawing.js";
import { isSizeKind } from "./outside.js";
import {
  withNewObject,
  freshState,
  withOverlap,
  withoutObject,
  withObject,
  withOneValue,
  withPositionsSwapped,
  withValue,
  withValuesSwapped,
} from "./state.js";
import { positionOnBar, wordsOf } from "./verdicts.js";
import { clamp, nearestIndex } from "../numbers.js";

/**
 * `view` is {world, loadedWorld, state, question, bars, pixels, read, unseen, challengeCard}; `acts` are change(step),
 * share(), askReal() or null, and show(scene). Names of things and their values are words of captions, which no
 * language translates.
 */
export function Scene({ view, acts }) {
  const { unseen, challengeCard } = view,
    lab = useFocusKept("#scene-canvas");
  return html`<div class="scene-lab" translate=${false} ref=${lab}><div class="scene-left"><h2>${say("Your own scene")}</h2>
    <${Canvas} ...${view} change=${acts.change} /><${Controls} view=${view} acts=${acts} /></div>
    <div class="scene-right"><p class="scene-help">${say("Drag a thing to move it, and click it to change its color. Each model chooses between:")}</p>
      <${CaptionPair} ...${view} change=${acts.change} />
      <div class="scene-models">
        ${view.bars.map((bar) => html`<${MarginBar} key=${bar.name} bar=${bar} width=${view.width} />`)}</div>
      <${Heard} after=${REST_MS} text=${heardOf(view)} />
      <p class="scene-outside" id="scene-unseen">
        ${unseen.length > 0 && say`In no model's training: ${unseen.join(", ")}.`}</p>
        <${Tries} ...${view} change=${acts.change} />
      <p class="scene-note" aria-live="polite" id="scene-note">${noteOf(view)}</p>
        ${challengeCard && html`<${ChallengeCard} ...${challengeCard} show=${acts.show} />`}</div></div>`;
}

const Button = ({ id, act, children, ...more }) =>
  html`<button type="button" class="scene-button" id=${id && `scene-${id}`} onClick=${act}
  ...${more}>${children}</button>`;

const kindName = (name) => say(name[0].toUpperCase() + name.slice(1));

function noteOf({ world, question, state: { objects, toldKind, typed } }) {
  if (typed)
    return question.isEmpty
      ? say("Write both captions: no model answers an empty one.")
      : say("Typed captions: a mark says right or wrong only if exactly one of them is true of the picture.");
  if (question.isSame)
    return say`Both objects have the same ${world.kinds[toldKind].name}, so both captions say the same.`;
  if (objects.length > 2)
    return say`The ${new String(world.nouns[objects[2].noun].word)} is in the picture and in neither caption: what is left unsaid shifts every model a little.`;
  return say("Move things about. Gray marks show where each model has been.");
}

// ---- Below the canvas

function Controls({ view: { world, loadedWorld, state, pixels }, acts: { change, share, askReal } }) {
  const { chosen, objects } = state,
    kinds = world.kinds
      .map((kind, k) => ({ ...kind, k, isColor: kind.values.every((value) => value.paints.fill) }))
      .filter(({ k }) => !isSizeKind(world, k));
  const kind = (each) => html`<${Kind} ...${each} value=${objects[chosen].values[each.k]}
    choose=${(value) => change((now) => withValue(now, now.chosen, each.k, value))} />`;
  return html`<div class="scene-controls">${kinds.filter((each) => each.isColor).map(kind)}<div class="scene-row">
    ${kinds.filter((each) => !each.isColor).map(kind)}</div>
    <div class="scene-row"><label class="scene-label" for="scene-size">${say("Size")}</label>
      <input type="range" id="scene-size" min="0" max=${loadedWorld.sides.length - 1}
        value=${nearestIndex(loadedWorld.sides, objects[chosen].side)}
      aria-label=${say("Size")} onInput=${({ target }) =>
        change((now) => withObject(now, now.chosen, { side: loadedWorld.sides[Number(target.value)] }))} />
      <${Button} id="remove" disabled=${objects.length <= contract.own_scene.min_objects}
        act=${() => change((now) => withoutObject(now, now.chosen))}>
        ${say("Remove")}<//><${Button} id="reset" act=${() => change(() => freshState(world))}>${say("Start over")}<//>
          </div>
    ${
      objects.length < contract.own_scene.max_objects &&
      html`<div class="scene-row"><span class="scene-label">
      ${objects.length === 2 ? say("Add a third") : say("Add a fourth")}</span><div class="scene-nouns">
      ${world.nouns.map(
        ({ word }, noun) =>
          objects.every((each) => each.noun !== noun) &&
          html`<${Noun} key=${word} ...${{ world, word, noun }}
        act=${() => change((now) => withNewObject(world, now, noun))} />`,
      )}</div></div>`
    }
    <div class="scene-row scene-ways"><${Pixels} pixels=${pixels} side=${loadedWorld.size} class="scene-pixels" role="img"
      aria-label=${say("What a model sees")} title=${say("What a model sees")} />
        <span class="scene-outside">${say("What a model sees")}
      </span><${ShareScene} share=${share} />
      <a class="scene-button" id="scene-picture" download="scene.png" href="#" onClick=${savePicture}>
        ${say("Save picture")}</a>
        ${
          askReal &&
          html`<${Button} id="probe" title=${say("Ask any CLIP about this picture and its captions")}
          act=${askReal}>
        ${say("Ask a real CLIP")}<//>`
        }</div></div>`;
}

/** The values of a kind of the chosen object, as dots of color or as words. */
const Kind = ({ name, values, isColor, value, choose }) =>
  html`<div class=${isColor ? "scene-row" : "scene-values"} role="group"
  aria-label=${kindName(name)}>${
    isColor &&
    html`<span class="scene-label">${kindName(name)}
  </span>`
  }${values.map(
    ({ word, paints: { fill } }, v) =>
      html`<button type="button" class=${fill ? "scene-color" : "scene-value"}
  style=${fill && { background: `rgb(${fill.join(" ")})` }} aria-label=${word} title=${word} data-value=${word}
    aria-pressed=${String(v === value)} onClick=${() => choose(v)}>${!fill && word}</button>`,
  )}</div>`;

function Noun({ world, word, noun, act }) {
  const label = say`Add ${new String(word)}`,
    object = { noun, values: world.kinds.map(() => 0), x: 16, y: 16, side: TRAINED_SIDE };
  return html`<button type="button" class="scene-noun" aria-label=${label} title=${label}
    data-noun=${word} onClick=${act}>
    <svg viewBox="0 0 32 32" aria-hidden="true"
      dangerouslySetInnerHTML=${{ __html: drawObject(world, object, 28, `noun-${noun}`) }} />
    </button>`;
}

/** Both words lie in one cell, so the button keeps its width; a link that could not be copied is shown to be. */
function ShareScene({ share }) {
  const [shown, show] = useState("share"),
    [link, setLink] = useState("");
  async function act() {
    const left = await share();
    setLink(left);
    if (left) return;
    show("shared");
    setTimeout(() => show("share"), 1500);
  }
  return html`<${Button} id="share" data-shown=${shown} act=${act}><span data-word="share">${say("Share")}</span>
    <span data-word="shared">
    ${say("Copied")}</span><//>${
      link &&
      html`<input key=${link} class="scene-address" readonly aria-label=${say("Link")} title=${say("Selected: press Ctrl-C")}
      value=${link} ref=${select} />`
    }`;
}

function select(box) {
  box?.focus();
  box?.select();
}

/** Save the pixels that models see, for any other CLIP. */
function savePicture({ currentTarget }) {
  currentTarget.href = currentTarget.parentElement.querySelector("canvas").toDataURL("image/png");
}

// ---- The captions A and B: those of the scene with their values marked, or two boxes to type one's own

function CaptionPair({ world, state, question, read, change }) {
  const { typed, toldKind } = state,
    write = (index, text) =>
      change((now) => ({ ...now, typed: now.typed.map((each, at) => (at === index ? text : each)) }));
  return html`<div class="scene-question"><div class="scene-captions">
    ${["A", "B"].map(
      (letter, index) => html`<div class="scene-caption"><span class="scene-mark">${letter}</span><div>
      ${
        typed
          ? html`<textarea rows="2" maxlength=${contract.question.caption_length} aria-label=${say`Caption ${new String(letter)}`}
        spellcheck=${false}
        id=${`scene-caption-${letter.toLowerCase()}`} value=${typed[index]}
          onInput=${({ target }) => write(index, target.value)} />`
          : html`<p><${Marked} world=${world} text=${question.texts[index]} /></p>`
      }
      <p class="scene-outside" aria-live="polite">${typed && read[index] && unreadWords(read[index])}</p></div></div>`,
    )}
      </div>
    <div class="scene-row">${
      !typed &&
      html`<label class="scene-naming">${say("Captions name")} <select id="scene-named" value=${toldKind}
      onChange=${({ target }) => change((now) => ({ ...now, toldKind: Number(target.value) }))}>
      ${world.kinds.map(({ name }, k) => html`<option value=${k}>${kindName(name)}</option>`)}</select></label>`
    }
      <button type="button" class="scene-link" id="scene-type" onClick=${() =>
        change((now) => ({ ...now, typed: now.typed ? null : question.texts }))}>
        ${typed ? say("Captions of the scene") : say("Type your own")}
        </button></div></div>`;
}

/** What a model could not read of a caption. */
export function unreadWords({ unknown, isCut }) {
  return [
    unknown.length > 0 && say`Never read in training: ${new String([...new Set(unknown)].join(", "))}`,
    isCut && say("Longer than the model reads: the end is cut."),
  ]
    .filter(Boolean)
    .join(" ");
}

/** Values in bold, colors with a patch, a line for each object. */
function Marked({ world, text }) {
  const values = new Map(world.kinds.flatMap((kind) => kind.values.map(({ word, paints }) => [word, paints.fill])));
  return text.split(" ").map((word) => {
    if (word === "and") return html`<br />and `;
    const fill = values.get(word);
    return values.has(word)
      ? html`<b>
      ${fill && html`<span class="scene-patch" style=${{ background: `rgb(${fill.join(" ")})` }} />`}${word}
      </b> `
      : `${word} `;
  });
}

// ---- A card for each model. Blue, solid, filled and a tick say right; orange, dashed, hollow and a cross say wrong;
// by luck a tick is hollow

const MARGIN = 37,
  /** How long a scene rests before a screen reader hears its verdicts, as arrow keys move a thing step by step. */
  REST_MS = 1000;

/** [bold, plain] of what a model says, or why it says nothing. */
function saidBy({ waits, problem, verdict }) {
  if (problem || verdict === undefined) return ["", problem ? say(problem) : waits];
  return verdict ? wordsOf(verdict) : ["–", ""];
}

const heardOf = ({ bars }) =>
  joinTexts(
    bars
      .filter(({ problem, verdict }) => problem || verdict)
      .map((bar) => say`${bar.title}: ${joinTexts(saidBy(bar).filter(Boolean), ", ")}`),
  );

/**
 * `lean` is from -1 at A to 1 at B; `trail` are those before. `width` in units: fewer on a phone, so that its letters
 * stay as large.
 */
function MarginBar({ bar, width }) {
  const { name, title, accuracy, problem, verdict, trail, outside } = bar,
    middle = width / 2,
    at = (lean) => middle + (middle - MARGIN) * lean,
    x = at(verdict ? positionOnBar(verdict.probability) : 0),
    isAnswered = verdict !== undefined && !problem;
  const state = problem ? "error" : !isAnswered ? null : (verdict?.mark ?? "open");
  const sign = { right: `M${x - 5} 17.5l3.6 3.8 6.6-8`, wrong: `M${x - 4} 13l8 8m0-8-8 8` }[state],
    [bold, plain] = saidBy(bar);
  const long =
    accuracy &&
    say`${bare(accuracy.value)} % (${bare(accuracy.low)} to ${bare(accuracy.high)}) of ${accuracy.n} test pictures with two objects are nearer to their own caption; a coin toss finds 50 %.`;
  return html`<section class="scene-model" data-model=${name} data-state=${state}
    data-luck=${isAnswered ? String(Boolean(verdict?.isCoin)) : null} aria-label=${title}><h3><span>${title}</span>
    <span class="scene-share" title=${long}>${accuracy && say`${bare(accuracy.value)} % of pictures`}</span></h3>
    <svg viewBox=${`0 0 ${width} 34`} aria-hidden="true">
      <text x="4" y="22" class="scene-letter" text-anchor="middle">A</text>
      <text x=${width - 6} y="22" class="scene-letter" text-anchor="middle">B</text>
      <path d=${`M24 17H${width - 24}`} class="scene-rail" /><g class="scene-trail">
        <path d=${trail.map((lean) => `M${at(lean).toFixed(1)} 8V26`).join("")} /></g>
          <path d=${`M${middle} 4V30`} class="scene-middle" />
      <path d=${`M${middle} 17H${x.toFixed(1)}`} class="scene-lean" />
        <circle cx=${x.toFixed(1)} cy="17" r="12" class="scene-disc" />
        <path d=${sign ?? ""} class="scene-sign" /></svg>
    <p class="scene-verdict">${bold && html`<b>${bold}</b>`} ${plain && html`<span>${plain}</span>`}</p>
      <p class="scene-outside">
      ${outside.length > 0 && say`Not in its training: ${outside.join(", ")}.`}</p></section>`;
}

function Tries({ world, loadedWorld, state, change }) {
  const kind = world.kinds[state.toldKind].name,
    noun = new String(world.nouns[state.objects[1].noun].word),
    isSize = isSizeKind(world, state.toldKind);
  const all = [
    ["places", say("Swap places"), withPositionsSwapped],
    ["overlap", say("Overlap"), withOverlap],
    ["tiny", say`Tiny ${noun}`, (now) => withObject(now, 1, { side: loadedWorld.sides[0] })],
    ...(isSize
      ? []
      : [
          ["same", say`One ${kind} for both`, withOneValue],
          ["values", say`Exchange ${kind}s`, withValuesSwapped],
        ]),
  ];
  return html`<div class="scene-tries"><span class="scene-label">${say("Try")}</span>
    ${all.map(
      ([name, said, step]) => html`<${Button} key=${name} id=${`try-${name}`} act=${() => change(step)}>${said}<//>`,
    )}</div>`;
}

// ---- The challenge: its rule, the best picture of each class, and a button that shows it again

/** A margin at which a model is as sure as it ever is. */
const FAR = 0.5;
const TITLES = {
  any: "Anything goes",
  quarters: "Each object in a quarter of its own",
  trained: "Only scenes as in its training",
};

function ChallengeCard({ title, bests, hidden, isOpen, show }) {
  const fooled = CLASSES.filter((each) => bests[each]?.margin < 0).length;
  return html`<details class="scene-challenge" open=${isOpen}><summary>
    ${say`Challenge: find a picture that fools “${title}”`} <b class="scene-fooled" aria-live="polite">
    ${
      fooled > 0 &&
      (fooled < CLASSES.length
        ? say("You fooled it. Can you in the next line too?")
        : say("You fooled it in every way."))
    }
    </b></summary>
    <p>${say("Both named objects must stay at least half in sight, and the captions must be those of the scene.")}</p>
      ${CLASSES.map((each) => html`<${Best} key=${each} name=${each} best=${bests[each]} show=${show} />`)}
    <p class="scene-outside" aria-live="polite">
      ${hidden && say`This picture does not count: the ${new String(hidden)} is mostly out of sight.`}</p></details>`;
}

function Best({ name, best, show }) {
  const near = clamp(1 - (best?.margin ?? FAR) / FAR, 0, 1);
  return html`<div class="scene-best" data-class=${name}><span>${say(TITLES[name])}</span>
    <output data-state=${best ? (best.margin < 0 ? "wrong" : "right") : ""} style=${{ "--near": `${100 * near}%` }}>
    ${best ? bestWords(best) : say("no picture yet")}</output>
    <button type="button" class="scene-button" hidden=${!best} onClick=${() => show(best.scene)}>
      ${say("Show it")}</button></div>`;
}

function bestWords({ probability, margin }) {
  // two digits more than a bar shows: records are small steps
  const percent = 100 * Math.max(probability, 1 - probability);
  const more = Math.min(99.99, percent).toFixed(2),
    less = Math.max(0.01, 100 - percent).toFixed(2);
  return probability < 0.5
    ? say`fooled: ${more} to ${less} for the wrong caption (margin ${margin.toFixed(3)})`
    : say`${more} to ${less} for the true caption (margin ${margin.toFixed(3)})`;
}
