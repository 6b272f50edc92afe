// The page's own table of Chinese, for the states in Node.

import { WordTable } from "../../assets/page/translate.js";

const plain = (text) => text.replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

/**
 * Chinese texts by key, with 字 in place of each Latin word, such as CLIP: what is English in a state has no entry, or
 * was never looked up.
 */
export const withoutLatin = (texts) =>
  Object.fromEntries(
    Object.entries(texts).map(([key, chinese]) => [
      key,
      chinese.replace(/(\{\w+\})|[A-Za-z]\w*/g, (_, name) => name ?? "字"),
    ]),
  );

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" },
  escaped = (text) => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);
const TAG_OR_TEXT = /<(?:[^<>"]|"[^"]*")*>|[^<]+/g,
  SPOKEN = / (aria-label|title|placeholder|aria-valuetext|data-label|label)="([^"]*)"/g;

/**
 * What `draw` makes, {name: HTML}, with the words of a table: those that a component says, then what the page's
 * observer finds. `sentences` are those of the answers.
 */
export async function inChinese({ zh, sentences = [] }, draw) {
  const table = new WordTable(withoutLatin(zh)),
    said = (text) => escaped(table.say(plain(text)));
  table.learn(sentences);
  globalThis.explorerWords = table;
  try {
    return Object.fromEntries(
      Object.entries(await draw()).map(([name, html]) => [
        name,
        html.replace(TAG_OR_TEXT, (part) =>
          part.startsWith("<") ? part.replace(SPOKEN, (_, name, text) => ` ${name}="${said(text)}"`) : said(part),
        ),
      ]),
    );
  } finally {
    delete globalThis.explorerWords;
  }
}
