"""Golden values of all that `RECIPE` stands for: scenes, pixels, captions, scores, losses."""
