"""Folder: Markdown, HTML or WordPress import files in a folder of the server, or as a ZIP."""

from pathlib import Path

from flask import current_app
from sqlalchemy import Row

from igny8.engine.publications.file_steps import check_files, publish_files, remove_files
from igny8.engine.publications.kinds.base import Field, Kind, TargetTestContext, TargetTestResult
from igny8.engine.publications.kinds.file_fields import FILE_FIELDS, allowed_folder
from igny8.engine.publications.work import Work
from igny8.errors import ExternalError
from igny8.publishing.stores import FolderStore


def folder_of(target: Row) -> Path:
    """Return the folder of a target: the chosen one, or one in the data folder."""
    chosen = target.options.get("folder")
    if not chosen:
        return current_app.config["SETTINGS"].published / str(target.id)
    try:
        return Path(allowed_folder(chosen))
    except ValueError as error:
        raise ExternalError(str(error), "refused", permanent=True) from error


def _store(target: Row, marker: str) -> FolderStore:
    folder = folder_of(target)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExternalError(f"{folder} cannot be created: {error.strerror}.", "folder") from error
    return FolderStore(folder, marker)


def publish(work: Work) -> None:
    """Write the article and its images to the folder."""
    publish_files(work, _store(work.target, work.claim.marker))


def unpublish(work: Work) -> None:
    """Remove the files that were written."""
    remove_files(work, _store(work.target, work.claim.marker))


def check(work: Work) -> None:
    """Check that the files are unchanged."""
    check_files(work, _store(work.target, work.claim.marker))


def _test(target: Row, secret: str, context: TargetTestContext) -> TargetTestResult:
    store = _store(target, "test")
    store.write({".igny8-test": b"test"}, ".igny8-test", False, (), "")
    store.write({}, "", False, (".igny8-test",), "")
    return TargetTestResult(True, f"Files can be written to {folder_of(target)}.")


KIND = Kind(
    name="folder",
    label="Folder or ZIP",
    noun="folder",
    example_name="My static site",
    fields=(
        *FILE_FIELDS,
        Field(
            "folder",
            "Folder on the server",
            "Empty for a folder of IGNY8, which you download as a ZIP.",
            is_required=False,
            what="a path",
            max_chars=300,
            placeholder="/srv/site/content",
            check=allowed_folder,
        ),
    ),
    publish=publish,
    unpublish=unpublish,
    check=check,
    test=_test,
    test_label="Test folder",
    folder=folder_of,
)
