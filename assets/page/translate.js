// The page in another language: the words of a table in place of the English ones, wherever they appear.
//
//   const table = new WordTable(await (await fetch("zh.json")).json());
//   table.look("Start over")                                     // a whole text; null for what it does not know
//   table.fillParts(["", " steps of ", " pairs"], ["180", "256"])  // by the key "{n} steps of {batch} pairs"
//   translate(address)                                           // the whole page, from here on
//
// A text is replaced whole or not at all, before the browser paints it. A replaced text is no key, so nothing loops.

import { duration, joinBySign, plainPercent } from "./words.js";

const ATTRIBUTES = ["placeholder", "aria-label", "title", "data-label", "aria-valuetext"];
/** Captions, names and what somebody has typed say so by `translate=no`; the other elements hold no sentence. */
const UNTOUCHED = "[translate=no], textarea, script, style, code, pre";
/** The most sentences of answers that are kept: those that came last. */
const MAX_LEARNED = 5000;

/** How a page writes a number of Python, by its kind. */
const NUMBERS = { duration, percent: plainPercent };

const key = (text) => text.trim().replace(/\s+/g, " ");
const PLACEHOLDER = /\{(\w+)\}/g;

/**
 * The words of a language: whole texts by their English, sentences by their ids, and what components put together by
 * the English between its values.
 */
export class WordTable {
  constructor(words) {
    this.words = new Map(Object.entries(words));
    this.learned = new Map(); // the keyed sentences of answers, by their English
    this.templates = new Map(); // "Save, {}": which values its translation holds, in their order
    for (const [english, other] of this.words) {
      const names = [...english.matchAll(PLACEHOLDER)].map((match) => match[1]);
      if (names.length) this.templates.set(english.replace(PLACEHOLDER, "{}"), { names, other });
    }
  }

  /** A whole text in the other language, null for what the table does not know. */
  look(text) {
    return this.words.get(text) ?? (this.learned.has(text) ? this.sentence(this.learned.get(text)) : null);
  }

  /** A text in the other language, itself where the table does not know it. */
  say(text) {
    return this.look(key(text)) ?? text;
  }

  /** Take the keyed sentences that came with an answer, and those in them: from here on known by their English. */
  learn(sentences) {
    for (const each of sentences) {
      this.learn(Object.values(each.values ?? {}).filter((value) => value?.id)); // a page may say the reason alone
      this.learned.delete(each.text);
      this.learned.set(each.text, each);
    }
    const tooMany = this.learned.size - MAX_LEARNED;
    for (const text of [...this.learned.keys()].slice(0, Math.max(0, tooMany))) this.learned.delete(text);
  }

  /**
   * A keyed sentence {id, values, text}, a number {kind, number, text}, texts {parts, sign, text}, or a plain value, in
   * the other language; English where the table lacks the id.
   */
  sentence(value) {
    if (typeof value === "string") return this.say(value);
    if (typeof value !== "object" || value === null) return String(value);
    const { id, values, kind, number, parts, sign, text } = value;
    if (parts)
      return joinBySign(
        parts.map((each) => this.sentence(each)),
        this.between(sign),
      );
    if (kind) return NUMBERS[kind](number);
    return this.words.has(id) ? this.fill(id, values) : text;
  }

  /** The words of an id, or of English with {names}, with values in their places. */
  fill(id, values) {
    const other = this.words.get(id) ?? id;
    return other.replace(PLACEHOLDER, (all, name) => (name in values ? this.sentence(values[name]) : all));
  }

  /** A text that is put together of parts and of values between them; null for what the table does not know. */
  fillParts(parts, values) {
    const template = this.templates.get(parts.join("{}"));
    return template ? template.other.replace(PLACEHOLDER, (_, name) => values[template.names.indexOf(name)]) : null;
  }

  /** The sign of the other language for one that stands between texts. */
  between(sign) {
    return this.words.get(sign) ?? sign;
  }
}

/** Translate the page, hidden until then; where the table cannot be had it stays English. */
export async function translate(address) {
  const root = document.documentElement;
  try {
    const table = new WordTable(await tableAt(address));
    new MutationObserver((records) => records.forEach((record) => translateChange(table, record))).observe(root, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ATTRIBUTES,
    });
    walk(table, root);
    globalThis.explorerWords = table;
  } finally {
    root.style.removeProperty("visibility");
  }
}

/** A page in one file carries its tables. */
async function tableAt(address) {
  const language = address.split("/").pop().replace(".json", "");
  if (globalThis.oneFile) return JSON.parse(new TextDecoder().decode(await oneFile.unpack(`${language}.words`)));
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

function translateChange(table, { type, target, addedNodes }) {
  if (type === "characterData") setText(table, target);
  else if (type === "attributes") setAttributes(table, target);
  else addedNodes.forEach((node) => walk(table, node));
}

function walk(table, node) {
  if (node.nodeType === Node.TEXT_NODE) return setText(table, node);
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(UNTOUCHED)) return;
  setAttributes(table, node);
  for (const child of node.childNodes) walk(table, child);
}

function setText(table, node) {
  const said = node.nodeValue,
    text = key(said);
  if (!text || node.parentElement?.closest(UNTOUCHED)) return;
  const other = table.look(text);
  if (other !== null && other !== text) node.nodeValue = said.match(/^\s*/)[0] + other + said.match(/\s*$/)[0];
}

function setAttributes(table, element) {
  if (element.closest(UNTOUCHED)) return;
  for (const name of ATTRIBUTES) {
    const text = element.getAttribute(name),
      other = text && table.look(key(text));
    if (other && other !== text) element.setAttribute(name, other);
  }
}
