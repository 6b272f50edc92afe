// The style sheet of a view, which is loaded when the view is first opened.

/** Resolves once it is there, or cannot be had; a page in one file has all style sheets. */
export function styled(name) {
  if (!/^https?:/.test(import.meta.url)) return Promise.resolve();
  const href = new URL(`../css/${name}.css`, import.meta.url).href, known = [...document.styleSheets].some((each) => each.href === href);
  if (known) return Promise.resolve();
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const isThere = new Promise((done) => { link.onload = link.onerror = done; });
  document.head.append(link);
  return isThere;
}
