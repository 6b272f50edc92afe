// The chips of a caption: a press takes an attribute away or back, a word is added to an object.
// Gradio gives element, props, trigger and watch. The press counts on pointerdown: an answer that redraws the chips
// between pointerdown and click would take the click away.
function add() {
  const word = element.querySelector('.word').value.trim();
  if (!word) return;
  props.focus = 'chip-word';
  trigger('select', { word, thing: Number(element.querySelector('.thing').value) });
}
function press(chip) {
  props.focus = chip.id;
  trigger('select', { place: Number(chip.dataset.place) });
}
element.addEventListener('pointerdown', (event) => {
  const chip = event.button === 0 && event.target.closest('.chip');
  if (chip) press(chip);
});
element.addEventListener('click', (event) => {
  if (event.target.closest('.add')) return add();
  const chip = event.target.closest('.chip');
  if (chip && event.detail === 0) press(chip); // by the keyboard, or by a script
});
element.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && event.target.closest('.word')) add();
});
watch('value', () => requestAnimationFrame(() => {
  const chip = props.focus && document.getElementById(props.focus);
  if (chip) chip.focus();
  props.focus = null;
}));
