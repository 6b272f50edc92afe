// The address of the page: the server's value is a query string, and the browser writes it.
// "?..." is the whole address, and keeps the parts of other owners: the view of Study, a teacher's options, the scene.
// "&..." changes the parts that it names; an empty part is removed.
window.explorerGo = (query) => {
  const tab = query.get('tab') || 'workbench', address = location.pathname + '?' + query.toString();
  // Another tab or another run is a step that the browser's Back takes back; a moved dial is not.
  const run = query.get('run'), isOtherRun = run && window.explorerQuery && window.explorerQuery.get('run') !== run;
  const isStep = window.explorerTab && (window.explorerTab !== tab || isOtherRun);
  history[isStep ? 'pushState' : 'replaceState'](history.state, '', address);
  Object.assign(window, { explorerTab: tab, explorerQuery: query });
};
window.addEventListener('popstate', () => {
  const now = new URLSearchParams(location.search), tab = now.get('tab') || 'workbench';
  // The server paints an address with its run, so a step back to another run opens it anew.
  if (now.get('run') !== new URLSearchParams(window.explorerQuery).get('run')) return location.reload();
  const query = new URLSearchParams(window.explorerQuery);
  query.set('tab', tab);
  window.explorerTab = tab;
  window.explorerGo(query);
  document.getElementById(`tab-${CSS.escape(tab)}-button`)?.click();
});
watch('value', () => {
  const isFirst = !window.explorerHasArrived;
  window.explorerHasArrived = true;
  const value = props.value || '', isPart = value.startsWith('&'), said = [...new URLSearchParams(value.slice(1))];
  // The first value has the teacher's options, which the server has checked; later ones leave them as they are.
  const kept = [...settings.study, ...settings.scripts, ...(isFirst ? [] : settings.view)];
  const named = new Set(said.map(([name]) => name));
  const isKept = isPart ? (name) => !named.has(name) : (name) => kept.includes(name) || name.startsWith('__');
  const rest = [...new URLSearchParams(location.search)].filter(([name]) => isKept(name));
  const query = new URLSearchParams();
  for (const [name, each] of isPart ? [...rest, ...said] : [...said, ...rest]) if (each !== '') query.set(name, each);
  if (window.explorerLanguage) query.set('lang', window.explorerLanguage);
  window.explorerGo(query);
  // On a Space the page is in a frame, and the frame's owner writes the address that a person copies.
  if (window.parent !== window) window.parent.postMessage({ queryString: query.toString() }, 'https://huggingface.co');
});
