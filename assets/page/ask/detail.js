// What lies under a row of *Ask a real CLIP*: where the model looks, its cosines, and the same in plain open_clip.

import { html, useState } from "../vendor/preact.js";
import { pictureOdds, pairOf } from "./answer.js";
import { clamp, decimal } from "../numbers.js";
import { Reworded } from "./reworded.js";
import { copyText } from "../save-file.js";
import { useFocusKept } from "../ui.js";
import { joinBySign, percent, say } from "../words.js";

/** Colors of a share, from nothing to the most: Cividis, alike with and without color deficiency. */
const STOPS = [
  [0, 32, 77],
  [49, 68, 107],
  [102, 105, 112],
  [149, 143, 120],
  [203, 186, 105],
  [255, 234, 70],
];

export function Detail({ id, row, state, acts, answers }) {
  const [isExact, setExact] = useState(false),
    part = useFocusKept(".ask-reworded"),
    scored = row.document,
    why = scored?.relevance?.why;
  if (state.unread[row.name])
    return html`<div class="ask-detail ask-only" id=${id}><p>
    ${say("Such a word is one and the same unknown word to it, so its answer would say nothing.")}</p>
    ${
      state.nouns.length > 0 &&
      html`<p>
      ${say("Things that the small models trained here know:")} <span class="ask-known"
      translate=${false}>${state.nouns.join(", ")}</span></p>`
    }</div>`;
  const exact = html`<button type="button" class="wb-link" aria-expanded=${isExact} onClick=${() => setExact(!isExact)}>
    ${say("Details: cosines")}</button>`,
    cosines =
      isExact &&
      html`<${CosinesOfRow} row=${row} state=${state} answers=${answers}
    acts=${acts} />`;
  if (!state.caption.trim())
    return html`<div class="ask-detail ask-only" id=${id}><p>
    ${say("Type a caption of the picture: two things, and what is said of them.")}</p>${exact}${cosines}</div>`;
  if (state.isStatic && !scored) return html`<div class="ask-detail ask-only" id=${id}>${exact}${cosines}</div>`;
  return html`<div class="ask-detail" id=${id} tabindex="-1" ref=${part}>
    ${(row.suspicions ?? []).map((each) => html`<p class="ask-suspicion" key=${each}>${each}</p>`)}
    ${
      scored?.words &&
      html`<${Reworded} key=${state.question?.captions.join("|")} row=${row} at=${Math.min(state.at, state.pictures.length - 1)}
      state=${state} acts=${acts} />`
    }
    <${Maps} scored=${scored} state=${state} />
    <div class=${`ask-looks${why ? " is-alone" : ""}`}><h3>${say("Where it looks")}</h3><p>${
      why
        ? say(why)
        : scored?.relevance
          ? joinBySign(
              [
                say("Bright: what speaks for the caption."),
                ...(few(scored) ? [say("Four patches are all that this small model has.")] : []),
                say("It says where, not why."),
              ],
              " ",
            )
          : say(row.isAsked || row.isLooking || row.answer ? "Asking the server." : "No maps: this row has no answer.")
    }</p>
      ${exact}
      ${
        scored &&
        state.question &&
        !scored.words &&
        !row.isInTab &&
        html`<button type="button" class="wb-link ask-reword" disabled=${row.isRewording}
        title=${say("Is the answer steady, does a wrong detail fool it, and which words decide?")}
        onClick=${() => acts.reword(row.name)}>${say("Ask it in other wordings")}</button>`
      }</div>
    ${!row.isInTab && html`<${Script} scored=${scored} state=${state} acts=${acts} />`}
    ${cosines}</div>`;
}

const few = ({ relevance }) => relevance.maps[0][0].length * relevance.maps[0][0][0].length === 4;

// ---- Maps

function Maps({ scored, state }) {
  const relevance = scored?.relevance,
    at = Math.min(state.at, (relevance?.maps?.length ?? 1) - 1),
    picture = state.pictures[at];
  if (relevance?.why) return null;
  if (!relevance || !picture) return html`<div class="ask-maps ask-empty" />`;
  const maps = relevance.maps[at],
    most = Math.max(...maps.flat(2)),
    right = picture.captionIndex;
  return html`<div class="ask-maps">${maps.slice(0, 2).map(
    (map, index) => html`<figure key=${index}>
    <div class="ask-map" role="img" aria-label=${mostOf(map)}><img src=${relevance.seen?.[at] ?? picture.uri} alt="" />
    <${Heat} map=${map} most=${most} /></div>
    <figcaption>${say(index === right ? "for the right caption" : "for the swapped one")}</figcaption></figure>`,
  )}
    </div>`;
}

/** Shares of what speaks for a caption, a rectangle a patch; dark where nothing does. */
const Heat = ({ map, most }) =>
  html`<svg viewBox=${`0 0 ${map[0].length} ${map.length}`} preserveAspectRatio="none" aria-hidden="true">
  ${map.flatMap((line, y) =>
    line.map((share, x) => {
      const level = most > 0 ? share / most : 0;
      return html`<rect x=${x} y=${y} width="1.02" height="1.02" fill=${`rgb(${colorOf(level).join(" ")})`}
    opacity=${(0.72 - 0.42 * level).toFixed(2)} />`;
    }),
  )}</svg>`;

function colorOf(level) {
  const position = clamp(level, 0, 1) * (STOPS.length - 1),
    low = Math.min(STOPS.length - 2, Math.floor(position));
  return STOPS[low].map((value, channel) => Math.round(value + (STOPS[low + 1][channel] - value) * (position - low)));
}

