"""Form fields shared by the kinds that publish files, and the folders they may write to."""

import re
from pathlib import Path

from flask import current_app

from igny8.engine.publications.kinds.base import Field
from igny8.publishing.files import file_name
from igny8.publishing.site_files import FORMATS, PLACEHOLDERS, check_path


def allowed_folder(text: str) -> str:
    """Return a folder that targets may write to; raise ValueError naming the allowed ones."""
    roots = current_app.config["SETTINGS"].publish_folders
    folder = Path(text)
    if folder.is_absolute() and any(folder.resolve().is_relative_to(root) for root in roots):
        return str(folder.resolve())
    if not roots:
        raise ValueError(
            "Leave this empty. To allow folders of the server, its operator sets "
            "IGNY8_PUBLISH_FOLDERS."
        )
    raise ValueError(f"Enter a path below {' or '.join(map(str, roots))}.")


def _check_folder_name(text: str) -> str:
    parts = text.strip("/").split("/")
    if any(file_name(part) != part for part in parts):
        raise ValueError("Enter a path such as static/images, without spaces.")
    return "/".join(parts)


def _check_image_url(text: str) -> str:
    if not re.fullmatch(r"(https?://|/)[\w.~:/%@+-]*", text, re.ASCII):
        raise ValueError("Enter an address such as https://www.example.com/images, or /images.")
    return text


FILE_FIELDS = (
    Field(
        "format",
        "Format",
        type="choice",
        choices=tuple((name, each.label) for name, each in FORMATS.items()),
    ),
    Field(
        "path",
        "File names",
        "Empty for the usual ones of the format. Placeholders: "
        + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        + ".",
        is_required=False,
        what="a path",
        placeholder="posts/{slug}.md",
        check=check_path,
    ),
    Field(
        "image_folder",
        "Folder of the images",
        "Empty for a folder images/ beside the text.",
        is_required=False,
        what="a path",
        placeholder="static/images",
        check=_check_folder_name,
    ),
    Field(
        "image_url",
        "Address of the images on your site",
        "Empty for paths relative to the text. WordPress imports images only from a whole address "
        "that it can reach, such as https://www.example.com/images.",
        is_required=False,
        what="an address",
        placeholder="/images",
        check=_check_image_url,
    ),
    Field(
        "page_url",
        "Address of an article on your site",
        "{slug} stands for the name of the file. Links between articles lead there.",
        type="web",
        is_required=False,
        max_chars=300,
        placeholder="https://www.example.com/blog/{slug}/",
    ),
)
