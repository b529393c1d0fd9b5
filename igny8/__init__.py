"""IGNY8: from a keyword export to articles waiting for review.

`igny8.app` builds the application.
"""
