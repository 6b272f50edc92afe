"""Links to the lesson and to the languages, in the corner of the first page.

    build_languages()        # inside the Blocks

A link opens the current address in the other language.
"""

from typing import Any

import gradio as gr

from explorer.pages.i18n.translations import switch_html

_FOLLOW = """
const current = document.documentElement.lang;
for (const link of element.querySelectorAll('[data-language]')) {
  if (link.lang === current) link.setAttribute('aria-current', 'true');
}
element.addEventListener('click', (event) => {
  const link = event.target.closest('[data-language]');
  if (!link) return;
  event.preventDefault();
  const query = new URLSearchParams(location.search);
  query.set('lang', link.dataset.language);
  location.assign(location.pathname + '?' + query.toString());
});
"""


def build_languages() -> Any:
    """Build the corner."""
    lesson = "<a href='lesson' id='to-lesson'>Lesson in six steps</a>"
    return gr.HTML(f"<nav>{lesson} {switch_html()}</nav>", elem_id="languages", js_on_load=_FOLLOW)
