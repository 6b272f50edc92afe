"""The pages of a class: its projector, its phones and its plan on paper."""
