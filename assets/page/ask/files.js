// Panels of *Ask a real CLIP* that read files: captions of one's own, counted, and tables of pairs and benchmarks.

import { contract } from "../contract.js";
import { html, useEffect, useState } from "../vendor/preact.js";
import { Drawn, JobLine, useJob } from "./job.js";
import { readPickedText } from "../picked-file.js";
import { Refused } from "../refused.js";
import { FileButton } from "../ui.js";
import { logAxis } from "../log-axis.js";
import { joinTexts, percent, say } from "../words.js";
import { clamp, quote } from "../numbers.js";

const CURVES = {
  attribute_density: "Attributes told per object",
  caption_completeness: "Share of the picture told",
  saliency_bias: "Only the big things told",
};

// ---- Captions

export function CaptionsPanel({ backend }) {
  const [file, setFile] = useState(null),
    [curve, setCurve] = useState("attribute_density"),
    [report, setReport] = useState(null),
    job = useJob();
  const measure = async (given, wanted, tell, signal) =>
    setReport(await placeCaptions(backend, { ...given, curve: wanted }, tell, signal));
  const { captions: most } = contract.file_bytes;
  function choose([picked]) {
    setFile(null);
    setReport(null); // of another file, whatever becomes of this one
    return job.run(async (tell, signal) => {
      if (picked.size > most) throw new Refused("content", say`This file is larger than ${most / 1e6} MB.`);
      const given = { content: await readPickedText(picked), name: picked.name };
      if (signal.aborted) return;
      setFile(given);
      await measure(given, curve, tell, signal);
    });
  }
  return html`<p>
    ${say`Captions of your own, as .csv with a column caption or as .jsonl, up to ${most / 1e6} MB, are read as English. With objects and boxes of the pictures, the share told and what is big are measured too.`}</p>
    <div class="ask-controls"><${FileButton} kind="ask-btn" label=${say("Captions")} id="ask-captions-file"
      accept=".csv,.tsv,.json,.jsonl,.txt"
      onFiles=${choose}>${say("Choose a file")}<//>
      ${file && html`<span translate=${false}>${file.name}</span>`}${
        job.isBusy ? html`<${JobLine} job=${job} />` : html`<span class="ask-refused" role="status">${job.why}</span>`
      }</div>
    ${
      report &&
      html`<${CaptionsReport} report=${report} curve=${curve} onCurve=${(wanted) => {
        setCurve(wanted);
        void job.run((tell, signal) => measure(file, wanted, tell, signal));
      }} />`
    }`;
}

/** Captions on a curve of the study; what the server does not even read is told of the file that the person chose. */
export async function placeCaptions(backend, given, tell, signal) {
  try {
    return await backend.job("captions_placed", given, tell, { signal });
  } catch (error) {
    if (error.field !== "body") throw error;
    throw new Refused(
      "content",
      say`${quote(given.name)}: holds more than this server reads at once; give a part of it`,
    );
  }
}

/** What was measured of the captions, beside published ones, and their place on a curve of the study. */
function CaptionsReport({ report, curve, onCurve }) {
  return html`<h3>${report.sentence}</h3><${Counts} counts=${report.counts} />
    <${CorpusDial} corpora=${report.corpora} mine=${report.lines[0].found} />
    ${report.place && html`<p>${report.place}</p>`}${report.measured && html`<p>${report.measured}</p>`}
    <table><thead><tr><th scope="col">${say("property")}</th><th scope="col">${say("your captions")}</th></tr></thead>
      <tbody>
      ${report.lines.map(
        (each) =>
          html`<tr key=${each.name}><th scope="row" title=${each.words}>${say(each.title)}</th><td>
        ${measuredWords(each)}</td>
        </tr>`,
      )}
      </tbody></table>
    <p>${report.read}</p>
    ${
      report.figure &&
      html`<div class="ask-controls"><label>${say("On the study's curve of")} <select value=${curve}
        onChange=${({ target }) => onCurve(target.value)}>
        ${Object.entries(CURVES).map(([name, title]) => html`<option key=${name} value=${name}>${say(title)}</option>`)}
        </select></label></div>
        <${Drawn} figure=${report.figure} name="ask-captions"
          title=${say("The study's curve, with your captions on it")} /><p>${report.why}
          </p>`
    }`;
}

