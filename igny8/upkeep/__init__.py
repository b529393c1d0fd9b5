"""Maintain an installation: tables, backup and restore, keys, orphaned files, doctor."""
