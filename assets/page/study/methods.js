// Methods of the evidence: the effect of each property, and each claim with its question, verdicts, data and files.

import { Figure } from "../figure.js";
import { keep, recalled } from "../kept.js";
import { html, render } from "../vendor/preact.js";
import { say } from "../words.js";

const KEY = "clip-binding-explorer-claim-guesses",
  SHOWN = "shown";
const GUESSES = { rises: "Rise", falls: "Fall", stays: "Stay", [SHOWN]: "Show me" };
const PARTS = ["claim", "form", "metric"];

export const emptyMethods = () => ({ effects: null, claim: null, notes: [], problem: "", guesses: {}, condition: 0 });

/** Methods below the evidence: what it shows follows the address, and each choice is written there. */
export class Methods {
  constructor(element, page) {
    Object.assign(this, { element, page, state: { ...emptyMethods(), guesses: kept() }, sent: 0 });
    this.acts = this.makeActs();
    page.address.watch(() => page.address.get("claim") && this.show());
  }

  change(parts) {
    Object.assign(this.state, parts);
    render(html`<${MethodsPage} state=${{ ...this.state }} acts=${this.acts} />`, this.element);
  }

  /** Show the claim of the address, else the one that is shown or the first one. */
  async show() {
    this.change({});
    const asked = Object.fromEntries(PARTS.map((name) => [name, this.page.address.get(name) ?? ""]));
    if (!asked.claim && this.state.claim) return;
    try {
      this.change({ effects: this.state.effects ?? (await this.page.backend.view("effects", {})) });
      if (this.state.effects.claims.length) await this.ask(asked, { isWritten: Boolean(asked.claim) });
    } catch (error) {
      this.change({ problem: error.message });
    }
  }

  /** Ask for a claim; a part of an address that is refused falls back, and a sentence says so. */
  async ask(parts, { isWritten = true, isStep = false, notes = [], condition = 0 } = {}) {
    const { page, state } = this,
      asked = { ...parts, claim: parts.claim || state.effects.claims[0] };
    this.sent += 1;
    const sent = this.sent;
    try {
      const claim = await page.backend.view("claim", { ...asked, mine: page.address.get("run") ?? "" });
      if (sent !== this.sent) return;
      const { name, first } = claim,
        metric = first && first.metric !== first.metrics[0] ? first.metric : "";
      const shown = { claim: name, form: first?.form ?? "", metric: first?.metric ?? "" };
      if (isWritten) page.address.write({ claim: name, form: first?.form ?? "", metric }, { isStep });
      this.change({
        claim,
        notes: notes.map(([part, message]) => say`${message}; ${shown[part]} is shown`),
        condition,
        problem: "",
      });
    } catch (error) {
      if (sent !== this.sent) return;
      if (!parts[error.field]) this.change({ problem: error.message });
      else
        await this.ask(
          { ...parts, ...(error.field === "claim" ? { claim: "" } : {}), [error.field]: "" },
          { isWritten, isStep, notes: [...notes, [error.field, error.message]] },
        );
    }
  }

  makeActs() {
    const { state, page } = this,
      now = () => ({
        claim: state.claim.name,
        form: state.claim.first?.form ?? "",
        metric: state.claim.first?.metric ?? "",
      });
    const wish = () => {
      const { preset, overrides: values } = state.claim.first.conditions[state.condition];
      return { preset, values };
    };
    return {
      // Another claim starts with its own metric, and may lack a form.
      claim: (claim) => this.ask({ claim, form: this.formOf(claim), metric: "" }, { isStep: true }),
      form: (form) => this.ask({ ...now(), form }, { condition: state.condition }),
      metric: (metric) => this.ask({ ...now(), metric }, { condition: state.condition }),
      again: () => this.ask(now(), { condition: state.condition }),
      guess: (guess) => {
        const guesses = { ...state.guesses, [state.claim.name]: guess };
        keep(KEY, JSON.stringify(guesses));
        this.change({ guesses });
        this.element.querySelector("#study-said")?.focus({ preventScroll: true });
      },
      property: async ({ text }) => {
        const claim = state.effects.pages[text];
        if (!claim) return;
        await this.acts.claim(claim);
        this.element.querySelector("#study-claims").scrollIntoView({ block: "start" });
      },
      condition: (condition) => this.change({ condition }),
      point: ({ text }) => {
        const condition = state.claim.first.conditions.findIndex(({ label, mark }) => text === label || text === mark);
        if (condition >= 0) this.change({ condition: condition });
      },
      open: () => page.toWorkbench(wish()),
      train: () => page.toWorkbench(wish(), { isTrained: true }),
    };
  }

