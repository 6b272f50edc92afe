"""The page that asks any CLIP a user's question."""
