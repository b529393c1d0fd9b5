"""Read what a website holds: lists of its addresses, and its pages. No database.

Sources: docs/inventory.md#sources.
"""