  formOf(claim) {
    return claim === this.state.claim.name ? (this.state.claim.first?.form ?? "") : "";
  }
}

const kept = () => Object.fromEntries(Object.entries(recalled(KEY) ?? {}).filter(([, guess]) => guess in GUESSES));

// ---- What is seen

export function MethodsPage({ state, acts }) {
  const { effects, claim, notes, problem } = state;
  return html`<section class="wb-col ev-col ev-methods" aria-labelledby="methods-title">
    <h2 id="methods-title" tabindex="-1">
    ${say("Methods")}</h2><div id="study-note">${notes.map((each) => html`<p role="status">${each}</p>`)}</div>
    <p class="ev-lead-line">
      ${say("What captions must tell so that a CLIP learns who has what. Every dot is several trainings.")}</p>
    ${!effects && html`<p role="status">${problem || say("Loading the trainings …")}</p>`}
    ${effects?.figure && html`<${EffectsPart} effects=${effects} acts=${acts} />`}
    ${
      effects?.claims.length === 0 &&
      html`<p>${say("No claim has evidence here yet.")} <code>python -m research sweep NAME
      </code> ${say("runs one, and")} <code>python -m research write</code> ${say("freezes it for this page.")}
        </p>`
    }
    ${effects && html`<${Claims} state=${state} acts=${acts} />`}
    ${
      effects?.not_run.length > 0 &&
      html`<details class="ev-fold"><summary>${say`Declared, not run: ${effects.not_run.length}`}</summary>
      <ul>${effects.not_run.map(
        ({ name, claim: said, lacks }) => html`<li><b>${name}</b>: ${said}${lacks && ` It ${lacks}.`}</li>`,
      )}
      </ul></details>`
    }
    ${effects && claim === null && problem && html`<p role="status">${problem}</p>`}</section>`;
}

const COVERED = ({ num_whole: whole, num_conditions: all }) =>
  whole === all ? say("all conditions") : whole ? say`${whole} of ${all} conditions` : say("not yet run");

const EffectsPart = ({ effects: { counts, coverage, figure }, acts }) =>
  html`<div class="ev-effects" id="study-overview"><h3>${say("What each property does, in every way of asking")}</h3>
  <p>
    ${say(
      "Each dot compares two conditions, of three to eight trainings each, that differ in the property of its row. Left: how many seeds bind within the budget. Right: the final accuracy. Bars are 95 % intervals. Left of the dashed line, the property hurts.",
    )}</p>
  ${
    counts.length + coverage.length > 0 &&
    html`<details class="ev-fold"><summary>${say("How the runs were made")}</summary>
    ${counts.map((each) => html`<p>${each}</p>`)}
      <ul>${coverage.map(
        (each) => html`<li><code>${each.sweep}</code>: <span>${COVERED(each)}
    </span></li>`,
      )}</ul></details>`
  }
  <p class="ev-quiet">
    ${say(
      "How to read this: a mark is one form of caption, its line a 95 % interval; right of the dashed line more is bound.",
    )}</p>
  <${Figure} name="forest" title="Effect of each property in each form of caption" figure=${figure} height=${900}
    onSelect=${acts.property} /></div>`;

function Claims({ state: { effects, claim, guesses, condition, problem }, acts }) {
  if (!claim) return null;
  const { name, first } = claim,
    asked = first?.question && !guesses[name];
  return html`<div class="ev-claims" id="study-claims">
    <div class="ev-choices"><p><label for="study-claim">${say("Claim about")}</label>
    <select id="study-claim" value=${name} onChange=${({ target }) => acts.claim(target.value)}>
    ${effects.claims.map((each) => html`<option value=${each}>${say(each.replaceAll("-", " "))}</option>`)}</select></p>
      ${
        first &&
        html`<${Radios} id="study-form" label=${say("Asked in which captions")}
        choices=${first.forms.map((form) => [form.name, form.tells])} value=${first.form} onChoose=${acts.form} />
      <${Radios} id="study-metric" label=${say("Metric")}
        choices=${first.metrics.map((metric) => [metric, metric.replaceAll("_", " ")])}
        value=${first.metric} onChoose=${acts.metric} />`
      }</div>
    ${problem && html`<p role="status">${problem}</p>`}
    ${
      asked
        ? html`<${Question} question=${first.question} acts=${acts} />`
        : html`<${Body} key=${name} claim=${claim} reply=${first?.question?.replies[guesses[name]]} at=${condition}
        acts=${acts} />`
    }</div>`;
}

