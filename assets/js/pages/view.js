// Options of a teacher's link: the projector view is a class of the body, and the drawer opens if a dial of the link
// is in it. The first page brings the view before its drawer is there, so it is looked for in the next frames.
const FRAMES = 240;

function apply() {
  const view = element.querySelector('.view');
  document.body.classList.toggle('projector', view?.dataset.view === 'projector');
  if (view?.dataset.open) open(view.dataset.open, FRAMES);
}

function open(fold, left) {
  const part = document.querySelector(fold);
  if (part) part.open = true;
  else if (left) requestAnimationFrame(() => open(fold, left - 1));
}

watch('value', () => requestAnimationFrame(apply));
requestAnimationFrame(apply);
element.addEventListener('click', (event) => {
  if (!event.target.closest('.all-dials')) return;
  for (const part of element.querySelectorAll('style, .hidden-dials')) part.remove();
  const query = new URLSearchParams(location.search);
  query.delete('dials');
  history.replaceState(history.state, '', location.pathname + '?' + query.toString());
});
