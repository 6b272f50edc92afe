"""CLIP Binding Explorer: data dials to scenes, to a trained CLIP, to an honest binding score."""
