"""Queries for pages and lists; each module is named after what it returns."""
