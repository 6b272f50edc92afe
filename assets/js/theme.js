// Before the first paint of a page without Gradio: dark or light, by the address, what was chosen in the app, the system.
// The switch of the header changes it, here and in the app.
(() => {
  const KEY = "clip-binding-explorer-theme", root = document.documentElement;
  let kept = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch { /* storage is off */ }
  const theme = new URLSearchParams(location.search).get("__theme") || kept;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.classList.toggle("dark", dark);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-act=dark]")) return;
    const isDark = root.classList.toggle("dark");
    try {
      localStorage.setItem(KEY, isDark ? "dark" : "light");
    } catch { /* storage is off: the theme lasts as long as the page */ }
  });
})();
