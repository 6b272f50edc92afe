"""Colors, fonts and spacing of the page: one Gradio theme, one style sheet."""

from pathlib import Path

import gradio as gr

CSS = Path(__file__).parents[2] / "assets" / "page.css"

# Fonts of the reader's own system: nothing is fetched, and the first screen needs no font file.
THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.blue,
    neutral_hue=gr.themes.colors.slate,
    radius_size=gr.themes.sizes.radius_md,
    spacing_size=gr.themes.sizes.spacing_md,
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
)
