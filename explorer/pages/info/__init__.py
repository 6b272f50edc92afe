"""The About and teacher pages."""
