// Is an answer steady, is it fooled by a wrong detail, and which words does it rest on: what `score` tells with
// details.
//
//   <Steady document={row.document} at={0} />        // the marks of a row: the same in 7 of 8 wordings
//   <Reworded row={row} at={0} state={state} acts={acts} />      // words, wordings and details under it
//
// `at` is the picture that is shown large. A wording that the model cannot read leaves the count.

import { html, useState } from "../vendor/preact.js";
import { Sentences } from "../ui.js";
import { pictureOdds } from "./answer.js";
import { contract } from "../contract.js";
import { sigmoid } from "../../engine/metrics.js";
import { estimate } from "../../engine/train/evaluation.js";
import { Measure } from "./measure.js";
import { decimal } from "../numbers.js";
import { identityOf } from "./picture.js";
import { Round } from "./question.js";
import { joinBySign, markOf, percent, say } from "../words.js";

const SHOWN = 4;

const effectText = (effect) => `${effect > 0 ? "+" : ""}${decimal(effect, 3)}`;

/** What the marks and words of a row say; null before the details are there, or where there is one caption. */
function steadiness(scored, at) {
  const found = scored?.wordings;
  if (!found) return null;
  const readable = found.wordings.filter((each) => !each.why),
    same = found.same[at] ?? 0;
  return {
    marks: found.wordings.map((each) => (each.why ? "unread" : each.same[at] ? "same" : "other")),
    words: say`${same} of ${readable.length}`,
    band: say(found.band_words[at]),
  };
}

/** The picture that is shown large; while another one is being asked the answer has fewer. */
const pictureOf = (scored, at) => Math.min(at, (scored?.cosine.length ?? 1) - 1);

/** Eight marks, filled where the answer is that of the caption as it was typed. */
export function Steady({ document, at }) {
  const found = steadiness(document, pictureOf(document, at));
  if (!found) return html`<span class="ask-steady is-empty"><span>–</span></span>`;
  const { marks, words, band } = found;
  return html`<span class="ask-steady">
    <span class="ask-marks" aria-hidden="true">${marks.map((mark, index) => html`<i key=${index} class=${`is-${mark}`} />`)}</span>
    <span><b>${words}</b> <small>${band}</small></span></span>`;
}

export function Reworded({ row, at: shown, state, acts }) {
  const scored = row.document,
    at = pictureOf(scored, shown),
    isOfFirst = !scored.right?.[at];
  return html`<div class="ask-reworded" tabindex="-1">${isOfFirst && html`<${WordShares} words=${scored.words} at=${at} />`}
    <${Wordings} scored=${scored} at=${at} />
    ${
      isOfFirst
        ? html`<${HalfTruths} scored=${scored} at=${at} picture=${state.pictures[at]} row=${row} state=${state} acts=${acts} />`
        : html`<section><p>${say("Words and wrong details are those of the first caption, so they are told under its pictures.")}</p></section>`
    }</div>`;
}

// ---- Words

function WordShares({ words, at }) {
  const [by, setBy] = useState("caption"),
    { relevance } = words,
    shown = words[by] ? by : "caption";
  const choice = (label, value) =>
    html`<button type="button" class="wb-link" aria-pressed=${shown === value} onClick=${() => setBy(value)}>
      ${label}</button>`;
  return html`<section class="ask-by-word"><div><h3>${say("How much each word moved the score")}</h3>
    <span>${choice(say("in the caption"), "caption")} ${words.difference && choice(say("in the choice"), "difference")}
      ${" "}${choice(say("by the gradient"), "relevance")}</span>
    </div>
    ${
      shown === "relevance"
        ? !relevance.why &&
          html`<${TintedWords} words=${relevance.words} at=${at} written=${percent} />
            ${relevance.against.length > 0 && html`<p>${say("Against the other caption:")}</p><${TintedWords} words=${relevance.against} at=${at} written=${percent} />`}`
        : html`<${TintedWords} words=${words[shown].words} at=${at} written=${effectText} />`
    }
    <p>${shown === "relevance" && relevance.why ? say(relevance.why) : meaningOf(shown, words, at)}</p></section>`;
}

/** Words with their numbers, tinted by how large each is beside the largest. */
function TintedWords({ words, at, written }) {
  const most = Math.max(...words.map((each) => Math.abs(each.by_picture[at])), 1e-9);
  return html`<ul class="ask-said" translate=${false}>${words.map(({ word, by_picture: numbers }, index) => {
    const number = numbers[at],
      tint = number > 0 ? Math.round((55 * number) / most) : 0;
    return html`<li key=${index} class=${number < -most / 20 ? "is-against" : ""} style=${{ "--tint": `${tint}%` }}>
        <b>${word}</b><small>${written(number)}</small></li>`;
  })}</ul>`;
}

function meaningOf(shown, words, at) {
  if (shown === "relevance")
    return say(
      "Shares of the attention of the text tower, weighted by its gradient; they add up to 100 %. No word is left out for them.",
    );
  if (shown === "caption")
    return say(
      "Each word was left out once, and the number says by how much the cosine fell. Blue words speak for the picture, framed ones against it.",
    );
  return words.difference.whole[at] < 0
    ? say(
        "Each word was left out of both captions, and the number says by how much the right one’s lead fell. The wrong caption was chosen: framed words made this choice.",
      )
    : say(
        "Each word was left out of both captions, and the number says by how much the right one’s lead fell. Blue words made the choice.",
      );
}

