"""CLIP Binding Explorer: data dials, scenes, training of a small CLIP, and binding scores."""
