"""Scenes, captions and their exchanges, drawn from tables of nouns and kinds."""
