// The bar of notes takes its room from the page, which scrolls above it: no control is ever under it. The page stays
// where it was, and what was pressed stays in sight.
element.addEventListener('click', (event) => { if (event.target.closest('.close')) props.value = ''; });
const root = document.documentElement, bar = element.closest('#notes'), page = bar.closest('.gradio-container');
new ResizeObserver(() => {
  const height = bar.querySelector('ul') ? bar.getBoundingClientRect().height : 0;
  const at = root.classList.contains('noted') ? page.scrollTop : window.scrollY;
  root.style.setProperty('--notes-height', `${height}px`);
  root.classList.toggle('noted', height > 0);
  if (!height) return window.scrollTo(0, at);
  page.scrollTop = at;
  if (page.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: 'nearest' });
}).observe(bar);
