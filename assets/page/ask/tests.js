// More tests of *Ask a real CLIP*, one open at a time: what a model favors, what its embeddings hold, and tests of
// files.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { BenchmarkPanel, CaptionsPanel } from "./files.js";
import { Drawn, JobLine, useJob } from "./job.js";
import { Measure } from "./measure.js";
import { say } from "../words.js";

const COUNT = 400,
  FITTED = 2000;
const TESTS = {
  favors: "What it favors",
  inside: "Inside the embedding",
  captions: "Your captions, counted",
  table: "Table of pairs",
  benchmarks: "Benchmarks",
};
const BIASES = {
  size_bias: "larger object",
  mention_bias: "first-named object",
  larger_first_bias: "larger named first",
  named_share: "looks at what is named",
};
const PROBES = {
  within_images: "within images",
  within_captions: "within captions",
  within_images_untrained: "within images, untrained",
  within_captions_untrained: "within captions, untrained",
  between: "binding",
  mapped: "binding, after a linear map",
};

export function Tests({ state, acts, backend }) {
  const PANELS = {
      favors: Favors,
      inside: Inside,
      captions: CaptionsPanel,
      table: BenchmarkPanel,
      benchmarks: BenchmarkPanel,
    },
    Panel = PANELS[state.test],
    panel = useRef(null);
  // Below an open row of the table the buttons stand at the window's foot, and what one opens would be out of sight.
  useEffect(() => panel.current?.scrollIntoView({ block: "nearest" }), [state.test]);
  return html`<div class="ask-tests"><div><span>${say("More tests")}</span>
    ${Object.entries(TESTS).map(
      ([name, title]) => html`<button type="button" key=${name} class="ask-btn ask-pill"
    aria-expanded=${state.test === name} aria-controls=${state.test === name ? "ask-test" : undefined}
      onClick=${() => acts.toggleTest(name)}>
    ${say(title)}</button>`,
    )}</div>
    ${
      Panel &&
      html`<div class="ask-panel" id="ask-test" ref=${panel} role="region" aria-label=${say(TESTS[state.test])}>
      <${Panel} key=${state.test} state=${state} backend=${backend} isTable=${state.test === "table"} /></div>`
    }</div>`;
}

const sceneQuestion = (model, more) => ({ model, count: COUNT, ...more });

const Favors = (props) =>
  html`<${Analysis} ...${props} labels=${BIASES}
  words=${say`CLIPs favor what is large in a picture and what a caption names first (Abbasi and others, CVPR 2025, arXiv 2502.19842). Here a model is asked about ${COUNT} scenes in which size, order and everything else are independent.`}
  ask=${(backend, model, tell, signal) =>
    backend.job("bias", sceneQuestion(model, { relevance: true }), tell, { signal })}
    read=${({ biases, relevance }) => ({ shares: { ...biases, ...(relevance?.why ? {} : relevance) } })} />`;

const Inside = (props) =>
  html`<${Analysis} ...${props} labels=${PROBES}
  words=${say(
    "A linear probe asks what color one noun has, within image and within caption embeddings; binding asks the same across the two. Chance is what the colors alone give. An untrained model is probed too, and reads well above that chance: only what exceeds the untrained model was learned. The last line fits a linear map of the text embeddings (after Koishigarina and others, 2025, arXiv 2502.03566).",
  )}
  ask=${(backend, model, tell, signal) =>
    backend.job("unimodal_probes", sceneQuestion(model, { fitted: FITTED, drawn: true }), tell, {
      signal,
    })} read=${({ inside, sentence, map }) => ({ shares: inside, sentence, map })} />`;

/** Models one after another, and what was measured of each. */
function Analysis({ state, backend, labels, words, ask, read }) {
  const [chosen, choose] = useState(state.open ?? state.rows[0]?.name),
    [measured, setMeasured] = useState({}),
    job = useJob();
  const names = chosen === "" ? state.rows.map((row) => row.name) : [chosen],
    title = (name) => titleOf(state.rows, name);
  const run = () =>
    job.run(async (tell, signal) => {
      for (const name of names) {
        const answer = read(
          await ask(backend, name, (step) => tell({ ...step, text: say`${title(name)}: ${step.text}` }), signal),
        );
        setMeasured((before) => ({ ...before, [name]: answer }));
      }
    });
  const shown = Object.entries(measured);
  return html`<p>${words}</p><div class="ask-controls"><label>${say("Model")} <select value=${chosen}
    onChange=${({ target }) => choose(target.value)}><option value="">${say("every model of the table")}</option>
    ${state.rows.map((row) => html`<option key=${row.name} value=${row.name}>${title(row.name)}</option>`)}</select>
      </label>
    <${JobLine} job=${job} onRun=${run} /></div>
    ${
      shown.length > 0 &&
      html`<div class="ask-measures">${Object.entries(labels).map(([name, label]) =>
        shown.map(
          ([model, { shares }]) =>
            shares[name] &&
            html`<${Measure} key=${name + model}
      label=${shown.length > 1 ? `${say(label)}, ${title(model)}` : say(label)} share=${shares[name]} />`,
        ),
      )}</div>
      ${shown.map(
        ([model, { sentence }]) =>
          sentence &&
          html`<p key=${model}>${shown.length > 1 && html`<b>${title(model)}</b>: `}<span>
        ${sentence}</span></p>`,
      )}
      <p>${say`${COUNT} scenes, seed 0; dashed: chance; bars: 95 % intervals.`}</p>
        <details><summary>${say("What the lines mean")}</summary>
        <ul>${Object.entries(labels).map(([name, label]) => {
          const one = shown.map(([, { shares }]) => shares[name]?.definition).find(Boolean);
          return one && html`<li key=${name}><b>${say(label)}</b>: <span>${one}</span></li>`;
        })}
        </ul></details>
      ${
        shown[0][1].map &&
        html`
        <${Drawn} figure=${shown[0][1].map} name="ask-map"
          title=${say`Images and captions of ${title(shown[0][0])} on two axes`} />`
      }`
    }`;
}

const titleOf = (rows, name) => {
  const row = rows.find((each) => each.name === name);
  return row ? (row.isReal ? row.title : say(row.title)) : name;
};
