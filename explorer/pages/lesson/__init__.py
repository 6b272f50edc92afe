"""The lesson for a class."""
