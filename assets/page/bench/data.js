// The left column: what captions tell. Recipes, dials, sample captions, and what a batch of them holds.

import { html } from "../vendor/preact.js";
import { Caption, Flow, Heading, More, moveFocus, Sentences } from "../ui.js";
import { joinTexts, plainText, say } from "../words.js";
import { clamp } from "../numbers.js";

export function Data({ state, acts }) {
  const { catalog, dialed, data, before, options } = state;
  const { recipes, nouns } = catalog,
    chosen = data?.is_preset ? data.preset : null,
    isShown = ({ name }) => !options.dials || options.dials.includes(name);
  const main = catalog.main.filter(isShown),
    others = catalog.others.filter(isShown),
    isDrawerNamed = Boolean(options.dials) && others.length > 0;
  const usual = recipes.filter((each) => each.is_main).sort((one, other) => one.objects - other.objects);
  return html`<section class="wb-col" id="workbench-data" aria-labelledby="wb-h1">
    <${Heading} id="wb-h1" number="1" title=${say("What captions tell")} /><${Flow} /><${Nouns} nouns=${nouns} />
    <${Things} ...${data ?? {}} change=${acts.openThings} />
    <${RecipeButtons} label=${say("Recipe")} recipes=${usual} chosen=${chosen} choose=${acts.chooseRecipe} walks=${true} />
    <p class="wb-say" aria-live="polite"><span data-part="summary">${data?.summary}</span>
      ${
        before &&
        html`<button type="button" class="wb-link" data-act="undo" onClick=${(event) => undo(event, acts)}>
        ${say("Undo")}
        </button>`
      }</p>
    <div class="wb-dials">
      ${main.map(
        (dial) => html`<${MainDial} key=${dial.name} dial=${dial} said=${data?.dials[dial.name]}
      ...${{ state, acts }} />`,
      )}</div>
    ${data && html`<${CaptionMeter} ...${data.samples.caption_levels} />`}
    <div class="wb-samples" data-part="samples">${data?.samples.cards.map(
      (sample, index) => html`<${SampleCard} key=${index} sample=${sample} />`,
    )}</div>
    ${
      data?.samples.cards.some((each) => each.untold.length > 0) &&
      html`<p class="wb-fade" data-part="fade">
      ${say("faded: in the picture, not in its caption")}</p>`
    }
    <div class=${isDrawerNamed ? "wb-foot wb-named" : "wb-foot"}>
      <${More} name="recipes" label=${say("All recipes")}>
        <${RecipeButtons} label=${say("All recipes")} recipes=${recipes} chosen=${chosen}
        choose=${acts.chooseRecipe} /><//>
      <button type="button" class="wb-link" data-act="samples" onClick=${acts.showMoreSamples} disabled=${!dialed}>
        ${say("Other samples")}</button>
      <${More} name="facts" label=${say("Details")} box="wb-wide" onToggle=${acts.measure}>
        <h3>${say("The trick question")}</h3><p>
        ${say("This caption is never part of the training. After it, each picture has to choose between its own caption and this one.")}
          </p>
        <div data-part="tricks">
          ${data?.samples.cards.map((sample, index) => html`<${Trick} key=${index} sample=${sample} />`)}</div>
        <h3>${say("Dialed and measured")}</h3>
          <div data-part="facts">${
            data &&
            html`<${Facts} ...${data.facts} measured=${state.measured}
          plan=${data.plan} />`
          }</div><//>
      ${
        !state.isStatic &&
        others.length > 0 &&
        html`<${More} name="dials" label=${say("More dials")} box="wb-drawer"
        isOpen=${isDrawerNamed}>
          ${others.map((dial) => html`<${Field} key=${dial.name} dial=${dial} ...${{ state, acts }} />`)}<//>`
      }
    </div></section>`;
}

// ---- Recipes

/** A group of radio buttons: arrows move the focus and choose where it `walks`; Tab passes by and changes nothing. */
function RecipeButtons({ label, recipes, chosen, choose, walks }) {
  const stop = recipes.some((each) => each.name === chosen) ? chosen : recipes[0].name;
  function walk(event) {
    const next = moveFocus(event);
    if (next && walks) choose(next.dataset.preset); // the list of all recipes is walked through; Enter chooses
  }
  return html`<div class="wb-recipes" role="radiogroup" aria-label=${label} onKeyDown=${walk}>
    ${recipes.map(
      (recipe) => html`<button key=${recipe.name} type="button" class="wb-recipe" role="radio"
    aria-checked=${String(recipe.name === chosen)} tabindex=${recipe.name === stop ? 0 : -1} data-preset=${recipe.name}
      title=${say(recipe.summary)} onClick=${() => choose(recipe.name)}><${RecipeDrawing} ...${recipe.drawing} />
        <span>${recipe.title}
      </span></button>`,
    )}</div>`;
}

/** What the captions are about, and the way to things of one's own. */
const Things = ({ things, values, change }) => html`<div class="wb-things" data-row="things">
  <span>${say("Things")}</span>${
    things
      ? html`<span class="wb-things-shown" role="img" aria-label=${say`${things.words.length} things: ${new String(
          things.words.join(", "),
        )}`}>${things.pictures.map((picture) => html`<img src=${picture} alt="" width="48" height="48" />`)}
        ${things.words.length > things.pictures.length && html`<b>+ ${things.words.length - things.pictures.length}</b>`}</span>`
      : html`<span class="wb-things-shown"><b translate=${false}>${values?.world}</b></span>`
  }${change && html`<button type="button" class="wb-btn" data-act="things" onClick=${change}>${say("Change")}</button>`}</div>`;

/** The button goes with what it takes back, so the focus moves to the recipes. */
function undo(event, acts) {
  event.currentTarget.closest(".wb-col").querySelector("[role=radio][tabindex='0']").focus({ preventScroll: true });
  acts.undo();
}

const Nouns = ({ nouns }) => html`<svg class="wb-nouns" width="0" height="0" aria-hidden="true"><defs>
  ${Object.entries(nouns).map(
    ([name, shapes]) =>
      html`<g id=${`wb-noun-${name}`}>${shapes.map(
        ({ kind, points }) => html`<polygon points=${points} class=${`wb-${kind}`} />`,
      )}</g>`,
  )}</defs></svg>`;

const RecipeDrawing = ({ objects, bars, mark }) => html`<svg viewBox="0 0 100 108" aria-hidden="true">
  ${objects.map(
    ({ noun, x, y, side, is_told: isTold, fill }) => html`<use href=${`#wb-noun-${noun}`}
    transform=${`translate(${x} ${y}) scale(${side / 100})`} class=${isTold ? null : "wb-untold"}
    style=${isTold && fill ? { color: fill } : null} />`,
  )}
  ${bars.map(
    ({ x, width, fill }) => html`<rect x=${x} y="98" width=${width} height="6" rx="3" class="wb-words-told"
    style=${fill ? { fill } : null} />`,
  )}
  ${mark && html`<text x="98" y="106" text-anchor="end" class="wb-mark">${mark}</text>`}</svg>`;

// ---- Dials

const shownNumber = (value) => (typeof value === "number" ? Number(value.toPrecision(6)) : (value ?? ""));

const Why = ({ state, name }) => html`<p class=${state.isBad && state.why[name] ? "wb-why wb-bad" : "wb-why"}
  data-why>${state.why[name]}
  </p>`;

/** A box for a number. What is typed stays as it is typed until the box is left, whatever the dial makes of it. */
function Box({ id, dial, state, acts, value, ...more }) {
  const typed = state.typing?.id === id ? state.typing.text : shownNumber(value);
  return html`<input type="number" id=${id} data-dial=${dial.name} min=${dial.low} max=${dial.high}
    step="any" value=${typed}
    onBlur=${() => acts.type(null)} ...${more} />`;
}

function MainDial({ dial, said, state, acts }) {
  const { name, plain: title, term, help, low, high, step } = dial,
    value = state.dialed?.values[name] ?? low,
    isOff = said?.off ?? !state.dialed;
  function exact({ target }) {
    acts.type(null);
    if (target.value === "" || Number.isNaN(Number(target.value))) return;
    const inside = clamp(Number(target.value), low, high);
    acts.dial(name, step === 1 ? Math.round(inside) : inside);
  }
  return html`<div class=${said?.off ? "wb-dial wb-off" : "wb-dial"} data-row=${name}>
    <label for=${`wb-${name}`}>${title}</label><output for=${`wb-${name}`} data-value>${said?.text}</output>
    <div class="wb-row"><small>${term}</small>
      <input type="range" id=${`wb-${name}`} data-dial=${name} min=${low} max=${high} step=${step} title=${help}
        value=${shownNumber(value)} disabled=${isOff} aria-valuetext=${said?.text}
        style=${{ "--filled": `${(100 * (value - low)) / (high - low)}%` }}
          onInput=${({ target }) => acts.dial(name, Number(target.value))} />
      <${Box} id=${`wb-exact-${name}`} class="wb-exact" inputmode="decimal" aria-label=${say`${title}, exact number`}
        disabled=${isOff}
        value=${value}
        onInput=${({ target }) => acts.type(target.id, target.value)} onChange=${exact} ...${{ dial, state, acts }} />
          </div>
    <${Why} state=${state} name=${name} /></div>`;
}

/** A dial of the drawer; its kind chooses the control. */
function Field({ dial, state, acts }) {
  const { name, plain: title, term, help, kind, choices } = dial,
    id = `wb-${name}`,
    value = state.dialed?.values[name];
  const heading = html`${title} <small>${term}</small>`;
  const control = {
    names: () =>
      html`<fieldset><legend>${heading}</legend>${choices.map(
        (each) => html`<label key=${each.name}>
      <input type="checkbox" data-dial=${name} value=${each.name} checked=${value?.includes(each.name)}
      onChange=${({ target }) =>
        acts.dial(name, target.checked ? [...value, each.name] : value.filter((kind) => kind !== each.name))} />
        ${each.label}</label>`,
      )}</fieldset>`,
    flag: () => html`<label class="wb-check"><input type="checkbox" id=${id} data-dial=${name} checked=${Boolean(value)}
      onChange=${({ target }) => acts.dial(name, target.checked)} />${heading}</label>`,
    choice: () => html`<label for=${id}>${heading}</label><select id=${id} data-dial=${name} value=${value}
      onChange=${({ target }) => acts.dial(name, target.value)}>
        ${choices.map(
          (each) => html`<option key=${each.name} value=${each.name}>
      ${each.label}</option>`,
        )}</select>`,
    number: () => html`<label for=${id}>${heading}</label><${Box} id=${id} value=${value}
      ...${name === "seed" ? { placeholder: say("a new one each time") } : {}}
      onInput=${({ target }) => {
        acts.type(id, target.value);
        acts.dial(name, target.value === "" ? null : Number(target.value));
      }}
        ...${{ dial, state, acts }} />`,
  }[kind];
  return html`<div class="wb-field" data-row=${name}>${control()}<p class="wb-help">${help}</p>
    <${Why} state=${state} name=${name} /></div>`;
}

// ---- Captions and samples

const TELL = ["captions only name things", "captions describe one thing", "captions describe two or more"];
const COUNTED = [
  (n) => say`${n} only name things`,
  (n) => say`${n} describe one thing`,
  (n) => say`${n} describe two or more`,
];

// A description of captions. Captions that tell of one thing only can still teach who has what, so it says no more.
function CaptionMeter({ levels, counts }) {
  const most = counts.indexOf(Math.max(...counts)),
    rest = COUNTED.map((words, level) => level !== most && counts[level] > 0 && words(counts[level])).filter(Boolean);
  return html`<div class="wb-meter" data-part="meter">
    <p><b>${say`${counts[most]} of ${levels.length}`}</b> <span>${say(TELL[most])}
    </span></p>
    <div class="wb-segments" role="img" aria-label=${joinTexts(
      COUNTED.map((words, level) => words(counts[level])),
      ", ",
    )}
      title=${say(
        "Each bar is one caption. It is empty, half full or full if the caption gives an attribute to no thing, to one, or to several. It says what captions tell, and predicts nothing.",
      )}>
      ${[...levels].sort((one, other) => other - one).map((level) => html`<i class=${`wb-level-${level}`} />`)}</div>
    ${rest.length > 0 && html`<p class="wb-rest">${joinTexts(rest)}</p>`}</div>`;
}

const percents = ([x, y, width, height]) => ({
  left: `${100 * x}%`,
  top: `${100 * y}%`,
  width: `${100 * width}%`,
  height: `${100 * height}%`,
});

const SampleCard = ({ sample }) =>
  html`<figure class="wb-card"><div class="wb-scene"><img src=${sample.image} alt=${sample.alt} width="128"
  height="128" />${sample.untold.map((box) => html`<span class="wb-veil" style=${percents(box)} />`)}</div>
  <figcaption translate=${false} title=${plainText(sample.words)}><${Caption} words=${sample.words} /></figcaption>
    ${!sample.words.some((word) => word.kind) && html`<p class="wb-none">${say("no attribute told")}</p>`}</figure>`;

const Trick = ({ sample }) =>
  html`<div class="wb-trick"><img src=${sample.image} alt="" width="48" height="48" />${
    sample.trick
      ? html`<p translate=${false}><${Caption} words=${sample.trick} /></p>`
      : html`<p><${Sentences}><span>${say("None here.")}</span><span>${sample.no_trick}</span><//></p>`
  }</div>`;

const HEADS = ["dial", "dialed", "measured"];
const Facts = ({ rows = [], rates, pairs, measured, plan }) => html`${
  measured?.problem &&
  html`<p>${measured.problem}
  </p>`
}${
  (rows.length > 0 || measured?.rows) &&
  html`<table><thead><tr>${HEADS.map((said) => html`<th scope="col">${say(said)}</th>`)}
  </tr></thead>
  <tbody>${(measured?.rows ?? rows).map(
    (row) => html`<tr key=${row.dial}><th scope="row">${row.dial}</th><td>${row.dialed}</td><td>
    ${row.measured}</td></tr>`,
  )}</tbody></table>`
}
  <p>${say`In a batch of ${pairs} pairs:`}</p><ul>${rates.map((said) => html`<li>${said}</li>`)}</ul>
    <p><${Sentences}><span>${say(plan.mode)}</span><span>
    ${say(plan.basis)}</span><//></p>`;
