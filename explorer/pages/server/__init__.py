"""Middleware, static routes and downloads."""
