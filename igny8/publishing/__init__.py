"""Where approved texts go: plain values in, files out."""

from igny8.publishing.base import Picture, Text
from igny8.publishing.files import bundle, file_name, to_html, to_markdown

__all__ = ["Picture", "Text", "bundle", "file_name", "to_html", "to_markdown"]