function measuredWords({ name, found }) {
  if (found) return `${found.value.toFixed(2)} (${Math.max(0, found.low).toFixed(2)} – ${found.high.toFixed(2)})`;
  return say(
    name === "caption_completeness" ? "not told, because the file has no column objects" : "not told by the file",
  );
}

/** How many captions only name things, describe one, describe several. */
function Counts({ counts: { none, one, several } }) {
  const all = none + one + several;
  if (!all) return null;
  return html`<div class="ask-counts" role="img"
    aria-label=${say`${none} only name things; ${one} describe one thing; ${several} describe two or more`}>
    ${[none, one, several].map(
      (count, level) =>
        count > 0 &&
        html`<i key=${level} class=${`ask-level-${level}`}
    style=${{ width: `${(100 * count) / all}%` }}>${percent(count / all)}</i>`,
    )}</div>`;
}

const onDial = logAxis({ low: 0.1, high: 1, from: 0, to: 100 });

/** The dial of the evidence on which captions stand by what they tell of an object, with published ones. */
function CorpusDial({ corpora, mine }) {
  if (!mine) return null;
  const at = (value) => `${onDial(clamp(value, 0.1, 1))}%`;
  return html`<div class="ask-dial" role="img"
    aria-label=${joinTexts([
      say`Your captions tell ${mine.value.toFixed(2)} attributes per object`,
      ...corpora.map((each) => `${each.label} ${each.value.toFixed(2)}`),
    ])}><span class="ask-line" />
    ${corpora.map(
      (each, index) => html`<span key=${each.label} class=${`ask-tick${index % 2 ? " ask-below" : ""}`}
    style=${{ left: at(each.value) }}><i />${say(each.label)} ${each.value.toFixed(2)}</span>`,
    )}
    <b style=${{ left: at(mine.value) }}>
    ${say("your captions")} ${mine.value.toFixed(2)}</b></div>`;
}

// ---- Tables of pairs, and published benchmarks

const MAX_GROUPS = 30,
  COLUMNS = "image=image,caption=caption,negative=negative_caption";

export function BenchmarkPanel({ state, backend, isTable }) {
  const [benchmarks, setBenchmarks] = useState(null),
    [given, setGiven] = useState({
      name: isTable ? "table" : "sugarcrepe",
      model: state.open ?? state.rows[0]?.name,
      path: "",
      images: "",
      columns: COLUMNS,
      limit: "200",
    }),
    [scores, setScores] = useState(null),
    job = useJob();
  useEffect(() => {
    backend.view("benchmarks").then(setBenchmarks, (error) => setBenchmarks({ why: error.message }));
  }, []);
  const run = () =>
    job.run(async (tell, signal) =>
      setScores(await backend.job("benchmark_file", questionOf(given), tell, { signal })),
    );
  if (!benchmarks) return null;
  return html`<p>${
    isTable
      ? say(
          "A table of your own: a row a picture, with its caption and a wrong one. It lies on the computer of the server, with its pictures beside it.",
        )
      : say("Published benchmarks, whose files you download yourself. Scores stand beside those that were published.")
  }</p>
    ${
      benchmarks.any_start === false
        ? html`<p>${say("This server opens no files. On your computer: make run, or")} <code>${commandOf(given)}
      </code></p>`
        : html`<${BenchmarkForm} rows=${state.rows} benchmarks=${benchmarks.benchmarks ?? {}} given=${given}
      isTable=${isTable} onChange=${(changes) => setGiven((before) => ({ ...before, ...changes }))} />
        <div class="ask-controls"><${JobLine} job=${job} onRun=${run} isOff=${!given.path.trim()} /></div>
      <p><span>${say("On the command line:")}</span> <code>${commandOf(given)}</code></p>
        ${scores && html`<${Scores} scores=${scores} />`}`
    }`;
}

