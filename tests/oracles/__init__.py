"""Recordings of the answers of the product, so that a rewrite of its inside can be held against them."""
