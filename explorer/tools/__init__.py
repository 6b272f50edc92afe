"""Commands of who maintains the project."""
