// The style sheet of a view, which is loaded when the view is first opened.

const asked = new Map();

/** Resolves once it is there, or cannot be had; a page in one file has all style sheets. */
export function loadStyles(name) {
  if (!asked.has(name))
    asked.set(
      name,
      /^https?:/.test(import.meta.url)
        ? loadSheet(new URL(`../css/${name}.css`, import.meta.url).href)
        : Promise.resolve(),
    );
  return asked.get(name);
}

function loadSheet(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href }),
    isThere = new Promise((done) => {
      link.onload = link.onerror = done;
    });
  document.head.append(link);
  return isThere;
}
