"""Sweeps, their results as rows, and the evidence and document made from them."""
