"""Read the content of a website: lists of its addresses, and its pages. No database.

Sources: docs/inventory.md#sources.
"""
