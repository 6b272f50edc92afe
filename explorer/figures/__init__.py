"""Results turn into drawings: a figure for Plotly, one sentence that states the result, and the same as a table."""
