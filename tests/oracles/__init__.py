"""What the product answers today, recorded, so that a rewrite of its inside can be held against it."""
