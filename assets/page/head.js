// Before the first paint: the theme, the language, the projector, a frame that shows one view only, and a storage that
// never throws. A classic script, first in the body: the page is seen as it will be.

(() => {
  const { documentElement: root, body } = document,
    query = new URLSearchParams(location.search || root.dataset.opens); // a page in one file says what it opens with

  // Where a browser forbids storage, as in a frame of another site, what is kept is kept as long as the page.
  try {
    window.localStorage.getItem(""); // it may be null, or damaged
  } catch {
    const entries = new Map();
    Object.defineProperty(window, "localStorage", {
      configurable: true,
      value: {
        getItem: (key) => entries.get(String(key)) ?? null,
        setItem: (key, value) => void entries.set(String(key), String(value)),
        removeItem: (key) => void entries.delete(String(key)),
        clear: () => entries.clear(),
        key: (index) => [...entries.keys()][index] ?? null,
        get length() {
          return entries.size;
        },
      },
    });
  }

  const wanted =
    query.get("__theme") || (query.get("dark") === "1" ? "dark" : query.get("light") === "1" ? "light" : "");
  const theme =
    wanted ||
    localStorage.getItem("clip-binding-explorer-theme") ||
    (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  body.classList.toggle("dark", theme === "dark");
  body.classList.toggle("projector", query.get("view") === "projector");
  if (query.has("only")) body.classList.add("only", `only-${(query.get("only") || "bench").replace(/\W/g, "")}`);

  const tags = { zh: "zh-CN" },
    language = query.get("lang");
  window.explorerLanguage = Object.hasOwn(tags, language) ? language : "en"; // "constructor" is in every object
  if (window.explorerLanguage === "en") return;
  root.lang = tags[language];
  root.style.visibility = "hidden"; // translate.js shows it
  const file = globalThis.oneFile,
    assets = file ? "" : document.currentScript.src.replace(/page\/head\.js.*$/, "");
  const show = () => root.style.removeProperty("visibility");
  window.explorerTable = import(file ? file.url("page/translate.js") : `${assets}page/translate.js`).then(
    ({ translate }) => translate(`${assets}i18n/${language}.json`),
    show,
  );
})();
