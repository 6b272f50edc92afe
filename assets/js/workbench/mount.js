// Gradio gives element, props, trigger and watch; the column's own module is fetched and knows nothing of them.
// The events that Python listens to: 'dialed', 'started', 'stop', 'polled', 'compared', 'listed', 'looked', 'tried', 'opposite'.
const root = new URL(window.gradio_config?.root ?? '.', document.baseURI).pathname.replace(/\/$/, '');
const settings = { ...props.settings, pairs: root + props.settings.pairs };
const host = { settings, value: () => props.value, watch: (listener) => watch('value', listener), send: (event, payload) => trigger(event, payload) };

// The controls are in sight before the module that listens to them: what a person moves or presses until then is kept,
// each control with its last value, and done again when it has come.
const early = new Map(), KINDS = ['input', 'change', 'click'];
function keep({ type, target }) {
  const control = type === 'click' ? target.closest('button') : target;
  if (!control) return;
  early.delete(control);
  early.set(control, { value: control.value, checked: control.checked });
}
function repeat([control, { value, checked }]) {
  if (control.localName === 'button') return control.click();
  Object.assign(control, control.type === 'checkbox' ? { checked } : { value });
  for (const kind of ['input', 'change']) control.dispatchEvent(new Event(kind, { bubbles: true }));
}
for (const kind of KINDS) element.addEventListener(kind, keep, true);

import(`${root}/explorer-assets/js/workbench/bench.js`).then(({ columns }) => {
  for (const kind of KINDS) element.removeEventListener(kind, keep, true);
  columns[settings.mount](element.querySelector('.wb-col') ?? element, host);
  [...early].forEach(repeat);
});
