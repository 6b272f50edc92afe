"""Golden values of all that `PROTOCOL_VERSION` stands for: scenes, pixels, captions, scores, losses."""
