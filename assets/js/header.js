// The header of every tab: entries turn the tabs of Gradio, which have no bar of their own; language, projector, theme.
const nav = element.querySelector('nav'), KEY = 'clip-binding-explorer-theme';

function kept(value) {
  try {
    return value === undefined ? localStorage.getItem(KEY) : localStorage.setItem(KEY, value);
  } catch { // storage is off: the theme lasts as long as the page
    return null;
  }
}

function turned() {
  const here = document.querySelector('#tabs [role=tab][aria-selected=true]')?.id.slice('tab-'.length, -'-button'.length);
  if (here) document.body.dataset.tab = here;
  for (const link of nav.querySelectorAll('[data-tab]')) {
    const isHere = document.getElementById(`tab-${link.dataset.tab}-button`)?.getAttribute('aria-selected') === 'true';
    if (isHere) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

element.addEventListener('click', (event) => {
  const link = event.target.closest('a, button');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.dataset.tab) {
    event.preventDefault();
    document.getElementById(`tab-${link.dataset.tab}-button`)?.click();
    link.closest('details')?.removeAttribute('open');
  } else if (link.dataset.language) {
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    query.set('lang', link.dataset.language);
    location.assign(location.pathname + '?' + query.toString());
  } else if (link.dataset.act === 'dark') {
    kept(document.body.classList.toggle('dark') ? 'dark' : 'light');
  } else if (link.dataset.act === 'projector') {
    const query = new URLSearchParams(location.search);
    if (document.body.classList.toggle('projector')) query.set('view', 'projector');
    else query.delete('view');
    history.replaceState(history.state, '', location.pathname + '?' + query.toString());
  }
});

document.addEventListener('pointerdown', (event) => {
  const menu = element.querySelector('details[open]');
  if (menu && !menu.contains(event.target)) menu.open = false;
});
const theme = kept();
if (theme && !new URLSearchParams(location.search).has('__theme')) document.body.classList.toggle('dark', theme === 'dark');
for (const link of element.querySelectorAll('[data-language]')) {
  if ((document.documentElement.lang || 'en').startsWith(link.lang)) link.setAttribute('aria-current', 'true');
}
// The tabs are built after the header.
const observer = new MutationObserver(turned);
(function observe() {
  const bar = document.querySelector('#tabs [role=tablist]');
  if (!bar) return void requestAnimationFrame(observe);
  observer.observe(bar, { subtree: true, attributes: true, attributeFilter: ['aria-selected'], childList: true });
  turned();
})();
