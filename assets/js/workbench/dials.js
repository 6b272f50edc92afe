// Recipes, dials and the drawer of the other dials: one table of values, drawn and read back. Knows no Gradio.
//
//   const dials = mountDials(section, { change({preset, values, moved, seq}), samples({...}) });
//   dials.update(state);       // state: {preset, title, told, values, dials: {name: {text, off, why}}, ...}
//
// The section holds the controls already. A value that was moved stays as it is until the newest answer has come.

const SILENT = { preset: null, values: {}, seq: 0 };

export function mountDials(section, actions, root = section.ownerDocument) {
  const controls = [...root.querySelectorAll("[data-dial]")];
  const cards = [...section.querySelectorAll("[data-preset]")];
  const undo = section.querySelector("[data-act=undo]");
  let shown = SILENT, sent = 0, before = null;

  function ask(change, isUndo = false) {
    if (!isUndo && !change.isRecipe) forget();
    sent += 1;
    const next = { preset: change.preset ?? shown.preset, values: change.values ?? shown.values, moved: change.moved ?? "" };
    shown = { ...shown, preset: next.preset, values: next.values };
    actions.change({ ...next, seq: sent });
  }

  function forget() {
    before = null;
    undo.hidden = true;
  }

  function choose(name) {
    if (!shown.preset) return;
    before = { preset: shown.preset, values: shown.values };
    undo.hidden = false;
    // The start of the training and its seed are no part of a recipe.
    const { init, seed } = shown.values;
    ask({ preset: name, values: { init, seed }, isRecipe: true });
    for (const more of section.querySelectorAll("details[open]")) more.open = false;
  }

  section.addEventListener("click", (event) => {
    const card = event.target.closest("[data-preset]");
    if (card) choose(card.dataset.preset);
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act === "undo" && before) {
      const back = before;
      forget();
      ask(back, true);
      section.querySelector("[role=radio][tabindex='0']")?.focus({ preventScroll: true });
    }
    if (act === "samples") {
      sent += 1;
      actions.samples({ preset: shown.preset, values: shown.values, moved: "", seq: sent });
    }
  });

  // Arrows move the focus within the group and choose, as in a group of radio buttons; Tab passes by and changes nothing.
  section.addEventListener("keydown", (event) => {
    const group = event.target.closest("[role=radiogroup]");
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!group || !step) return;
    event.preventDefault();
    const all = [...group.querySelectorAll("[role=radio]")];
    const next = all[(all.indexOf(event.target.closest("[role=radio]")) + step + all.length) % all.length];
    next.focus();
    if (group.closest("details")) return; // a list of all recipes is walked through; Enter chooses
    choose(next.dataset.preset);
  });

  for (const control of controls) {
    const isExact = "exact" in control.dataset;
    const kind = !isExact && (control.type === "range" || control.type === "number") ? "input" : "change";
    if (control.type === "number") control.addEventListener("blur", () => write(control, shown.values[control.dataset.dial], true));
    control.addEventListener(kind, () => {
      const name = control.dataset.dial;
      if (control.type === "range") paint(control);
      if (isExact && !nearest(control)) return;
      ask({ values: { ...shown.values, [name]: read(controls, control, shown.values[name]) }, moved: name });
    });
  }

  return {
    /** What is dialed now, also while the answer to the last move is on its way. */
    current: () => ({ preset: shown.preset, values: shown.values }),
    update(state) {
      if (state.seq && state.seq < sent) return; // an answer to a move before the last one
      if (state.problem) {
        tell(root, { [state.problem.field]: state.problem.sentence }, true);
        return;
      }
      shown = state;
      section.querySelector("[data-part=told]").textContent = state.told;
      for (const card of cards) {
        const isChosen = card.dataset.preset === state.preset && state.is_preset;
        card.setAttribute("aria-checked", String(isChosen));
      }
      for (const group of section.querySelectorAll("[role=radiogroup]")) {
        const all = [...group.querySelectorAll("[role=radio]")];
        const stop = all.find((each) => each.getAttribute("aria-checked") === "true") ?? all[0];
        for (const each of all) each.tabIndex = each === stop ? 0 : -1;
      }
      for (const control of controls) write(control, state.values[control.dataset.dial]);
      for (const [name, said] of Object.entries(state.dials)) {
        const row = section.querySelector(`[data-row="${name}"]`);
        row.querySelector("[data-value]").textContent = said.text;
        row.classList.toggle("wb-off", said.off);
        for (const input of row.querySelectorAll("input")) input.disabled = said.off;
        row.querySelector("input").setAttribute("aria-valuetext", said.text);
      }
      tell(root, state.why, false);
    },
  };
}

function tell(root, why, isBad) {
  for (const place of root.querySelectorAll("[data-why]")) {
    const sentence = why[place.closest("[data-row]").dataset.row] ?? "";
    if (place.textContent !== sentence) place.textContent = sentence;
    place.classList.toggle("wb-bad", isBad && Boolean(sentence));
  }
}

function read(controls, control, before) {
  const name = control.dataset.dial;
  if (control.type === "checkbox" && control.value !== "on") {
    const all = controls.filter((each) => each.dataset.dial === name);
    const kept = (Array.isArray(before) ? before : []).filter((value) => all.find((each) => each.value === value)?.checked);
    return control.checked && !kept.includes(control.value) ? [...kept, control.value] : kept;
  }
  if (control.type === "checkbox") return control.checked;
  if (control.type === "number" && control.value === "") return null;
  return control.type === "range" || control.type === "number" ? Number(control.value) : control.value;
}

/** Move a typed number to the nearest one that the dial has; returns whether there is a number at all. */
function nearest(control) {
  if (control.value === "" || Number.isNaN(Number(control.value))) return false;
  const typed = Math.min(Math.max(Number(control.value), Number(control.min)), Number(control.max));
  const isWhole = control.previousElementSibling.step === "1";
  control.value = isWhole ? Math.round(typed) : typed;
  return true;
}

function write(control, value, isLeft = false) {
  if (control.type === "checkbox" && control.value !== "on") control.checked = Array.isArray(value) && value.includes(control.value);
  else if (control.type === "checkbox") control.checked = Boolean(value);
  else if (control.type === "number" && control === document.activeElement && !isLeft) return; // somebody is typing
  else if (value !== undefined) control.value = typeof value === "number" ? Number(value.toPrecision(6)) : value ?? "";
  if (control.type === "range") paint(control);
}

function paint(range) {
  const share = (range.value - range.min) / (range.max - range.min);
  range.style.setProperty("--filled", `${100 * share}%`);
}

/** Fill a list of choices where they are others than before; `value` stays chosen. */
export function options(select, choices, value) {
  const key = JSON.stringify(choices);
  if (select.dataset.choices === key) return;
  select.dataset.choices = key;
  select.replaceChildren(...choices.map(([label, name]) => new Option(label, name)));
  select.value = value;
}
