"""CLIP models: architectures, loading, export."""
