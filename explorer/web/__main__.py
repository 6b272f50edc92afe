"""Serve the page: `python -m explorer.web`, HOST and PORT from the environment."""

from explorer.web.server import main

if __name__ == "__main__":
    main()
