"""The pages joined into one Gradio app.

    build_app().launch()

For now one page: what each preset shows. torch is not imported.
"""

import os

import gradio as gr

from explorer.pages.presets import build_presets

# Before a launch reads it: nothing of a visit leaves the computer.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")


def build_app() -> gr.Blocks:
    """All pages of the explorer."""
    with gr.Blocks(title="CLIP Binding Explorer", analytics_enabled=False, delete_cache=(3600, 3600)) as app:
        build_presets()
    app.queue(max_size=64, default_concurrency_limit=4)
    return app
