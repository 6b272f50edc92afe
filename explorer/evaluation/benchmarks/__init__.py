"""The published benchmarks of binding, and a person's own file of pairs, on pictures that are not ours."""