/** The fields of a question about a benchmark, and what the chosen one reads. */
function BenchmarkForm({ rows, benchmarks, given, isTable, onChange }) {
  const { name, model, path, images, columns, limit } = given,
    names = Object.keys(benchmarks).filter((each) => !["table", "pairs"].includes(each)),
    set =
      (field) =>
      ({ target }) =>
        onChange({ [field]: target.value });
  return html`<div class="ask-form">
      ${
        !isTable &&
        html`<label><span>${say("Benchmark")}</span>
        <select value=${name} translate=${false} onChange=${set("name")}>
        ${names.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select></label>`
      }
      <label><span>${say("Model")}</span><select value=${model} onChange=${set("model")}>
        ${rows.map(
          (row) => html`<option key=${row.name} value=${row.name}>${row.isReal ? row.title : say(row.title)}</option>`,
        )}
        </select></label>
      <label><span>${say("File or folder")}</span><input id="ask-path" type="text" translate=${false} value=${path}
        placeholder="/data/items.csv" onInput=${set("path")} /></label>
      ${
        name === "table" &&
        html`<label><span>${say("Columns")}</span>
        <input type="text" translate=${false} value=${columns} onInput=${set("columns")} /></label>`
      }
      <label><span>${say("Folder of the pictures, if elsewhere")}</span>
        <input type="text" translate=${false} value=${images} onInput=${set("images")} /></label>
          <label><span>${say("Only the first")}
        </span><input type="number" min="1" value=${limit} onInput=${set("limit")} /></label></div>
      ${benchmarks[name] && html`<p><span>${say("It reads")}</span> <span>${say(benchmarks[name].reads)}</span></p>`}`;
}

/** The question of the form as the server takes it. */
const questionOf = ({ name, path, model, images, columns, limit }) => ({
  name,
  path,
  model,
  images,
  columns: name === "table" ? columns : "",
  limit: limit ? Number(limit) : null,
});

/** The same question on the command line. */
function commandOf({ name, model, path, images, columns, limit }) {
  const options = [
    `--model ${model}`,
    name === "table" && `--columns ${columns}`,
    images && `--images ${images}`,
    limit && `--limit ${limit}`,
  ];
  return `python -m explorer benchmark ${name} ${path || "PATH"} ${options.filter(Boolean).join(" ")}`;
}

/**
 * A benchmark's document: its headline, its other scores and groups, what sees no picture, and what others published.
 */
function Scores({ scores }) {
  const isScore = ([name, each]) => each && typeof each === "object" && "value" in each && name.endsWith("_score"),
    headline = { value: scores.accuracy, low: scores.low, high: scores.high, chance: scores.chance, n: scores.n };
  const rows = [
    [say("this model"), headline],
    ...Object.entries(scores)
      .filter(isScore)
      .map(([name, each]) => [say(name.replaceAll("_", " ")), each]),
    ...(scores.groups ?? []).slice(0, MAX_GROUPS).map((each) => [each.group, { ...each, value: each.accuracy }]),
    ...Object.entries(scores.blind ?? {}).map(([name, each]) => [
      say`without seeing: ${name.replaceAll("_", " ")}`,
      each,
    ]),
  ];
  return html`<div class="ask-scroll" tabindex="0" role="region" aria-label=${say("Scores")}>
    <table><thead><tr><th scope="col">
    ${say("scored")}</th><th scope="col">${say("share")}</th><th scope="col">${say("items")}</th></tr></thead><tbody>
    ${rows.map(
      ([name, each], index) =>
        html`<tr key=${index}><th scope="row">${name}</th><td>${shareOf(each)}</td><td>${each.n}
    </td></tr>`,
    )}
    ${(scores.reference ?? []).map(
      (each, index) => html`<tr key=${`of ${index}`}><th scope="row" translate=${false}>
      ${each.model}${each.group ? `, ${each.group}` : ""}</th>
        <td>${percent(each.value)} <small>${say("published")}</small></td>
      <td>–</td></tr>`,
    )}</tbody></table></div>
    ${scores.blind_sentence && html`<p>${scores.blind_sentence}</p>`}${(scores.warnings ?? []).map(
      (each) => html`<p key=${each}>${each}</p>`,
    )}`;
}

function shareOf({ value, low, high, chance }) {
  if (value === null || value === undefined) return "–";
  const interval = low === null || low === undefined ? "" : ` (${percent(low)} – ${percent(high)})`;
  return `${percent(value)}${interval}${
    chance === null || chance === undefined ? "" : `, ${say("chance")} ${percent(chance)}`
  }`;
}
