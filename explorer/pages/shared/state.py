"""State that all tabs share: dials, open run, visitor, and the page's address.

    shared = build_shared()
    button.click(handler, [shared.key, *shared.spec_inputs], [shared.run, shared.notes])
    spec, notes = shared.spec(*values)                # in a handler, from the values of `spec_inputs`

The browser writes the address whenever `address` gets a new query string. The state survives a restart of the server,
because the page keeps it: in hidden boxes, and the visitor's key in the browser's storage.
"""

import json
import secrets
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from explorer.pages.shared.dial_controls import Controls, read
from explorer.pages.shared.display_options import APPLY, PARTS
from explorer.pages.shared.url_state import FIRST_PRESET, STUDY_PARTS, TABS
from explorer.service.endpoints import KEY
from explorer.spec.presets import PRESETS
from explorer.spec.run_spec import RunSpec

# On a Space the page sits in a frame, and the frame's owner writes the address that a person copies.
# What a teacher's link asks for stays while dials move: the first value, which the server has checked, brings it.
# Another tab is a step that the browser's Back takes back; what is dialed stays as it is.
_WRITE_ADDRESS = """
window.explorerGo = (query) => {
  const tab = query.get('tab') || 'workbench', address = location.pathname + '?' + query.toString();
  const isStep = window.explorerTab && window.explorerTab !== tab;
  history[isStep ? 'pushState' : 'replaceState'](history.state, '', address);
  Object.assign(window, {explorerTab: tab, explorerQuery: query});
};
window.addEventListener('popstate', () => {
  const tab = new URLSearchParams(location.search).get('tab') || 'workbench';
  const query = new URLSearchParams(window.explorerQuery);
  query.set('tab', tab);
  window.explorerTab = tab;
  window.explorerGo(query);
  document.getElementById(`tab-${CSS.escape(tab)}-button`)?.click();
});
watch('value', () => {
  const kept = window.explorerHasArrived ? KEPT : [];
  window.explorerHasArrived = true;
  const value = props.value || '', isPart = value.startsWith('&'), said = [...new URLSearchParams(value.slice(1))];
  const isKept = isPart
    ? (name) => !STUDY.includes(name)
    : (name) => STUDY.includes(name) || kept.includes(name) || name === 'scene' || name.startsWith('__');
  const rest = [...new URLSearchParams(location.search)].filter(([name]) => isKept(name));
  const query = new URLSearchParams();
  for (const [name, value] of isPart ? [...rest, ...said] : [...said, ...rest]) query.set(name, value);
  if (window.explorerLanguage) query.set('lang', window.explorerLanguage);
  window.explorerGo(query);
  if (window.parent !== window) window.parent.postMessage({queryString: query.toString()}, 'https://huggingface.co');
});
""".replace("STUDY", json.dumps(STUDY_PARTS)).replace("KEPT", json.dumps(PARTS))
"""A value that begins with & changes the parts of Study and keeps the rest; any other keeps the parts of Study."""

# The bar of notes takes its room from the page, which scrolls above it: no control is ever under it. The page stays
# where it was, and what was pressed stays in sight.
_DOCK_NOTES = """
element.addEventListener('click', (event) => { if (event.target.closest('.close')) props.value = ''; });
const root = document.documentElement, bar = element.closest('#notes'), page = bar.closest('.gradio-container');
new ResizeObserver(() => {
  const height = bar.querySelector('ul') ? bar.getBoundingClientRect().height : 0;
  const at = root.classList.contains('noted') ? page.scrollTop : window.scrollY;
  root.style.setProperty('--notes-height', height + 'px');
  root.classList.toggle('noted', height > 0);
  if (!height) return window.scrollTo(0, at);
  page.scrollTop = at;
  if (page.contains(document.activeElement)) document.activeElement.scrollIntoView({block: 'nearest'});
}).observe(bar);
"""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Components that every tab may read or write."""

    controls: Controls
    preset: Any
    tab: Any
    run: Any
    visitor: Any
    address: Any
    notes: Any
    view: Any

    @property
    def spec_inputs(self) -> list[Any]:
        """Return the components of the spec: the preset, then the controls."""
        return [self.preset, *self.controls.components]

    def spec(self, preset: str, *values: Any, moved: str = "") -> tuple[RunSpec, list[str]]:
        """Return the spec of `spec_inputs`, and a sentence for each field that was moved to fit the one `moved`."""
        return read(str(preset), self.controls.names, values, moved=moved)


def build_shared() -> Shared:
    """Build the shared components; the visible ones are rendered by their tab."""
    return Shared(
        controls=Controls(),
        preset=gr.Dropdown(list(PRESETS), value=FIRST_PRESET, label="Preset", elem_id="preset", render=False),
        tab=gr.Textbox(TABS[0], visible=False),
        run=gr.Textbox("", visible=False),
        # Storage key and secret are fixed, or a restart would forget every visitor; the secret protects nothing.
        visitor=gr.BrowserState("", storage_key="clip-binding-explorer", secret="not-a-secret"),
        address=gr.HTML(None, html_template="", js_on_load=_WRITE_ADDRESS, visible="hidden", elem_id="address"),
        notes=gr.HTML("", elem_id="notes", js_on_load=_DOCK_NOTES, apply_default_css=False),
        view=gr.HTML("", elem_id="view", js_on_load=APPLY),
    )


def key_of(visitor: Any) -> str:
    """Return the visitor's key, a new one if the browser sent no valid one."""
    return visitor if isinstance(visitor, str) and KEY.fullmatch(visitor) else secrets.token_hex(16)


def notes_html(notes: list[str]) -> str:
    """Return sentences for the user, or nothing."""
    items = "".join(f"<li>{escape(note)}</li>" for note in dict.fromkeys(notes))
    close = "<button type='button' class='close' aria-label='Close the note'>×</button>"
    return f"<div class='notes'><ul role='status'>{items}</ul>{close}</div>" if items else ""
