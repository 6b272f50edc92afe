// Below the line: the paper beside what was measured, findings that open to their trainings, what this cannot say.

import { contract } from "../contract.js";
import { logAxis } from "../log-axis.js";
import { clamp, thousands } from "../numbers.js";
import { html } from "../vendor/preact.js";
import { expectTime } from "./law.js";
import { learnedWords } from "./line.js";
import { Heading } from "../ui.js";
import { joinTexts, percent, say } from "../words.js";

const WIDTH = 540,
  NAMES = 214,
  ROW = 43,
  HEAD = 16,
  FOOT = 26;

export const Below = ({
  line,
  first,
  open,
  acts,
  methods,
  questions,
  links,
}) => html`<${Versus} paper=${line.paper} number=${first} />
  <section class="wb-col ev-col ev-below" aria-labelledby="ev-h4"><${Heading} id="ev-h4" number=${first + 1}
    title=${say`Findings, each with its trainings`} />
    <div class="ev-cards">${line.findings.map(
      (each, at) => html`<${FindingCard} key=${each.name} finding=${each} line=${line}
      isOpen=${open === at} onPress=${() => acts.change({ open: open === at ? null : at })} />
      ${open === at && html`<${FindingDetail} key="detail" finding=${each} line=${line} acts=${acts} />`}`,
    )}</div></section>
  <div class="ev-last"><section class="wb-col ev-col" aria-labelledby="ev-h5">
    <${Heading} id="ev-h5" title=${say("What this cannot say")} />
    <ul class="ev-limits">${line.limits.map((each) => html`<li>${each}</li>`)}</ul></section>
    <section class="wb-col ev-col" aria-labelledby="ev-h6"><${Heading} id="ev-h6" title=${say("Read on")} />
      <p class="ev-links">
      ${
        methods &&
        html`<a href=${methods} data-act="methods">
          ${say("Methods")} <small>${say("each claim, and its verdict")}</small></a>`
      }
      <button type="button" data-act="table" onClick=${acts.saveTable}>
        ${say("Every training")} <small>${say("as CSV")}</small></button>
      <a href=${questions} data-act="open-questions">${say("Open questions: your computer can help")}</a>
      ${links.map(([href, said]) => html`<a href=${href}>${say(said)}</a>`)}</p></section></div>`;

const Versus = ({ paper, number }) => html`<section class="wb-col ev-col ev-below" aria-labelledby="ev-h3">
  <${Heading} id="ev-h3" number=${number} title=${say("What the paper says, and what was measured here")} />
  <table class="ev-versus">
    <thead><tr>${[
      "property of the data",
      "the paper’s abstract",
      "here, in small models on drawn pictures",
      "together",
    ].map((each) => html`<th scope="col">${say(each)}</th>`)}</tr></thead>
  <tbody>${paper.map(
    (each) => html`<tr><th scope="row">${each.dial}</th><td>${each.paper}</td><td>${each.here}</td><td>
    <span class=${each.is_decided ? "ev-pill" : "ev-pill ev-open"}>${each.verdict}</span></td></tr>`,
  )}</tbody></table>
    </section>`;

const FindingCard = ({ finding, line, isOpen, onPress }) =>
  html`<button type="button" class="ev-card" data-finding=${finding.name}
  aria-expanded=${String(isOpen)} onClick=${onPress}><${Mini} finding=${finding} line=${line} />
    <b>${finding.title}</b><small>
  ${finding.basis}<svg class="ev-chevron" viewBox="0 0 12 12" aria-hidden="true"><path d="M2 4l4 4 4-4" /></svg></small>
    </button>`;

function FindingDetail({ finding, line, acts }) {
  const titles = {
    line: say("Share of pictures right"),
    seeds: say("Pairs until it binds; each dot is one training"),
    losses: say("How far the words are learned"),
  };
  return html`<div class="ev-detail" role="region" aria-label=${finding.title}><div><h3>${finding.title}</h3>
    ${finding.text.map((each) => html`<p>${each}</p>`)}</div>
    <div><h4>${titles[finding.figure]}</h4>
      <div class="ev-scroll" tabindex="0" role="group" aria-label=${titles[finding.figure]}>
      ${
        finding.figure === "seeds"
          ? html`<${Seeds} rows=${finding.rows} />`
          : finding.figure === "losses"
            ? html`<${Losses} marks=${finding.marks} />`
            : html`<${Collapse} line=${line} />`
      }</div></div>
    <div class="ev-side"><h4>${say("Train this yourself")}</h4><ul>${finding.train.map(
      (each) =>
        html`<li><span>${joinTexts(
          [each.title, each.detail].filter(Boolean).map((text) => say(text)),
          ", ",
        )}</span>
      <button type="button" class="ev-btn" onClick=${() => acts.openSpec(each)}>${say("Open")}</button></li>`,
    )}</ul>
      <h4>${say("What would overturn this")}</h4><p>${finding.overturn}</p>
        ${finding.say && html`<h4>${say("Say it in class as")}</h4><p>${finding.say}</p>`}</div></div>`;
}

