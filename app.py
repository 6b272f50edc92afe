"""Serve the page: HOST and PORT from the environment (the Makefile holds the defaults)."""

import sys

from explorer.web.server import main

if __name__ == "__main__":
    if sys.argv[1:]:
        print(
            f"{sys.argv[1]}: app.py takes no options; give HOST and PORT as variables, or call python -m explorer app",
            file=sys.stderr,
        )
        sys.exit(2)
    main()