// ---- Wordings

function Wordings({ scored, at }) {
  const [isAll, setAll] = useState(false),
    found = scored.wordings;
  if (!found)
    return html`<section><h3>${say("Other wordings")}</h3><p>${say("One caption alone has no answer.")}</p></section>`;
  const fitting = found.wordings.filter((each) => each.captions.length),
    readable = fitting.filter((each) => !each.why),
    unread = fitting.filter((each) => each.why),
    rows = [...readable, ...unread],
    title =
      readable.length < 4
        ? say`Only ${readable.length} wordings can be asked`
        : say`On this picture the same in ${found.same[at]} of ${found.num_asked} wordings`;
  return html`<section><h3>${title}</h3>
    <ul class="ask-lines">${rows.slice(0, isAll ? rows.length : SHOWN).map(
      (each) => html`<li key=${each.kind}>
      ${each.why ? html`<i class="ask-round ask-none" />` : html`<${Round} kind=${each.same[at] ? "right" : "wrong"} />`}
      <span class="ask-said" translate=${false}>${each.captions[0]}</span>
      <small>${each.why ? say("not readable") : pictureOdds(sigmoid(scored.logit_scale * each.margin[at]))}</small></li>`,
    )}</ul>
    ${
      rows.length > SHOWN &&
      html`<button type="button" class="wb-link" aria-expanded=${isAll} onClick=${() => setAll(!isAll)}>
      ${isAll ? say("Fewer wordings") : say`The other ${rows.length - SHOWN} wordings`}</button>`
    }</section>`;
}

// ---- Half-truths

/** The name of a tick: whether a detail is false of a picture is the same for all models. */
const tickOf = (picture, { caption }) => `${identityOf(picture)} ${caption}`;

/**
 * The captions with a wrong detail; one that may be true of the picture counts only when a person says that it is
 * false.
 */
function HalfTruths({ scored, at, picture, row, state, acts }) {
  const readable = scored.half_truths.filter((each) => !each.why),
    isFalse = (each) => state.ticks[tickOf(picture, each)] ?? each.counts;
  if (!readable.length)
    return html`<section><h3>${say("A wrong detail")}</h3>
      <p>${say("No wrong detail was found that this caption can take and this model can read.")}</p>
      <${OnScenes} row=${row} /></section>`;
  const counted = readable.filter(isFalse),
    fooled = sum(counted.map((each) => each.fooled[at]));
  const title = counted.length
    ? say`One wrong detail was preferred in ${fooled} of ${counted.length}`
    : say("Which of these details are wrong here?");
  return html`<section><h3>${title}</h3>
    <ul class="ask-lines">${readable.map(
      (each) => html`<li key=${each.kind} class=${isFalse(each) ? "" : "is-off"}>
      <${Round} kind=${markOf(0.5, each.fooled[at])} />
      <label><input type="checkbox" checked=${isFalse(each)}
        onChange=${() => acts.tick(tickOf(picture, each), !isFalse(each))} />
      <span class="ask-said" translate=${false}>${each.caption.slice(0, each.caption.indexOf(each.detail))}<u>${each.detail}</u></span></label>
      <small>${pictureOdds(sigmoid(scored.logit_scale * each.gain[at]))}</small></li>`,
    )}</ul>
    ${counted.length > 0 && html`<p>${intervalWords(fooled, counted, at)}</p>`}
    <p><${Sentences}>${say("A round mark says wrong if the longer, false caption is nearer to the picture.")}${
      readable.every((each) => each.is_safe)
        ? say(
            "The caption or the drawn scene rules out each of these details, so all were ticked at first. Only ticked ones count.",
          )
        : say("Tick the details that are false of this picture; only these are counted.")
    }<//></p>
    <${OnScenes} row=${row} /></section>`;
}

const sum = (numbers) => numbers.reduce((all, each) => all + each, 0);

/** What so few details allow to say, and the same with true details of equal length. */
function intervalWords(fooled, counted, at) {
  const { low, high } = estimate(fooled, counted.length, contract.z),
    longer = counted.flatMap((each) => (each.longer ? [each.longer[at]] : []));
  const said = say`95 % interval ${percent(low)} to ${percent(high)}; a coin toss 50 %.`;
  return longer.length
    ? joinBySign([said, say`A true detail of equal length was preferred in ${sum(longer)} of ${longer.length}.`], " ")
    : said;
}

/** How often a wrong detail and a true one of equal length make a caption nearer, on scenes whose truth is known. */
function OnScenes({ row: { halfTruths, isCounting } }) {
  const { fooled, longer } = halfTruths ?? {};
  if (!fooled) return isCounting ? html`<p>${say("counting")}</p>` : null;
  return html`<div class="ask-on-scenes"><h3>${say`The same on ${fooled.n} drawn scenes`}</h3>
    <${Measure} label=${say("a wrong detail")} share=${fooled} />
    <${Measure} label=${say("a true one, as long")} share=${longer} />
    <p>${say("How often the caption is nearer with the detail than without it; bars: 95 % intervals; dashed: a coin toss. Where both are alike, the model likes length.")}</p></div>`;
}
