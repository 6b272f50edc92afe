// Gradio gives element, props, trigger and watch; the column's own module is fetched and knows nothing of them.
// The events that Python listens to: 'dialed', 'started', 'stop', 'polled', 'compared', 'listed', 'looked', 'tried', 'opposite'.
const root = new URL(window.gradio_config?.root ?? '.', document.baseURI).pathname.replace(/\/$/, '');
const settings = { ...props.settings, pairs: root + props.settings.pairs };
const host = { settings, value: () => props.value, watch: (listener) => watch('value', listener), send: (event, payload) => trigger(event, payload) };
import(`${root}/explorer-assets/js/workbench/bench.js`).then((bench) => bench[settings.mount](element.querySelector('.wb-col') ?? element, host));
