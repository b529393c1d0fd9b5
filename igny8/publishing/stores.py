"""Stores of published files: the interface, and its implementation by a folder."""

import os
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from igny8.errors import ExternalError
from igny8.publishing.requests import TargetError


class Moved(Exception):
    """The store changed since it was read: read it again and decide anew."""


class Store(Protocol):
    """A tree of files; names are relative and use /."""

    def refresh(self) -> None:
        """Read the store again."""

    def read(self, name: str) -> bytes | None:
        """Return the content of a file, None if there is none."""

    def write(
        self,
        files: Mapping[str, bytes],
        name: str,
        is_new: bool,
        removed: Collection[str],
        why: str,
    ) -> None:
        """Write files, `name` last, and remove others; raise Moved if `name` exists.

        If `is_new` is false, `name` is replaced. `why` is the message for a history.
        """


class FolderStore:
    """A folder on this machine. `marker` is part of the names of unfinished files."""

    def __init__(self, root: Path, marker: str) -> None:
        self._root, self._marker = root, marker

    def refresh(self) -> None:
        """Do nothing: a folder is read on demand."""

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; b"" for a link, None if there is nothing."""
        path = self._path(name)
        try:
            if path.is_file() and not path.is_symlink():
                return path.read_bytes()
        except OSError as error:
            raise _failed(path, error) from error
        return b"" if os.path.lexists(path) else None

    def write(
        self,
        files: Mapping[str, bytes],
        name: str,
        is_new: bool,
        removed: Collection[str],
        why: str,
    ) -> None:
        """Write each file atomically, so that readers never see an incomplete one."""
        for each, data in sorted(files.items(), key=lambda item: item[0] == name):
            self._write(self._path(each), data, must_be_new=is_new and each == name)
        for each in removed:
            self._remove(self._path(each))

    def _write(self, path: Path, data: bytes, must_be_new: bool) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for left in path.parent.glob(f".igny8-{self._marker}-*"):
                left.unlink(missing_ok=True)  # of a worker that died
            unfinished = path.parent / f".igny8-{self._marker}-{secrets.token_hex(4)}"
            with unfinished.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            try:
                if must_be_new:
                    os.link(unfinished, path)
                else:
                    unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
            _sync(path.parent)
        except FileExistsError as error:
            raise Moved from error
        except OSError as error:
            raise _failed(path, error) from error

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
            if path.parent != self._root and not any(path.parent.iterdir()):
                path.parent.rmdir()
        except OSError as error:
            raise _failed(path, error) from error

    def _path(self, name: str) -> Path:
        path = self._root / name
        if not path.parent.resolve().is_relative_to(self._root.resolve()):
            raise ExternalError(
                f"{name} leads out of the folder through a link. Remove the link, or choose "
                "another path.",
                "refused",
                permanent=True,
            )
        return path


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failed(path: Path, error: OSError) -> TargetError:
    return TargetError(
        f"{path} cannot be written or read: {error.strerror or error}. Check the folder, its "
        "rights and its free space.",
        "folder",
    )
