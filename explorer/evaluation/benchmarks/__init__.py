"""Published benchmarks of binding, and a user's own file of pairs."""
