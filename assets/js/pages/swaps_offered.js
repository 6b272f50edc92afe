// Listener of the swaps of a typed caption: they fill the box of the other captions once per caption, and only if nobody
// has written there since they were asked for.
() => (offered, others) => {
  const { caption, swaps } = JSON.parse(offered || '{"caption": null}');
  const { before, caption: filled } = window.explorerOthers ?? {};
  if (caption === null || caption === filled || others !== before) return others;
  window.explorerOthers.caption = caption;
  return swaps;
}
