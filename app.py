"""Serve the page: HOST and PORT from the environment (the Makefile holds the defaults)."""

from explorer.web.server import main

if __name__ == "__main__":
    main()
