"""Import one keyword file immediately, with or without a running worker."""

import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from flask import Flask
from sqlalchemy import Row, select

from igny8 import clock
from igny8.engine import keyword_import
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction
from igny8.models import KeywordImport

POLL_INTERVAL_S = 0.3


class ChoiceNeeded(Igny8Error):
    """A file whose encoding or keyword column must be chosen; `report` lists the choices."""

    def __init__(self, report: dict) -> None:
        super().__init__("The file was not imported: a choice is needed.")
        self.report = report


def import_file(
    app: Flask, site_id: int, file: Path, mapping: dict | None = None, **options: str
) -> Row:
    """Import a file immediately, without a worker; return the row of the import.

    Raises ChoiceNeeded, or the error of an unreadable file.
    """
    stored = app.config["SETTINGS"].uploads / f"{uuid.uuid4().hex}{file.suffix.lower()}"
    _copy(file, stored)
    import_id = keyword_import.preview(site_id, stored, file.name, mapping, **options)
    _require_keywords(file, _find(import_id).report)
    keyword_import.confirm(site_id, import_id)
    while _find(import_id).state == "queued":
        if not keyword_import.import_next():
            clock.sleep(POLL_INTERVAL_S)  # a worker has it
    done = _find(import_id)
    if done.state == "failed":
        raise Igny8Error(done.error)
    return done


def _copy(file: Path, stored: Path) -> None:
    try:
        shutil.copyfile(file, stored)
    except OSError as error:
        with suppress(OSError):  # a folder that cannot be entered
            stored.unlink(missing_ok=True)
        raise Igny8Error(
            f"{file} cannot be copied to {stored.parent}: {error.strerror}. "
            "“igny8 doctor” says what to do about it."
        ) from error


def _require_keywords(file: Path, report: dict) -> None:
    """Raise ChoiceNeeded or Igny8Error unless the preview found keywords to import."""
    if report["dialect"] == keyword_import.UNKNOWN or report.get("encodings"):
        raise ChoiceNeeded(report)
    if not report["taken"]:
        reasons = [each["reason"] for each in (report["problems"] + report["asides"])[:1]]
        raise Igny8Error(
            f"{file.name} has no keyword to import: {report['rows_total']:,} rows, "
            f"{report['rejected']:,} rejected, {report['set_aside']:,} set aside"
            + (f" (first: {reasons[0]})." if reasons else ".")
        )


def _find(import_id: int) -> Row:
    query = select(KeywordImport.__table__).where(KeywordImport.id == import_id)
    with read_transaction() as tx:
        return tx.execute(query).one()