const Radios = ({ id, label, choices, value, onChoose }) =>
  html`<fieldset id=${id} class="ev-radios"><legend>${label}</legend>
  ${choices.map(
    ([name, said]) =>
      html`<label key=${name}><input type="radio" name=${id} value=${name} checked=${name === value}
  onChange=${() => onChoose(name)} />${say(said)}</label>`,
  )}</fieldset>`;

const Question = ({ question: { lead, text }, acts }) =>
  html`<div id="study-asked">${lead && html`<p class="ev-lead-line">${lead}</p>`}
  <p id="study-question">${text}</p>
  <p class="ev-actions">${Object.entries(GUESSES).map(
    ([guess, said]) =>
      html`<button type="button" class="ev-btn" id=${`guess-${guess === SHOWN ? "show" : guess}`}
      onClick=${() => acts.guess(guess)}>
    ${say(said)}</button>`,
  )}</p></div>`;

function Body({ claim: { name, claim, first, second }, reply, at, acts }) {
  return html`<div id="study-body"><div id="study-said" data-claim=${name} tabindex="-1">
    ${reply && html`<p class="ev-replied" role="status">${reply}</p>`}<h3>${say`Claim: ${claim}`}</h3>
      ${
        first &&
        html`<dl class="ev-sides"><div><dt>${say("Paper says")}</dt><dd>${first.paper}</dd></div>
        <div><dt>${say("We measured")}
        </dt><dd><${Tallies} first=${first} /></dd></div></dl>`
      }
      <${Second} second=${second} hasFigure=${Boolean(first)} /></div>
    ${
      first &&
      html`<p class="ev-quiet">
      ${say(
        "How to read this: a ring is one training, the bar its mean with a 95 % interval; the dashed line is a coin toss.",
      )}</p>
    <${Figure} name="dose" title="Evidence by condition" figure=${first.figure} isTableOpen=${true}
      onSelect=${acts.point} />
    <${Points} first=${first} at=${Math.min(at, first.conditions.length - 1)} acts=${acts} />
      <${Facts} first=${first} />`
    }</div>`;
}

const Tallies = ({ first: { tallies, left_out: left } }) =>
  html`${
    tallies.length > 0
      ? html`<ul>${tallies.map(
          ({ form, of, words }) => html`<li><b>${say`${form} captions`}</b>
    ${of ? ", " : ": "}${of && html`<span>${of}</span> `}<span>${words}</span></li>`,
        )}</ul>`
      : say("no comparison could be made")
  }${left && html`<p class="ev-quiet">${left}</p>`}`;

const Second = ({ second: { readings, findings }, hasFigure }) =>
  findings.length > 0 &&
  html`<div class="ev-second"><h4>${say("Second edition: tested where it could fail")}</h4>
  ${readings.map((each) => html`<p class="ev-english" translate=${false}>${each}</p>`)}
  <ul>${findings.map(
    ({ step, form, word, counts, change, is_seen_before: isSeen }) =>
      html`<li data-word=${word}><span class="ev-english" translate=${false}>${step}</span> <span>
      ${say`(${form} captions)`}
    </span>: ${
      word === "not run"
        ? html`<b>${say("not yet run")}</b>`
        : html`<span>${say`${counts} seeds bind`}</span>, <span>${change}</span>: <b>${word}</b>
    ${isSeen && html`<span translate=${false}> †</span>`}`
    }</li>`,
  )}</ul>
  ${
    findings.some((each) => each.is_seen_before) &&
    html`<p class="ev-quiet">
      ${say("†: at least half of these trainings repeat one of the first edition, so this is no test.")}</p>`
  }
  ${
    hasFigure &&
    html`<p class="ev-quiet">
    ${say("The figure below is of the first edition: the final accuracy in one form of caption.")}
    </p>`
  }</div>`;

