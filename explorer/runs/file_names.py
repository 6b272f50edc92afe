"""Names of the files in the folder of a run."""

SPEC_FILE, STATUS_FILE, METRICS_FILE, REPORT_FILE = "spec.json", "status.json", "metrics.jsonl", "report.json"
WORLD_FILE = "world.json"
"""Document of a world of one's own, beside the spec that names its digest."""
OWNER_FILE, CLAIM_FILE = "owner.json", "claim"
