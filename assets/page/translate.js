// The page in another language: the words of a table in place of the English ones, wherever they appear.
//
//   const table = new WordTable(await (await fetch("zh.json")).json());
//   // the table has "{n} steps of {batch} pairs"; null for what it does not know
//   table.look("180 steps of 256 pairs")
//   translate(address)                       // the whole page, from here on
//
// A text is replaced whole or not at all, before the browser paints it. A replaced text is no key, so nothing loops.

import { duration } from "./words.js";

const ATTRIBUTES = ["placeholder", "aria-label", "title", "data-label", "aria-valuetext"];
/** Captions, names of models, typed text, code. */
const UNTOUCHED =
  "[translate=no], textarea, script, style, code, pre, p.right, p.wrong, p.asked, figcaption.right, figcaption.wrong, .said, .chip, .thing";
const FEW = 8; // fixed letters: a pattern with fewer takes single words, lists, and what the table knows
const MOST_KNOWN = 5000,
  MOST_LEARNED = 5000;
/** An id of a sentence, as "plan.needs": its entry has {placeholders}, and is no English. */
const ID = /^[a-z-]+(\.[a-z0-9-]+)+$/;

const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const letters = (text) => text.replace(/\{\w+\}|[^A-Za-z]/g, "").length;
const key = (text) => text.trim().replace(/\s+/g, " ");

/** Whole texts, and patterns with {placeholders}, those with the most fixed letters first. */
export class WordTable {
  constructor(words) {
    this.words = new Map();
    this.learned = new Map(); // the keyed sentences of answers by their English
    this.known = new Map();
    this.patterns = [];
    this.templates = new Map(); // "Save, {}": which values its translation holds, in their order
    for (const [english, other] of Object.entries(words)) {
      if (ID.test(english) || !/\{\w+\}/.test(english)) this.words.set(english, other);
      else {
        const names = [...english.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
          parts = english.split(/\{\w+\}/).map(quoted);
        this.templates.set(english.replace(/\{\w+\}/g, "{}"), { names, other });
        this.patterns.push({
          shape: new RegExp(`^${parts.join("(.+?)")}$`, "s"),
          names,
          other,
          weight: letters(english),
        });
      }
    }
    this.patterns.sort((one, two) => two.weight - one.weight);
  }

  look(text) {
    if (this.words.has(text)) return this.words.get(text);
    if (this.learned.has(text)) return this.sentence(this.learned.get(text));
    if (!/[A-Za-z]/.test(text)) return null;
    if (!this.known.has(text)) {
      if (this.known.size > MOST_KNOWN) this.known.clear();
      this.known.set(text, this.fill(text));
    }
    return this.known.get(text);
  }

  /** A text in the other language, itself where the table does not know it. */
  say(text) {
    return this.look(key(text)) ?? text;
  }

  /** Take the keyed sentences that came with an answer: they are known by their English from here on. */
  learn(sentences) {
    for (const each of sentences) {
      this.learned.delete(each.text);
      this.learned.set(each.text, each);
    }
    const tooMany = this.learned.size - MOST_LEARNED;
    for (const text of [...this.learned.keys()].slice(0, Math.max(0, tooMany))) this.learned.delete(text);
  }

  /**
   * A keyed sentence {id, values, text}, a number {kind, number, text}, texts {parts, sign, text}, or a plain value, in
   * the other language; English where the table lacks the id.
   */
  sentence(value) {
    if (typeof value === "string") return this.words.get(value) ?? value;
    if (typeof value !== "object" || value === null) return String(value);
    const { id, values, kind, number, parts, sign, text } = value;
    if (parts) return parts.map((each) => this.sentence(each)).join(this.between(sign));
    if (kind) return kind === "duration" ? duration(number) : text;
    return (
      this.words.get(id)?.replace(/\{(\w+)\}/g, (all, name) => (name in values ? this.sentence(values[name]) : all)) ??
      text
    );
  }

  /** A text that is put together of parts and of values between them; null for what the table does not know. */
  filled(parts, values) {
    const template = this.templates.get(parts.join("{}"));
    return template ? template.other.replace(/\{(\w+)\}/g, (_, name) => values[template.names.indexOf(name)]) : null;
  }

  fill(text) {
    for (const { shape, names, other, weight } of this.patterns) {
      const match = shape.exec(text);
      if (!match) continue;
      const texts = match.slice(1),
        others = texts.map((each) => this.part(each));
      if (weight < FEW && texts.some((each) => this.isStrange(each))) continue;
      const values = Object.fromEntries(names.map((name, index) => [name, others[index]]));
      return other.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
    }
    return null;
  }

  /**
   * A list is looked up item by item; where it has semicolons, each part of it is a text of its own. Between items that
   * all are in the other language stand its own signs.
   */
  part(text) {
    if (text.includes("; ") && !this.words.has(text))
      return text
        .split("; ")
        .map((each) => this.part(each))
        .join(this.between("; "));
    const whole = this.look(text);
    if (whole !== null) return whole;
    const items = text.split(", "),
      others = items.map((item) => this.look(item));
    return others.includes(null)
      ? items.map((item, at) => others[at] ?? item).join(", ")
      : others.join(this.between(", "));
  }

  /** The sign of the other language for one that stands between texts. */
  between(sign) {
    return this.words.get(sign) ?? sign;
  }

  /** Words of which the table knows nothing, alone or in a list. */
  isStrange(text) {
    return (
      this.look(text) === null &&
      text.split(", ").some((item) => /[A-Za-z]\s|\s[A-Za-z]/.test(item) && this.look(item) === null)
    );
  }
}

/** Translate the page, hidden until then; where the table cannot be had it stays English. */
export async function translate(address) {
  const root = document.documentElement;
  try {
    const table = new WordTable(await tableAt(address));
    new MutationObserver((records) => records.forEach((record) => changed(table, record))).observe(root, {
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
  if (window.explorerTables?.[language]) return window.explorerTables[language];
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

function changed(table, { type, target, addedNodes }) {
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
