"""Functions that pages, commands, endpoints and notebooks call."""
