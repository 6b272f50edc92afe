"""A class of pupils in one room: its plan, its state on disk, its runs and its numbers."""
