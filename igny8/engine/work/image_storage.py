"""Store image files in the image folder."""

import os
import tempfile
from pathlib import Path

from igny8.errors import ExternalError

RETRY_AFTER_S = 60.0  # how often a run that is blocked by its image folder is tried again


def store_image(folder: Path, name: str, data: bytes) -> str:
    """Write an image file atomically; return its path relative to the image folder.

    Raise ExternalError of kind "disk" if the folder is full or not writable: the item waits until
    that is fixed.
    """
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        message = f"{name!r} is not a valid image name"
        raise ExternalError(message, kind="bad_answer", permanent=True)
    try:
        _write_atomically(target, data)
    except OSError as error:
        raise ExternalError(
            f"Images cannot be stored in {folder}: {error.strerror}. Make sure that it is a folder "
            "with free space that the user running IGNY8 may write to; the run then continues.",
            kind="disk",
            retry_after=RETRY_AFTER_S,
        ) from error
    return name


def _write_atomically(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(target)
    except OSError:
        Path(temporary).unlink()
        raise
