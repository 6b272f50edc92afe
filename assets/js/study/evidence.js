// The script of the evidence: Gradio gives element, props and trigger; what is drawn comes when the tab is first opened.
// Python listens to 'trained' and 'opened'.
const root = new URL(window.gradio_config?.root ?? '.', document.baseURI).pathname.replace(/\/$/, '');
const asked = location.search, assets = `${root}/explorer-assets`, language = window.explorerLanguage || 'en';
const styles = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `${assets}/css/evidence.css` });
const json = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
};
const source = {
  about: 'about',
  dials: () => null,
  line: () => json(`${root}${settings.line}?lang=${language}`),
  sample: ({ preset, values }) => json(`${root}${settings.sample}?${new URLSearchParams({ preset, ...values })}`),
  train: (wish) => trigger('trained', wish),
  open: (wish) => trigger('opened', wish),
  methods() {
    const fold = document.getElementById('study-methods'), button = fold.querySelector('button');
    if (!fold.querySelector('#study-claim')?.offsetParent) button.click();
    fold.scrollIntoView({ block: 'start' });
    button.focus({ preventScroll: true });
  },
};
new IntersectionObserver(async ([{ isIntersecting }], observer) => {
  if (!isIntersecting) return;
  observer.disconnect();
  const isStyled = new Promise((done) => { styles.onload = styles.onerror = done; });
  document.head.append(styles);
  await isStyled;
  const { Evidence } = await import(`${assets}/page/evidence.js`);
  await new Evidence(element.querySelector('#evidence'), source).isDrawn;
  // Who opens a link to a claim wants to see it.
  if (new URLSearchParams(asked).has('claim')) document.getElementById('study-methods').scrollIntoView({ block: 'start' });
}).observe(element);