function Points({ first: { conditions, points }, at, acts }) {
  const { label, preset, title, changes } = conditions[at],
    number = points.length;
  const mine =
    number === 0
      ? say("None of your runs has the spec of a condition but for seed, steps and learning rate.")
      : number === 1
        ? say(
            "1 of your runs lies on this curve, as a cross with its own steps; it is one seed and no part of the evidence.",
          )
        : say`${number} of your runs lie on this curve, as a cross with its own steps; it is one seed and no part of the evidence.`;
  return html`<div class="ev-points">
    <div><p><label for="study-condition">${say("Condition, or click on a point")}</label>
    <select id="study-condition" value=${String(at)} onChange=${({ target }) => acts.condition(Number(target.value))}>
    ${conditions.map((each, index) => html`<option value=${String(index)}>${each.label}</option>`)}</select></p>
      ${
        preset &&
        html`<p id="study-spec" class="ev-quiet" data-condition=${label}>
        ${say("Trained on")} <b>${say(title)}</b>
        ${changes && ` ${say`with ${changes}`}`}.</p>`
      }</div>
    <div><p class="ev-actions">
      <button type="button" class="ev-btn" id="study-play" disabled=${!preset} onClick=${acts.open}>
      ${say("Open on the Workbench")}</button><button type="button" class="ev-btn" id="study-train" disabled=${!preset}
      onClick=${acts.train}>${say("Train it now")}</button>
        <button type="button" class="ev-btn" id="study-refresh" onClick=${acts.again}>
      ${say("My runs")}</button></p>
      <p id="study-mine" class="ev-quiet" data-runs=${String(number)} role="status">${mine}</p></div></div>`;
}

const Table = ({ head, rows }) =>
  html`<table class="ev-table"><thead><tr>${head.map((name) => html`<th scope="col">${say(name)}</th>`)}
  </tr></thead><tbody>${rows.map(
    ([name, ...cells]) => html`<tr><th scope="row">${name}</th>
  ${cells.map((cell, at) => html`<td data-label=${say(head[at + 1])}>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;

function Facts({ first }) {
  const { form, forms, contrasts, trends, tunings, breakdown, controls, lost, files, origin } = first,
    { words, about } = forms.find((each) => each.name === form);
  return html`<div id="study-below" data-form=${form}>
    ${
      contrasts.length > 0 &&
      html`<h3>${say`Verdicts in ${words} captions`}</h3>
      <p class="ev-quiet">${`${words}: ${about}.`}</p>
      <${Table} head=${["comparison", "paper says", "we measured", "verdict"]}
      rows=${contrasts.map((each) => [
        each.step,
        each.paper,
        each.measured,
        html`<b>${each.word}</b> <span class="ev-quiet">${each.sentence}
      </span>`,
      ])} />`
    }
    ${
      trends.length > 0 &&
      html`<h3>${say("Slower or never")}</h3><ul>
      ${trends.map((each) => html`<li>${each.words}: <b>${each.word}</b>.</li>`)}</ul>`
    }
    ${
      tunings.rows.length > 0 &&
      html`<h3>${say("How soon, and what is forgotten")}</h3>
      <p class="ev-quiet">${tunings.words}</p>
      <${Table} ...${tunings} />`
    }
    ${
      breakdown.rows.length > 0 &&
      html`<h3>${say`By ${breakdown.by}`}</h3>
      <${Table} head=${["condition", breakdown.by, "binding"]}
      rows=${breakdown.rows} />`
    }
    <p><b>${say("Controls:")}</b> ${controls}</p>
    ${
      lost.length > 0 &&
      html`<details class="ev-fold"><summary>${say("Runs that are no data points")}</summary><ul>
      ${lost.map((each) => html`<li>${each}</li>`)}</ul></details>`
    }
    ${
      files.length > 0 &&
      html`<p>${say("Download:")} ${files.map(
        ({ href, words: said }, index) => html`${index > 0 && " · "}<a href=${href} download>${say(said)}</a>`,
      )}</p>`
    }
    <p class="ev-quiet">${origin.map((part, index) => (index % 2 ? html`<code>${part}</code>` : part))}</p></div>`;
}
