"""`python -m explorer COMMAND ...`: see `cli`."""

from explorer.cli.main import main

main()
