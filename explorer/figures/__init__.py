"""Figures: each has a Plotly figure, a sentence that states the result, and a table."""
