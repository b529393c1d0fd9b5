"""Helpers shared by all pages: lists, forms, filters, template context, theme."""
