// Where a browser forbids storage, as in the frame of a Space, asking for it throws, and Gradio would show nothing:
// what is kept is then kept as long as the page.
try {
  window.localStorage;
} catch {
  const kept = new Map();
  Object.defineProperty(window, "localStorage", { configurable: true, value: {
    getItem: (key) => kept.get(String(key)) ?? null,
    setItem: (key, value) => void kept.set(String(key), String(value)),
    removeItem: (key) => void kept.delete(String(key)),
    clear: () => kept.clear(),
    key: (place) => [...kept.keys()][place] ?? null,
    get length() { return kept.size; },
  } });
}
