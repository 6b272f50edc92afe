"""Build the page and serve it: HOST and PORT from the environment (the Makefile holds the defaults)."""

import os

from explorer.pages.app import build_app

# On a Space HOST is not set and Gradio's own settings decide.
if __name__ == "__main__":
    port = os.environ.get("PORT")
    build_app().launch(
        server_name=os.environ.get("HOST"),
        server_port=int(port) if port else None,
        run_history=False,
        max_file_size="5mb",
        ssr_mode=False,
    )
