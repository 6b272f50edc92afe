"""Colors, fonts and spacing of the page: one Gradio theme, style sheets, and the roles of figures as CSS variables.

launch(theme=THEME, css=role_css(), css_paths=STYLES)       # var(--role-right) in a style sheet
"""

import posixpath
import re

import gradio as gr

from explorer.figures.style import ROLES
from explorer.pages.server.static_files import PREFIX
from explorer.resources import ASSETS, asset_text

_IMPORT = re.compile(r'^import .* from "(\.{1,2}/[\w/]+)\.js";', re.MULTILINE)
STYLES = (ASSETS / "css" / "page.css",)
"""Style sheets for Gradio, which moves them into its own."""

# Fonts of the reader's own system: nothing is fetched, and the first screen needs no font file.
THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.blue,
    neutral_hue=gr.themes.colors.slate,
    radius_size=gr.themes.sizes.radius_md,
    spacing_size=gr.themes.sizes.spacing_md,
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
).set(
    # White on the 500 of a hue is below the contrast that small text needs.
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_background_fill_dark="*primary_600",
    button_primary_background_fill_hover_dark="*primary_700",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_300",
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
)


def head_html() -> str:
    """Return what must load before Gradio, or that it would change, for the head of the page."""
    styles = "".join(
        f"<style>{asset_text(f'css/{name}.css')}</style>" for name in ("roles", "header", "head", "controls")
    )
    # Beside the page: what Gradio takes as a style sheet it puts into every page that it sends.
    assets = PREFIX.removeprefix("/")
    link = f"<link rel='stylesheet' href='{assets}/css/workbench_before.css'>"
    # Fetched while Gradio builds the page, which would ask for one after the other.
    modules = "".join(f"<link rel='modulepreload' href='{assets}/page/{name}.js'>" for name in modules_of("before/app"))
    return f"<script>{asset_text('js/storage.js')}</script>{styles}{link}{modules}"


def modules_of(name: str) -> tuple[str, ...]:
    """Return a module of the page and those that it imports as it is loaded, directly or not."""
    found = [name]
    for each in found:  # which grows as it is read
        imported = dict.fromkeys(_IMPORT.findall(asset_text(f"page/{each}.js")))
        folder = posixpath.dirname(each)
        inside = [posixpath.normpath(posixpath.join(folder, other)) for other in imported]
        found += [other for other in inside if other not in found]
    return tuple(found)


def role_css() -> str:
    """Return the colors of figures as CSS variables, so that a thing has one color in figures and text."""
    light, dark = ("".join(f" --role-{name}: {pair[place]};" for name, pair in ROLES.items()) for place in (0, 1))
    return f":root {{{light} }}\n.dark {{{dark} }}\n"
