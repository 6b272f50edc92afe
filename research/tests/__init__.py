"""Tests of the research; what it shares with the tests of the product stands in `tests/unit`."""
