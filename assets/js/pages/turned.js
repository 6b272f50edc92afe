// Listener of a tab that a reader opens: writes the tab into the address, and returns it for the box of handlers.
// Before the page has read its address, a tab that shows itself was not opened by the reader.
({ tab, drawn, script }) => () => {
  const query = new URLSearchParams(location.search);
  const turned = window.explorerHasArrived ? tab : query.get("tab") || "workbench";
  // Where figures come, the script that draws them is fetched before the first is there.
  if (drawn.includes(turned) && !document.getElementById("drawing-ahead")) {
    const root = new URL(window.gradio_config?.root ?? ".", document.baseURI).pathname.replace(/\/$/, "");
    const link = { id: "drawing-ahead", rel: "prefetch", href: root + script };
    document.head.append(Object.assign(document.createElement("link"), link));
  }
  if (!window.explorerHasArrived) return turned;
  query.set("tab", tab);
  window.explorerGo(query);
  return tab;
}
