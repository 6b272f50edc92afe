"""Analyses of one model: preference biases, unimodal probes, text map, relevance."""
