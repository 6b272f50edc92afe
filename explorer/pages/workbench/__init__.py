"""The first page: data, training and outcome."""
