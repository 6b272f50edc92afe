// Puts the words of a table in place of the English ones, wherever they appear on the page.
// explorer/pages/i18n/translator.py loads it where the address asks for a language, and names what is never touched.
// Texts are replaced whole or not at all, before the browser paints them. A replaced text is no key, so nothing loops.

(async () => {
  const { language, untouched } = document.currentScript.dataset;
  const address = document.currentScript.src.replace(/js\/words\.js.*$/, `i18n/${language}.json`);

  async function fetched(table) {
    const answer = await fetch(table);
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }

  const ATTRIBUTES = ["placeholder", "aria-label", "title", "data-label"];
  const OWN = /^(\.\/|about|teach|lesson|class)$/; // links to our own pages keep the language
  const FEW = 8; // fixed letters: a pattern with fewer takes single words, lists, and what the table knows
  const root = document.documentElement;
  const words = new Map(), patterns = [], known = new Map();

  // ---- The table: whole texts, and patterns with {placeholders}, those with the most fixed letters first.

  const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const letters = (text) => text.replace(/\{\w+\}|[^A-Za-z]/g, "").length;

  function read(table) {
    for (const [english, other] of Object.entries(table)) {
      if (!/\{\w+\}/.test(english)) words.set(english, other);
      else {
        const names = [...english.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
        const parts = english.split(/\{\w+\}/).map(quoted);
        patterns.push({ shape: new RegExp(`^${parts.join("(.+?)")}$`, "s"), names, other, weight: letters(english) });
      }
    }
    patterns.sort((one, two) => two.weight - one.weight);
  }

  function look(text) {
    if (words.has(text)) return words.get(text);
    if (!/[A-Za-z]/.test(text)) return null;
    if (!known.has(text)) {
      if (known.size > 5000) known.clear();
      known.set(text, fill(text));
    }
    return known.get(text);
  }

  function fill(text) {
    for (const { shape, names, other, weight } of patterns) {
      const found = shape.exec(text);
      if (!found) continue;
      const texts = found.slice(1), others = texts.map(part);
      if (weight < FEW && texts.some(strange)) continue;
      const values = Object.fromEntries(names.map((name, place) => [name, others[place]]));
      return other.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
    }
    return null;
  }

  // A list is looked up item by item; where it has semicolons, each part of it is a text of its own.
  function part(text) {
    if (text.includes("; ") && !words.has(text)) return text.split("; ").map(part).join("; ");
    return look(text) ?? text.split(", ").map((item) => look(item) ?? item).join(", ");
  }

  // Words of which the table knows nothing, alone or in a list.
  const strange = (text) => look(text) === null && text.split(", ").some((item) => /\s/.test(item) && look(item) === null);

  // ---- The page: every text and the attributes that are read out or shown (data-label by CSS).

  const key = (text) => text.trim().replace(/\s+/g, " ");

  function setText(node) {
    const said = node.nodeValue, text = key(said);
    if (!text || node.parentElement?.closest(untouched)) return;
    const other = look(text);
    if (other === null || other === text) return;
    node.nodeValue = said.match(/^\s*/)[0] + other + said.match(/\s*$/)[0];
  }

  function setAttributes(element) {
    if (element.closest(untouched)) return;
    for (const name of ATTRIBUTES) {
      const text = element.getAttribute(name), other = text && look(key(text));
      if (other && other !== text) element.setAttribute(name, other);
    }
    const link = element.localName === "a" && element.getAttribute("href");
    if (link && OWN.test(link)) element.setAttribute("href", `${link}?lang=${language}`);
  }

  function walk(node) {
    if (node.nodeType === Node.TEXT_NODE) return setText(node);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(untouched)) return;
    setAttributes(node);
    for (const child of node.childNodes) walk(child);
  }

  function changed(records) {
    for (const record of records) {
      if (record.type === "characterData") setText(record.target);
      else if (record.type === "attributes") setAttributes(record.target);
      else record.addedNodes.forEach(walk);
    }
  }

  try {
    read(window.explorerTables?.[language] ?? await fetched(address)); // a page in one file carries its tables
    new MutationObserver(changed).observe(root, {
      subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
    });
    walk(root);
    window.explorerWords = (text) => look(key(text)) ?? text;
  } finally {
    root.style.removeProperty("visibility");
  }
})();
