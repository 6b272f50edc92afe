// The table of runs is sent whole when a run comes or ends. Its box stays, and so does its scroll position; the button
// that had the focus is another one then, or stands in the row of another run. A press on a row opens its run.
let focused = null;
element.addEventListener('focusin', (event) => { focused = event.target.dataset.run || null; });
document.addEventListener('pointerdown', (event) => { if (!element.contains(event.target)) focused = null; });
new MutationObserver(() => {
  const active = document.activeElement;
  if (!focused || active.dataset.run === focused || (active !== document.body && !element.contains(active))) return;
  const again = [...element.querySelectorAll('button')].find((button) => button.dataset.run === focused);
  if (again) again.focus({ preventScroll: true });
}).observe(element, { childList: true, subtree: true, attributeFilter: ['data-run'] });
element.addEventListener('click', (event) => {
  const row = event.target.closest('tr[data-run]');
  if (row && !window.getSelection().toString()) trigger('select', { run: row.dataset.run });
});
