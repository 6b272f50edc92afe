// Gradio gives element and trigger; what draws the scene is a module, fetched when the tab is first in sight.
const root = new URL(window.gradio_config?.root ?? '.', document.baseURI).pathname.replace(/\/$/, '');
const place = element.querySelector('.scene-place');
new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  import(`${root}/explorer-assets/js/scene/tab.js`).then(({ showTab }) => showTab(place, (question) => trigger('probed', question)));
}).observe(place);
