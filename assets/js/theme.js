// Before the first paint of a page without Gradio: dark or light, by the address, what was chosen in the app, the system.
(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("clip-binding-explorer-theme");
  } catch { /* storage is off */ }
  const theme = new URLSearchParams(location.search).get("__theme") || kept;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
})();