const timesOf = (rows) => rows.flatMap(({ seeds, pairs }) => seeds.map((each) => each.bound_at ?? pairs));

/** A row for each condition; a training that was not bound stands at its budget. */
function Seeds({ rows }) {
  const times = timesOf(rows),
    x = logAxis({ low: 0.8 * Math.min(...times), high: 1.25 * Math.max(...times), from: NAMES, to: WIDTH - 20 }),
    height = HEAD + rows.length * ROW + FOOT;
  const ticks = [1e4, 2e4, 4e4, 7.5e4, 1.5e5].filter((each) => x(each) > NAMES + 10 && x(each) < WIDTH - 30);
  const said = rows.map(({ title, detail, seeds, pairs }) => {
    const name = joinTexts([say(title), say(detail)], ", "),
      times = seeds.map((each) => (each.bound_at ? thousands(each.bound_at) : say`not within ${thousands(pairs)}`));
    return say`${name}: ${joinTexts(times, ", ")}`;
  });
  return html`<svg class="ev-chart" viewBox=${`0 0 ${WIDTH} ${height}`} role="img" aria-label=${joinTexts(said)}>
    ${ticks.map(
      (each, at) => html`<path class="ev-rule" d=${`M${x(each)} ${HEAD - 6}V${height - 24}`} />
    <text x=${x(each)} y=${height - 9} text-anchor="middle">
      ${at ? thousands(each) : say`${thousands(each)} pairs`}</text>`,
    )}
    ${rows.map(({ title, detail, seeds, pairs, learned }, at) => {
      const y = HEAD + at * ROW + ROW / 2 - 6;
      return html`<text class="ev-name" x="0" y=${y - 1}>${title}</text><text x="0" y=${y + 14}>${detail}</text>
      ${
        learned !== null &&
        learned !== undefined &&
        html`<text class="ev-wrong" x=${NAMES - 10} y=${y - 1} text-anchor="end"><title>
      ${learnedWords(learned)}</title>${say`words ${percent(Math.max(0, learned))}`}</text>`
      }
      ${seeds.map(({ seed, bound_at: time }, index) => {
        const up = y + 3 + (index - (seeds.length - 1) / 2) * 3.4;
        return time
          ? html`<circle class="ev-seed" cx=${x(time)} cy=${up} r="4.4">
        <title>${say`seed ${seed}: ${thousands(time)} pairs`}
        </title></circle>`
          : html`<path class="ev-late" d=${`M${x(pairs) - 12 + 3.2 * index} ${up + 3.6}h9.2l-4.6-8.2z`}>
          <title>
        ${say`seed ${seed}: not within ${thousands(pairs)} pairs`}</title></path>`;
      })}`;
    })}</svg>${
      rows.some((each) => typeof each.learned === "number") &&
      html`<p class="ev-note">
    ${say`Words: how often models that were not bound knew which words belong to a picture; one that knows the nouns alone has 0 %. Below ${percent(contract.score.reliable)} the budget was too short for a verdict.`}</p>`
    }`;
}

/** Accuracy of all data against pairs read over pairs that the line expects. */
function Collapse({ line }) {
  const points = line.data.map((each) => ({
    ...each,
    ratio: each.trainings[0].pairs / expectTime(line.law, each.kappa).pairs,
  }));
  const x = logAxis({ low: 0.09, high: 28, from: 52, to: WIDTH - 10 }),
    y = (share) => 206 - ((share - 0.46) / 0.55) * 192,
    ticks = [
      [0.1, "a tenth"],
      [1 / 3, "a third"],
      [1, "as expected"],
      [3, "3 times"],
      [10, "10 times"],
    ];
  const { slope, middle, accuracies } = line.fit,
    curve = Array.from({ length: 41 }, (_, at) => 0.09 * (28 / 0.09) ** (at / 40))
      .map(
        (ratio, at) =>
          `${at ? "L" : "M"}${x(ratio).toFixed(1)} ${y(0.5 + 0.5 / (1 + Math.exp(-slope * (Math.log(ratio) - middle)))).toFixed(1)}`,
      )
      .join("");
  return html`<svg class="ev-chart" viewBox=${`0 0 ${WIDTH} 250`} role="img"
    aria-label=${say("Share of pictures right against pairs read over pairs expected")}>
    ${[0.5, contract.binding.level, 1].map(
      (each) =>
        html`<path class=${each === 0.5 ? "ev-rule ev-open" : "ev-rule"} d=${`M52 ${y(each)}H${WIDTH - 10}`} />
    <text x="45" y=${y(each) + 4} text-anchor="end">${percent(each)}</text>`,
    )}
    ${ticks.map(
      ([at, said]) =>
        html`<text x=${x(at)} y="223" text-anchor="middle" class=${at === 1 ? "ev-name" : ""}>${say(said)}</text>`,
    )}
      <path class="ev-guide" d=${`M${x(1)} 14V206`} /><path class="ev-law" d=${curve} />
      <text class="ev-name" x=${WIDTH - 12} y=${y(1) + 34} text-anchor="end">
        ${say`curve: R² ${accuracies.toFixed(2)}`}</text>
      <text x="52" y="244">${say("pairs read, against the pairs that the line expects")}</text>
    ${points.map(
      (each) => html`<circle class=${each.completeness < 0.45 ? "ev-seed ev-hollow" : "ev-seed"}
      cx=${x(clamp(each.ratio, 0.09, 28))} cy=${y(each.accuracy)} r="4.4">
        <title>${percent(each.accuracy)}</title></circle>`,
    )}
      </svg><p class="ev-note">${say("Each dot is a kind of data. In the hollow ones, captions name fewer than half of the objects.")}</p>`;
}

