// The script of a column: Gradio gives element, props, trigger and watch, which the page's own module takes over.
// Python listens to 'dialed', 'started', 'stop', 'polled', 'compared', 'listed', 'looked', 'tried', 'opposite'.
const root = new URL(window.gradio_config?.root ?? '.', document.baseURI).pathname.replace(/\/$/, '');
import(`${root}/explorer-assets/page/before/app.js`).then(({ join }) => join(settings.column, { element, props, trigger, watch }));
