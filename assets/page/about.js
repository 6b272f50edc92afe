// About: the paper, words, simplifications, limits, what is stored, licenses. Its numbers are those of this page and
// server.

import { thousands } from "./numbers.js";
import { WORLD } from "./recipe.js";
import { loadStyles } from "./styles.js";
import { DigestCheck } from "./tab/check.js";
import { html, render } from "./vendor/preact.js";
import { contract } from "./contract.js";
import { Sentences } from "./ui.js";
import { say } from "./words.js";

const DIGEST = "digest",
  PAPER = "https://arxiv.org/abs/2507.07985";

export async function open(element, page) {
  const { backend, engine, catalog } = page,
    isServer = backend.kind === "server";
  const [{ description }] = await Promise.all([engine.loadWorld(WORLD), loadStyles("form")]);
  render(
    html`<${About} state=${{ nouns: description.nouns.length, kinds: description.kinds.length, isServer, catalog }}
      page=${page} />`,
    element,
  );
  if (location.hash === `#${DIGEST}`) document.getElementById(DIGEST).scrollIntoView();
}

export const About = ({ state: { nouns, kinds, isServer, catalog }, page }) =>
  html`<div class="form-page"><h1>About</h1><h2>The paper</h2>
  <p>The questions are those of${" "}
    <a href=${PAPER}>arXiv 2507.07985</a>, whose first version is titled “CLIP Won't Learn Object-Attribute Binding from Natural Data and Here is Why”, the second “Common Data Properties Limit Object-Attribute Binding in CLIP”.</p>
  <p>
    This is an independent implementation with scenes and models of its own. Every number on the page was measured by it and none is the paper's; read it with its form of caption, seed and budget.</p>
  <h2 id="words">Words</h2>
    <ul>${Object.entries(catalog.words).map(
      ([word, meaning]) => html`<li><b>${word}</b>:${" "}<span>${`${meaning}.`}
    </span></li>`,
    )}</ul>
  <${DigestCheck} id=${DIGEST} page=${page} />
  <h2>What is simplified</h2><ul><li>
    ${say`Scenes are drawn: ${nouns} nouns and ${kinds} kinds of attributes, one to four objects, no background, no photographs.`}</li>
    <li>
      An image has four quarters with at most one object in each, and a patch of the small model is exactly one quarter. A pretrained CLIP has no such patches.</li><li>Captions come from one grammar, in which a word is one token; the web's captions do not.</li>
    <li>
      Models are small. Most read tens or hundreds of thousands of pairs, and the longest of the study read 1.5 million; a pretrained CLIP reads hundreds of millions.</li>
      <li>Salience is only drawn area. What people find salient is more than that.</li>
      <li>So a direction found here is evidence about this setting, and a question to ask of a large CLIP.</li></ul>
  ${
    isServer
      ? html`<${Limits} catalog=${catalog} /><${Stored} isShared=${catalog.is_shared} />`
      : html`<h2>What is stored, where, and for how long</h2>
      <p>This copy has no server: what you do stays in this browser.</p>`
  }
  <h2>Licenses</h2><ul><li>This project, its drawings and its trained models: MIT.</li>
    <li>The weights of the tagger that reads captions, from textblob-aptagger by Matthew Honnibal: MIT.</li>
    <li>The classes of nouns, from WordNet 3.0 by Princeton University: WordNet’s own license.</li>
    <li>
      Pictures of the world fashion, by Zalando, and icons, by Microsoft: MIT. Those of the world digits, by E. Alpaydin and C. Kaynak: CC BY 4.0.</li>
    <li>
      Preact, which draws the page: MIT. htm, its templates: Apache 2.0. fflate, which packs and unpacks zips: MIT. perfect-freehand, which outlines strokes: MIT. d3-contour, which outlines photographs: ISC. plotly.js, which draws the figures: MIT. Their notices are in this project's files.</li><li>Gradio, which serves the page: Apache 2.0. open_clip: MIT. They are installed with this project and not part of it.</li><li>Weights that you load by name are under the license of their publisher.</li></ul></div>`;

const Limits = ({ catalog: { limits, any_start: anyStart, shipped } }) =>
  html`<h2>Limits</h2>
    <p>On your own computer there are nearly none; on a network or a Space they are strict. This server allows:</p>
  <ul><li>${say`${thousands(limits.most_steps)} steps of at most ${thousands(limits.most_batch_size)} pairs a run;`}</li>
    <li>
    ${say`${thousands(limits.runs_per_owner)} waiting or running runs a person, ${thousands(limits.queue_length)} waiting in all;`}</li>
  <li>
    ${say`${contract.question.pictures} pictures a question, of ${contract.question.picture_bytes / 1e6} MB and ${contract.question.picture_pixels / 1e6} million pixels, and ${contract.question.captions} captions of ${contract.question.caption_length} characters;`}</li>
  <li>${
    anyStart
      ? "any model that open_clip loads."
      : say`the ${Object.keys(shipped).length} shipped models and its own runs.`
  }</li></ul>`;

const SERVED =
  "are folders on the computer that serves this page, with dials, curves, model and report. They stay until their owner deletes them. Anyone with the link of a run can view it.";
const Stored = ({ isShared }) => html`<h2>What is stored, where, and for how long</h2><ul><li><b>Runs</b>${" "}
  <${Sentences}><span>${say(SERVED)}</span><span>${say("A run that trained in a tab is kept in that browser only.")}</span><//></li>
  <li><b>Your key</b><span>, 32 random digits, is kept only in your browser's storage; a run keeps its SHA-256, so only your browser can stop or delete it.</span>
    </li><li><b>Pictures</b>${" "}
      <span>and captions that you ask about go to the server with the question, are scored and not stored.
    </span></li>
  <li><b>A class</b>${" "}
    <span>
      ${say`is kept in files with nicknames, answers, the progress of trainings, margins, and the drawings of the class's own things. They are deleted ${contract.class_hours} hours after the start. If the teacher keeps the wall, its dots, nicknames and margins stay.`}</span></li><li>There are no accounts and no statistics of visits, and your browser asks no other host for anything.</li>
  ${
    isShared &&
    html`<li><b>Your address</b>${" "}
    <span>on the network is held in memory, to limit how much one person asks for. No file has the address itself. A code that is made from it, and does not show it, is written to a file: with the result of an open question, until the question is answered, and with a run that a program begins without a key, as long as the run is kept.</span>
      </li>`
  }</ul>
  <p>
    On a Hugging Face Space the computer is Hugging Face's, which has a privacy policy of its own; runs are lost at a restart unless its owner mounted a volume.</p>`;
