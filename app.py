"""Serve the page: HOST and PORT from the environment (the Makefile holds the defaults)."""

import os

from explorer.pages.app import serve

# On a Space neither is set, and Gradio's own settings decide.
if __name__ == "__main__":
    port = os.environ.get("PORT")
    serve(host=os.environ.get("HOST"), port=int(port) if port else None)
