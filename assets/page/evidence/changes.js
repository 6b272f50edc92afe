// What nine changes multiply the time by, each a row with its interval; hidden until a guess.

import { logAxis } from "../log-axis.js";
import { html } from "../vendor/preact.js";
import { Heading } from "../ui.js";
import { joinTexts, say } from "../words.js";
import { clamp } from "../numbers.js";

const FROM = 0.25,
  TO = 9,
  TICKS = [
    [0.5, "× ½"],
    [1, "× 1"],
    [2, "× 2"],
    [4, "× 4"],
  ];
const GUESSED = { name: "completeness", tell: "density" }; // the change that a guess is about

const across = logAxis({ low: FROM, high: TO, from: 0, to: 100 }),
  left = (factor) => `${across(clamp(factor, FROM, TO))}%`;
const digits = (value) => (value < 0.995 ? 2 : value < 9.95 ? 1 : 0);

/** "× 0.55", and with its interval "× 0.55 (0.47 to 0.67)". */
export const factor = ({ value }) => `×\u00a0${value.toFixed(digits(value))}`;
export const withInterval = (span) =>
  say`${factor(span)} (${span.low.toFixed(digits(span.value))} to ${span.high.toFixed(digits(span.value))})`;
const isOpen = ({ low, high }) => low <= 1 && high >= 1;

export const Changes = ({ line, guess }) =>
  html`<section class="wb-col ev-col" id="evidence-changes" aria-labelledby="ev-h2">
  <${Heading} id="ev-h2" number="2" title=${
    guess ? say("What nine changes multiply the time by") : say("What do nine changes do?")
  } />
  <p class="ev-legend"><span><i class="ev-key-own" />${say("asked as it was taught")}</span>
    <span><i class="ev-key-alike" />
    ${say("asked alike: two things, a color each")}</span></p>
  <div class="ev-axis-row" aria-hidden="true"><span /><div class="ev-scale">
    ${TICKS.map(
      ([at, said]) => html`<span style=${{ left: left(at) }} class=${at === 1 ? "ev-one" : ""}>${said}</span>`,
    )}
    <em class="ev-sooner" style=${{ right: `calc(100% - ${left(1)})` }}>← ${say("sooner")}</em>
    <em class="ev-later" style=${{ left: left(1) }}>${say("later")} →</em></div><span /></div>
  <div class="ev-rows" role="list">
    ${line.changes.map((change) => html`<${ChangeRow} key=${change.name} change=${change} guess=${guess} />`)}
    </div>
  <p class="ev-note">
    ${say(
      "Bars are 95 % intervals, and a hollow one includes no change. At ◇ the number of objects, the share of them that is named and the form asked always change together, so their effects cannot be told apart.",
    )}</p></section>`;

function ChangeRow({ change: { name, title, detail, own, canonical }, guess }) {
  const isMine = guess && GUESSED[guess] === name,
    shown = own ?? canonical,
    isHot = Object.values(GUESSED).includes(name);
  const said = joinTexts(
    [own && withInterval(own), canonical && say`asked alike ${withInterval(canonical)}`].filter(Boolean),
  );
  return html`<div class=${`ev-row${isHot ? " ev-hot" : ""}${own && canonical && guess ? "" : " ev-single"}`}
    role="listitem" tabindex="0"
    data-change=${name} title=${guess ? said : null}><div class="ev-what">${title}<small>${detail}</small></div>
    <div class="ev-bars" aria-hidden="true">
      ${TICKS.map(
        ([at]) => html`<i class=${at === 1 ? "ev-grid ev-one" : "ev-grid"}
      style=${{ left: left(at) }} />`,
      )}
      ${
        guess
          ? html`${own && html`<${IntervalBar} span=${own} name="own" />`}
        ${canonical && html`<${IntervalBar} span=${canonical} name="alike" />`}`
          : html`<b class="ev-hidden" style=${{ left: left(1) }}>?</b>`
      }
        ${isMine && html`<b class="ev-guessed">${say("your guess")}</b>`}
        </div>
    <div class=${!guess || !own || isOpen(own) ? "ev-factor ev-weak" : "ev-factor"} aria-hidden="true">
      ${guess ? `${own ? "" : "◇ "}${factor(shown)}` : "× ?"}</div>
    <span class="wb-unseen">${guess ? said : say("hidden until you guess")}</span>
      ${guess && html`<span class="ev-tip" aria-hidden="true">${said}</span>`}</div>`;
}

const IntervalBar = ({ span, name }) => html`<i class=${`ev-${name}-bar${isOpen(span) ? " ev-open" : ""}`}
  style=${{ left: left(span.low), right: `calc(100% - ${left(span.high)})` }} />
  <i class=${`ev-${name}-mark${isOpen(span) ? " ev-open" : ""}`} style=${{ left: left(span.value) }} />`;