function mostOf(map) {
  const all = map.flatMap((line, y) => line.map((share, x) => ({ share, x, y }))),
    most = all.reduce((one, other) => (other.share > one.share ? other : one));
  if (!most.share) return say("nothing speaks for this caption");
  return say`most in row ${most.y + 1}, column ${most.x + 1} of ${map.length} by ${map[0].length} patches, ${percent(most.share)}`;
}

// ---- Cosines

function CosinesOfRow({ row, state, answers, acts }) {
  return html`<div class="ask-cosines"><${CosineTable} ...${{ row, state, answers }} />
    <${CosineNotes} ...${{ row, state, acts }} /></div>`;
}

function CosineTable({ row: { answer }, state, answers }) {
  const captions = state.question?.captions ?? [];
  return html`<div class="ask-scroll" tabindex="0" role="region" aria-label=${say("Cosines")}>
    <table><thead><tr>
    <th scope="col">${say("caption")}</th>${state.pictures.map(
      (each, index) => html`<th scope="col" key=${index}>
    ${say`picture ${index + 1}`}</th>`,
    )}</tr></thead>
    <tbody>${
      answer &&
      captions.map(
        (caption, index) =>
          html`<tr key=${index}><th scope="row" translate=${false}>${caption}</th>
      ${answer.cosines.map((each, number) => html`<td key=${number}>${decimal(each[index], 4)}</td>`)}</tr>`,
      )
    }
    ${
      answers &&
      html`<tr><th scope="row">${say("margin")}</th>${answers.map(
        (each, number) => html`<td key=${number}>${each ? decimal(each.margin, 4) : "–"}</td>`,
      )}</tr>
      <tr><th scope="row">${say("spread over random word orders")}
      </th>${answer.spread.map((each, number) => html`<td key=${number}>${decimal(each, 4)}</td>`)}</tr>
        <tr><th scope="row">
      ${say("right to wrong")}</th>
        ${answers.map((each, number) => html`<td key=${number}>${each ? pictureOdds(each.share) : "–"}</td>`)}</tr>`
    }
      </tbody></table></div>`;
}

/** What else is known of the numbers of a row: its scores, its warnings, and how its model saw the pictures. */
function CosineNotes({ row, state, acts }) {
  const { document: scored } = row,
    pair = pairOf(row, state);
  return html`<ul>
      ${
        pair &&
        html`<li>
          ${say`Winoground's scores of the two pairs: text ${pair.text}, image ${pair.image}, group ${pair.group}; a coin gets ¼, ¼ and ⅙.`}</li>`
      }
      ${
        scored?.confusion &&
        html`<li>
        ${confusionWords(scored.confusion)}</li>`
      }
      ${
        row.scores &&
        html`<li>
        ${say`${row.scores.binding_accuracy.n} scenes with known truth: ${say(row.verdict)}; nearer to the larger object ${percent(row.scores.size_bias.value)}, to the one named first ${percent(row.scores.mention_bias.value)}; a coin gets 50 %.`}</li>`
      }
      ${row.whyScores && html`<li>${row.whyScores}</li>`}
        ${(scored?.warnings ?? []).map((each) => html`<li key=${each}>${each}</li>`)}
      ${
        scored &&
        html`<li>
          ${say`Pixels: ${scored.preprocessing.size.join(" × ")}, ${scored.preprocessing.resize_mode}, ${scored.preprocessing.interpolation}; activation ${scored.activation}; logit_scale ${scored.logit_scale.toFixed(1)}.`}</li>`
      }
      ${(scored?.notes ?? []).map((each) => html`<li key=${each}>${each}</li>`)}${
        scored?.relevance?.method && html`<li>${scored.relevance.method}</li>`
      }
      <li><span>${say("Name on the command line:")}</span> <code>${row.name}</code>
        ${
          (row.isReal || row.answers === undefined) &&
          html` <button type="button" class="wb-link" onClick=${() => acts.removeRow(row.name)}>
        ${say("Take this row away")}</button>`
        }</li></ul>`;
}

// ---- The script

/** The document's script with the names of the visitor's files. */
const scriptOf = ({ snippet }, pictures) =>
  pictures.reduce(
    (text, { name }, index) => (name ? text.replaceAll(`'image-${index + 1}.png'`, JSON.stringify(name)) : text),
    snippet,
  );

function confusionWords({ captions, right, chance }) {
  const times = right.reduce((sum, each) => sum + each, 0);
  return say`The right caption is above all ${captions.length} captions with repeated attributes in ${times} of ${right.length} pictures; chance is ${percent(chance)}.`;
}

function Script({ scored, state, acts }) {
  const script = scored && scriptOf(scored, state.pictures);
  async function copy({ currentTarget }) {
    const isCopied = await copyText(script, currentTarget.closest(".ask-script").querySelector("code"));
    acts.change({ said: isCopied ? say("Copied") : say("Selected: press Ctrl-C") });
  }
  return html`<div class="ask-script"><div><h3>${say("The same in plain open_clip")}</h3>
    ${script && html`<button type="button" class="wb-link" onClick=${copy}>${state.said || say("Copy")}</button>`}</div>
    <pre tabindex="0" role="region" translate=${false} aria-label=${say("The same in plain open_clip")}>
      <code>${script ?? ""}</code></pre></div>`;
}
