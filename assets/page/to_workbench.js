// The way to the Workbench with data of another view.

/** Turn to it with a recipe and changes of it; it finds them in `page.dialed`, and trains them where that is asked. */
export function toWorkbench(page, { preset, values }, { isTrained = false } = {}) {
  page.dialed = { preset, values, isTrained };
  page.go("workbench");
}
