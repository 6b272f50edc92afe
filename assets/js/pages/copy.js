// Copies the code beside a button; without https a browser has no clipboard, so it is selected, for Ctrl-C.
const say = (text) => window.explorerWords?.[text] ?? text;
element.addEventListener('click', async (event) => {
  const button = event.target.closest('.copy');
  if (!button) return;
  const code = button.parentElement.querySelector('code');
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = say('Copied');
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = say('Selected: press Ctrl-C');
  }
});
