"""Scenes, captions and swaps, drawn from tables of nouns and kinds."""
