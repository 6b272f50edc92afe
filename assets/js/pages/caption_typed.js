// Listener of a typed caption: keeps what the box of the other captions holds when its swaps are asked for.
() => (caption, corrections, others) => {
  window.explorerOthers = { ...window.explorerOthers, before: others };
  return [caption, corrections, others];
}
