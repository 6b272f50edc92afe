"""Benchmarks: figures measured as ratios in one run, never asserted; `python -m tests.benchmarks NAME`."""
