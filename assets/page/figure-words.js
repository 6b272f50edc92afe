// The words that Plotly writes into a figure, in the language of the page. It breaks them into lines, where whole texts
// are no longer found, so they are translated before. `keys` keeps a trace's texts in English: a click is known by
// them.

import { say } from "./words.js";

const ESCAPED = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&#x27;": "'", "&quot;": '"' };
const SHOWN = ["name", "text", "hovertemplate", "hovertext", "customdata", "x", "y"],
  WRITTEN = ["text", "ticktext"];

const unescapeSigns = (text) => text.replace(/&(lt|gt|amp|#x27|quot);/g, (mark) => ESCAPED[mark]);
const escapeSigns = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);

/** A text between tags, with the spaces around it. */
function translatePart(text) {
  const [, before, inner, after] = /^(\s*)(.*?)(\s*)$/s.exec(unescapeSigns(text)),
    said = /[A-Za-z]/.test(inner) ? say(inner) : inner;
  return said === inner ? text : before + escapeSigns(said) + after;
}

const translateTagged = (text) =>
  text
    .split(/(<[^>]+>)/)
    .map((each) => (each.startsWith("<") ? each : translatePart(each)))
    .join("");

/** A text of Plotly line by line; bold lines are one text, wrapped for English. */
function translateLines(text) {
  if (Array.isArray(text)) return text.map(translateLines);
  if (typeof text !== "string") return text;
  const whole = text.replaceAll("</b><br><b>", " "),
    said = translateTagged(whole);
  return whole !== text && said !== whole ? said : text.split("<br>").map(translateTagged).join("<br>");
}

function translateTexts(node, name = "") {
  if (WRITTEN.includes(name)) return translateLines(node);
  if (Array.isArray(node)) return node.map((each) => translateTexts(each));
  return node && typeof node === "object"
    ? Object.fromEntries(Object.entries(node).map(([key, each]) => [key, translateTexts(each, key)]))
    : node;
}

function ofTrace(trace) {
  // those of a heatmap are captions
  const isNamed = (name) => name in trace && !(trace.type === "heatmap" && (name === "x" || name === "y"));
  const shown = SHOWN.filter(isNamed).map((name) => [name, translateLines(trace[name])]);
  return { ...trace, ...Object.fromEntries(shown), ...(Array.isArray(trace.text) ? { keys: trace.text } : {}) };
}

/** A figure of Plotly, {data, layout}; the layout's `meta` holds captions, which no language has but English. */
export function inWords({ data, layout }) {
  if (!globalThis.explorerWords) return { data, layout };
  const { meta, ...look } = layout;
  return { data: data.map(ofTrace), layout: { ...translateTexts(look), ...(meta ? { meta } : {}) } };
}
