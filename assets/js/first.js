// The opening question: one pair at a time, a guess before the first answer, remembered where the browser allows it.
// Gradio gives element. All words and numbers stand in the HTML already; this shows and hides them.

const KEY = 'clip-binding-explorer-guess';
const block = element.querySelector('.first');
let shown = 0;

function remembered() {
  try {
    return localStorage.getItem(KEY) || '';
  } catch { // storage is off: each visit is asked
    return '';
  }
}

function remember(guess) {
  try {
    localStorage.setItem(KEY, guess);
  } catch { /* nothing is kept, and the answer is shown all the same */ }
}

function show(pair) {
  shown = pair;
  for (const part of block.querySelectorAll('[data-pair]')) part.hidden = Number(part.dataset.pair) !== pair;
  block.querySelector('.next small').textContent = `${pair + 1} of ${block.dataset.matches.length}`;
}

function reveal(guess, isNow) {
  block.dataset.guess = guess;
  const told = block.querySelector('.guessed');
  if (isNow && guess !== 'skip') {
    const isRight = (guess === 'yes') === (block.dataset.matches[shown] === 'y');
    told.textContent = isRight ? block.dataset.right : block.dataset.wrong;
    told.dataset.right = String(isRight);
  }
  if (isNow) block.querySelector('.next').focus({ preventScroll: true }); // the button that was pressed is gone
}

if (block.dataset.matches) {
  element.addEventListener('click', (event) => {
    const guess = event.target.closest('[data-guess]:not(.first)');
    if (guess) {
      remember(guess.dataset.guess);
      reveal(guess.dataset.guess, true);
    } else if (event.target.closest('.next')) {
      const told = block.querySelector('.guessed');
      told.textContent = '';
      delete told.dataset.right;
      show((shown + 1) % block.dataset.matches.length);
    }
  });
  if (remembered()) reveal(remembered(), false);
}
