"""Publishing targets: plain values in, requests and files out."""

from igny8.publishing.base import Image, Text
from igny8.publishing.files import file_name, to_html, to_markdown, to_one_file, write_zip
from igny8.publishing.image_placement import insert_images
from igny8.publishing.tables import to_csv

__all__ = [
    "Image",
    "Text",
    "file_name",
    "insert_images",
    "to_csv",
    "to_html",
    "to_markdown",
    "to_one_file",
    "write_zip",
]
