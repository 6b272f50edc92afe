"""Declared sweeps, the rows that they leave, and the evidence and document made of those."""
