"""The host: the page, its files, views and acts over HTTP, on Gradio's Server mode."""
