"""Check the members of an archive before it is restored."""

import json
import zipfile
from pathlib import PurePosixPath
from typing import Any

from igny8.errors import Igny8Error

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
FOLDERS = ("images", "uploads")
KEY_FILES = {"encryption.key": "keys/encryption.key", "secret.key": "keys/secret.key"}


class InvalidArchive(Igny8Error):
    """An archive that is damaged or was not written by IGNY8; nothing was changed."""


def load_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Return the manifest of an archive; raise InvalidArchive if there is no valid one."""
    try:
        manifest = json.loads(archive.read(MANIFEST))
        known, members = manifest["format"], manifest["members"]
        {manifest[name] for name in ("made_at", "version", "database", "schema", "keys")}
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidArchive(
            f"{archive.filename} has no manifest that can be read, so it is not a backup of IGNY8."
        ) from error
    if known != FORMAT_VERSION:
        raise InvalidArchive(
            f"{archive.filename} has format {known}; this IGNY8 reads format {FORMAT_VERSION}. "
            f"Use the IGNY8 that wrote it ({manifest['version']}), or a newer one."
        )
    outside = [name for name in members if not _is_valid_member(name)]
    if outside:
        raise InvalidArchive(
            f"{archive.filename} holds {outside[0]!r}, which no backup of IGNY8 has."
        )
    return manifest


def _is_valid_member(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if (
        not parts
        or "\\" in name
        or ".." in parts
        or name.startswith("/")
        or "/".join(parts) != name
    ):
        return False
    return (
        (name.startswith("database.") and len(parts) == 1)
        or (parts[0] in FOLDERS and len(parts) > 1)
        or name in KEY_FILES.values()
    )
