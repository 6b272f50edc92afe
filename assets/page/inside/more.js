// For researchers: every cosine, margins, the map, forms with controls, breakdown; and the files of the model.

import { Figure } from "../figure.js";
import { Sentences } from "../ui.js";
import { html } from "../vendor/preact.js";
import { say } from "../words.js";

const FIGURES = [
  [
    "cosines",
    "Every picture with every caption",
    "How to read this: a row is a picture, a column a caption; the stronger a cell, the nearer the two.",
  ],
  [
    "margins",
    "Margins",
    "How to read this: a bar counts pictures. To the right of zero a picture prefers its own caption.",
  ],
  [
    "map",
    "Map of pictures and captions",
    "How to read this: a model that binds has each picture near its own caption, away from the swapped one.",
  ],
  [
    "forms",
    "Forms of captions, with controls",
    "How to read this: the same model, asked in shorter and longer captions; the dashed line is a coin toss.",
  ],
  [
    "breakdown",
    "Breakdown",
    "How to read this: the farther left a dot, the more the model mixes up what its line names.",
  ],
];

export function ForResearchers({ state, acts, page, step }) {
  const { inspected, figures, isOpen } = state,
    isServed = page.backend.kind === "server";
  return html`<details class="in-card in-more" open=${isOpen}
    onToggle=${({ currentTarget }) =>
      currentTarget.open !== isOpen &&
      acts.openFigures(currentTarget.open)}><summary>${say("For researchers")}</summary>
    ${
      isOpen &&
      html`<p class="in-how"><${Sentences}>${
        inspected.kind === "run"
          ? say`Step ${step.step} of the run ${inspected.name}.`
          : say`The model ${inspected.name}.`
      }${say`These are the first ${inspected.scenes.length} scenes of its report.`}<//></p>
      ${isServed && html`<${Files} inspected=${inspected} />`}
      ${!figures && html`<p role="status">${say("Drawing …")}</p>`}
        ${figures?.why && html`<p role="status">${figures.why}</p>`}
      <div class="in-figures">${FIGURES.filter(([name]) => figures?.figures[name]).map(
        ([name, title, reading]) =>
          html`<section key=${name} data-figure=${name}><h3>${say(title)}</h3><p class="in-how">${say(reading)}</p>
        <${Figure} name=${name} title=${title} figure=${figures.figures[name]}
          onSelect=${(cell) => openedOf(name, cell, acts, state)} /></section>`,
      )}</div>`
    }</details>`;
}

/** A press on a cell or on a point opens its picture; a figure of cosines shows a window of the rows. */
function openedOf(name, { y, point }, acts, { inspected, chosen }) {
  if (name === "map" && Number.isInteger(point)) acts.chooseScene(Math.min(point, inspected.scenes.length - 1));
  if (name === "cosines" && Number.isFinite(y))
    acts.chooseScene(
      Math.min(inspected.scenes.length - 1, ROWS * Math.floor(chosen / ROWS) + Math.max(0, Math.round(y))),
    );
}
const ROWS = 16;

function Files({ inspected: { name, kind, has_model: hasModel, has_report: hasReport } }) {
  const code = encodeURIComponent(name),
    isRun = kind === "run";
  return html`<p class="in-files">
    ${
      hasReport &&
      html`<a class="wb-btn" href=${`v/report.json?run=${code}`} download=${`${name}.json`}>
    ${isRun ? say("Report as JSON") : say("Model card as JSON")}</a>`
    }
    ${isRun && html`<a class="wb-btn" href=${`runs/${code}.zip`} download="">${say("Run with its weights as zip")}</a>`}
      ${hasModel && html`<a class="wb-btn" href=${`runs/${code}.html`} download="">${say("As one web page")}</a>`}</p>
    ${
      hasModel &&
      html`<details class="in-script"><summary>${say("Use it in open_clip")}</summary>
      <pre translate=${false}>
      ${script(name, isRun)}</pre></details>`
    }`;
}

/** A script that loads it, from its folder in the repository or in the zip of its run. */
const script = (name, isRun) => `import open_clip

folder = "local-dir:${isRun ? `${name}/model` : `models/checkpoints/${name}`}"
model, _, preprocess = open_clip.create_model_and_transforms(folder)
tokenizer = open_clip.get_tokenizer(folder)
text = model.encode_text(tokenizer(["a red bus and a blue car"]), normalize=True)`;
