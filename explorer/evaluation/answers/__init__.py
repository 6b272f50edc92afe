"""Answers of a model to a person's pictures and captions, and what they rest on."""
