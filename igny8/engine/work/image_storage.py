"""Store image files in the image folder."""

import errno
import os
import tempfile
from pathlib import Path

from igny8.errors import ExternalError

RETRY_AFTER_S = 15.0  # time in which disk space may be freed
PERMANENT_ERRNOS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


def store_image(folder: Path, name: str, data: bytes) -> str:
    """Write an image file completely or not at all; return its path below the image folder.

    Raise ExternalError of kind "disk": permanent when a person has to change something, not when
    space may be freed meanwhile.
    """
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        message = f"{name!r} is not a valid image name"
        raise ExternalError(message, kind="bad_answer", permanent=True)
    try:
        _write_atomically(target, data)
    except OSError as error:
        raise ExternalError(
            f"the image could not be stored in {folder}: {error.strerror}; make sure that it "
            "is a folder with free space that the user running IGNY8 may write to",
            kind="disk",
            permanent=error.errno in PERMANENT_ERRNOS,
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
