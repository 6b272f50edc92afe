"""Scores of a user's pictures and captions."""