const MARK = 26,
  MARKS_HEAD = 44;

/** A row for each budget with its loss, between lines for the best possible readers. */
function Losses({ marks }) {
  const values = marks.map((each) => each.value),
    x = logAxis({ low: 0.85 * Math.min(...values), high: 1.15 * Math.max(...values), from: 150, to: WIDTH - 40 });
  const readers = marks.filter((each) => each.is_reader),
    trained = marks.filter((each) => !each.is_reader),
    foot = MARKS_HEAD + MARK * trained.length,
    y = (at) => MARKS_HEAD + MARK * (at + 0.5);
  return html`<svg class="ev-chart" viewBox=${`0 0 ${WIDTH} ${foot + 30}`} role="img"
    aria-label=${joinTexts(marks.map(({ said, value }) => say`${said}: ${value.toFixed(2)}`))}>
    ${readers.map(
      ({ said, value }, at) =>
        html`<path class="ev-law" d=${`M${x(value)} ${MARKS_HEAD - 22 + 18 * at}V${foot}`} />
      <text class="ev-name" x=${x(value) + 6} y=${MARKS_HEAD - 12 + 18 * at - 6}>
        ${say(said)} ${value.toFixed(2)}</text>`,
    )}
    ${trained.map(
      ({ said, value }, at) => html`<path class="ev-rule" d=${`M150 ${y(at)}H${WIDTH - 10}`} />
      <text x="0" y=${y(at) + 4}>${say(said)}</text><circle class="ev-lost" cx=${x(value)} cy=${y(at)} r="6" />
      <text class="ev-wrong ev-bold" x=${x(value) + 12} y=${y(at) + 4}>${value.toFixed(2)}</text>`,
    )}
    <text x="0" y=${foot + 22}>
      ${say("lower is better: loss on web-like captions, in nats; lines: the best possible readers")}</text></svg>`;
}

/** The finding in a drawing of 110 by 44. */
function Mini({ finding, line }) {
  const frame = (drawn) => html`<svg viewBox="0 0 110 44" aria-hidden="true">${drawn}</svg>`;
  if (finding.figure === "losses") {
    const values = finding.marks.map((each) => each.value),
      x = logAxis({ low: 0.9 * Math.min(...values), high: 1.1 * Math.max(...values), from: 4, to: 106 });
    return frame(
      html`<path class="ev-axis" d="M0 22H110" />${finding.marks.map(({ value, is_reader: isReader }) =>
        isReader
          ? html`<path class="ev-law" d=${`M${x(value)} 12V32`} />`
          : html`<circle class="ev-lost" cx=${x(value)} cy="22" r="4.2" />`,
      )}`,
    );
  }
  if (finding.figure === "line") {
    const [low, high] = line.law.kappa,
      at = (kappa) => expectTime(line.law, kappa).pairs,
      x = logAxis({ low, high, from: 6, to: 104 }),
      y = logAxis({ low: at(high), high: at(low), from: 38, to: 6 });
    const bound = line.data.flatMap((each) =>
      each.trainings
        .filter((one) => one.bound_at)
        .slice(0, 1)
        .map((one) => [x(each.kappa), y(one.bound_at)]),
    );
    return frame(
      html`<path class="ev-law" d=${`M6 6L104 38`} />${bound.map(
        ([left, up]) => html`<circle class="ev-dot" cx=${left} cy=${clamp(up, 3, 41)} r="2.4" />`,
      )}`,
    );
  }
  const times = timesOf(finding.rows),
    x = logAxis({ low: 0.9 * Math.min(...times), high: 1.1 * Math.max(...times), from: 2, to: 106 });
  return frame(
    finding.rows.slice(0, 4).map(({ seeds, pairs }, at, all) => {
      const y = (44 / (all.length + 1)) * (at + 1);
      return html`<path class="ev-rule" d=${`M0 ${y}H110`} />${seeds.map(({ bound_at: time }) =>
        time
          ? html`<circle class="ev-dot" cx=${x(time)} cy=${y} r="3" />`
          : html`<path class="ev-late" d=${`M${x(pairs) - 3.4} ${y + 2.8}h6.8l-3.4-6z`} />`,
      )}`;
    }),
  );
}
