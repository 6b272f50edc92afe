"""Models to metrics: evaluation sets, scores, probes, controls, the report."""
