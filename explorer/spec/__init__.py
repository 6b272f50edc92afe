"""Dials, presets, parsing and validation."""
