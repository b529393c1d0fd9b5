"""Keys in files of the data folder, readable only by their owner."""

import os
import secrets
import tempfile
from pathlib import Path

from igny8.errors import ConfigError


def split_keys(text: str) -> tuple[str, ...]:
    """Return the keys of a comma-separated list."""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def write_key_file(path: Path, keys: tuple[str, ...]) -> None:
    """Write a key file atomically, readable only by its owner."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # of mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(",".join(keys))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink()
        raise


def load_or_create_key(path: Path) -> str:
    """Return the key in a file; create the file if it is missing."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key(path)
    except OSError as error:
        raise ConfigError(
            f"IGNY8_DATA_DIR: cannot write {path}: {error.strerror}. "
            "Name a folder that this user may write."
        ) from error
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return read_key(path)


def read_key(path: Path) -> str:
    """Return the key in a file; raise ConfigError if it is unreadable or empty."""
    try:
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read: {error}. It may belong to another user: change the owner "
            "of the folder to the user that runs IGNY8, or set IGNY8_DATA_DIR to another folder."
        ) from error
    if len(key) < 16:
        raise ConfigError(f"{path} contains no key; delete it and start again to create a new one.")
    return key
