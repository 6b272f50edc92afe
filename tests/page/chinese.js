// The page's own table of Chinese, for the states in Node.

import { WordTable } from "../../assets/page/translate.js";

const plain = (text) => text.replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&quot;", '"');

/**
 * What `draw` makes, {name: HTML}, with the words of a table: those that a component says, then what the page's
 * observer finds. English that is left is what the table does not know. `sentences` are those of the answers.
 */
export async function inChinese({ zh, sentences = [] }, draw) {
  const table = new WordTable(zh),
    said = (text) => table.say(plain(text));
  table.learn(sentences);
  globalThis.explorerWords = table;
  try {
    return Object.fromEntries(
      Object.entries(await draw()).map(([name, html]) => [
        name,
        html
          .replace(/>([^<]+)</g, (_, text) => `>${said(text)}<`)
          .replace(
            / (aria-label|title|placeholder|aria-valuetext|data-label|label)="([^"]*)"/g,
            (_, attribute, text) => ` ${attribute}="${said(text)}"`,
          ),
      ]),
    );
  } finally {
    delete globalThis.explorerWords;
  }
}
