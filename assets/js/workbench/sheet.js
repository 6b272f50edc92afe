// The sheet of runs over the page: opened by 'All runs', closed by its button, by Escape, or by choosing a run.
const OPEN = 'wb-runs-open', sheet = element.closest('#wb-runs');
let before = null;

function close() {
  if (!document.body.classList.contains(OPEN)) return;
  document.body.classList.remove(OPEN);
  before?.focus({ preventScroll: true });
}

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-act=runs]')) return;
  before = event.target;
  document.body.classList.add(OPEN);
  requestAnimationFrame(() => element.querySelector('button').focus());
});
element.querySelector('button').addEventListener('click', close);
sheet.addEventListener('click', (event) => { if (event.target.closest('tr[data-run]')) close(); });
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
document.addEventListener('pointerdown', (event) => {
  if (!sheet.contains(event.target) && !event.target.closest('.toast-wrap, [data-act=runs]')) close();
});
