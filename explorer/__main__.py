"""`python -m explorer COMMAND ...`: see `cli`."""

from explorer.cli import main

main()
