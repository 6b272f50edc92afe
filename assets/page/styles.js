// The style sheet of a view, which is loaded when the view is first opened.

import { loadOnce } from "../engine/once.js";

const sheets = new Map();

/** Resolves once it is there, or cannot be had; a page in one file has all style sheets. */
export function loadStyles(name) {
  return loadOnce(sheets, name, async () => {
    if (/^https?:/.test(import.meta.url)) await loadSheet(new URL(`../css/${name}.css`, import.meta.url).href);
  });
}

function loadSheet(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href }),
    isThere = new Promise((done) => {
      link.onload = link.onerror = done;
    });
  document.head.append(link);
  return isThere;
}
