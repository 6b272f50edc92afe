"""Pages in one HTML file that need no server: a run, and the twin of the app."""
