// Gradio gives element; the box is the text box of Inspect, the pair beside it names the model and the picture.
const root = new URL(window.gradio_config?.root ?? '.', document.baseURI).pathname.replace(/\/$/, '');
const place = element.querySelector('.typed-place');
let answers = null;

document.addEventListener('input', async (event) => {
  const box = event.target, pair = document.querySelector('#pair .pair');
  if (!box.closest?.('#own-caption') || !pair?.dataset.model) return;
  const { TypedAnswer } = await import(`${root}/explorer-assets/js/scene/typed.js`);
  answers ??= new TypedAnswer(place, { language: window.explorerLanguage || 'en' });
  answers.ask({ model: pair.dataset.model, text: box.value, pictures: [{ image: pair.dataset.seen, caption: pair.dataset.caption }] });
});
// Another scene or model: what was said is of the one before.
new MutationObserver(() => answers?.ask(null)).observe(document.getElementById('pair') ?? document.body, { childList: true, subtree: true });
