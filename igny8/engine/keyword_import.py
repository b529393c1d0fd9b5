"""Keyword files on their way in: previewed, confirmed, worked off in one transaction, undone."""

import threading
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import func, insert, select, update

from igny8 import clock
from igny8.engine.work import tools
from igny8.errors import ActionRefused, ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Keyword, KeywordImport
from igny8.models.base import insert_if_absent

keyword, intake = Keyword.__table__, KeywordImport.__table__
CHUNK = 2000
LOOKUP = 500
SAMPLE = 20
RECORDS = 8
PROBLEMS_SHOWN = 100
PREVIEW_SLOTS = threading.BoundedSemaphore(
    3
)  # large files at once in a process: each takes memory and a thread of the pages
UNKNOWN = "unknown"
NUMBERS = (
    "volume",
    "volume_low",
    "volume_high",
    "difficulty",
    "cpc",
    "currency",
    "intent",
    "country",
    "language",
    "parent_topic",
    "impressions",
    "clicks",
)


def preview(site_id: int, path, filename: str, mapping: dict | None = None) -> int:
    """Read a file without taking anything in; return the id of its import, which waits for a yes.

    Raises OutsideError, with the line and the cure, when the file cannot be read.
    """
    if not PREVIEW_SLOTS.acquire(blocking=False):
        raise ActionRefused(
            "Other files are being looked through just now. Try again in a minute.", 429
        )
    try:
        return _preview(site_id, path, filename, mapping)
    finally:
        PREVIEW_SLOTS.release()


def _preview(site_id: int, path, filename: str, mapping: dict | None) -> int:
    room = tools.importers()
    try:
        report = _look_through(site_id, room.read(Path(path), filename, mapping))
    except room.NoKeywordColumn:
        found = room.preview(Path(path), filename, mapping)
        remembered = None if mapping else _remembered(site_id, found.columns)
        if remembered is not None:
            return _preview(site_id, path, filename, remembered)
        report = asdict(found.report) | {
            "sample": [],
            "existing": 0,
            "message": found.message,
            "records": found.records[:RECORDS],
        }
    with write_transaction() as tx:
        return tx.execute(
            insert(intake)
            .values(
                site_id=site_id,
                state="preview",
                filename=filename,
                path=str(path),
                mapping=mapping,
                dialect=report["dialect"],
                report=report,
                rows_total=report["rows_total"],
                rows_duplicate=report["duplicates"],
                rows_rejected=report["rejected"],
            )
            .returning(intake.c.id)
        ).scalar_one()


def _look_through(site_id: int, found) -> dict:
    """Return the report on a whole file as JSON, with its first rows and how many the site knows."""
    sample, keys, existing = [], [], 0
    for row in found:
        if len(sample) < SAMPLE:
            sample.append(asdict(row))
        keys.append(row.key)
    with read_transaction() as tx:
        for start in range(0, len(keys), LOOKUP):
            existing += tx.execute(
                select(func.count()).where(
                    keyword.c.site_id == site_id,
                    keyword.c.phrase_key.in_(keys[start : start + LOOKUP]),
                )
            ).scalar_one()
    return _stored(found.report) | {"sample": sample, "existing": existing}


def _stored(report) -> dict:
    stored = asdict(report)
    return stored | {"problems": stored["problems"][:PROBLEMS_SHOWN]}


def _remembered(site_id: int, columns: list[str]) -> dict | None:
    """Return the mapping that the owner made for a file with these columns, or None."""
    query = (
        select(intake.c.mapping, intake.c.report)
        .where(intake.c.site_id == site_id, intake.c.mapping.is_not(None), intake.c.state == "done")
        .order_by(intake.c.id.desc())
        .limit(20)
    )
    with read_transaction() as tx:
        rows = tx.execute(query).all()
    return next((r.mapping for r in rows if r.mapping and r.report.get("columns") == columns), None)


def confirm(site_id: int, import_id: int) -> bool:
    """Say yes to a previewed file; False when that was said already. A worker takes it from there."""
    with write_transaction() as tx:
        row = _find(tx, site_id, import_id)
        if row.state in ("failed", "undone"):
            raise ActionRefused("This import has ended. Upload the file again.")
        if row.dialect == UNKNOWN:
            raise ActionRefused(f"{row.report['message']} Name the columns first, then confirm.")
        return KeywordImport.transition(tx, import_id, "preview", "queued")


def undo(site_id: int, import_id: int) -> tuple[int | None, int]:
    """Take back the keywords that an import brought and that no cluster holds.

    Return how many went (None if it cannot be undone) and how many stay, because clusters hold them.
    """
    with write_transaction() as tx:
        _find(tx, site_id, import_id)
        return KeywordImport.undo(tx, site_id, import_id), KeywordImport.undo_counts(tx, import_id)[
            1
        ]


def import_next() -> bool:
    """Take in one confirmed file, if there is one; return whether there was."""
    with read_transaction() as tx:
        row = tx.execute(
            select(intake).where(intake.c.state == "queued").order_by(intake.c.id).limit(1)
        ).first()
    if row is None:
        return False
    try:
        rows = _read(row)
        _store(row, rows)
    except ExternalError as error:
        _fail(row.id, str(error))
    except FileNotFoundError:
        _fail(row.id, f"{row.filename} is not in the upload folder any more. Upload it again.")
    return True


def _read(row) -> tuple[list, object]:
    """Read the whole file before anything is written, so that nothing is half imported."""
    reading_ = tools.importers().read(Path(row.path), row.filename, row.mapping)
    rows = []
    for number, found in enumerate(reading_, 1):
        rows.append(found)
        if number % (5 * CHUNK) == 0:
            with write_transaction() as tx:
                tx.execute(update(intake).where(intake.c.id == row.id).values(rows_read=number))
    return rows, reading_.report


def _store(row, found) -> None:
    rows, report = found
    with write_transaction() as tx:
        if not KeywordImport.transition(tx, row.id, "queued", "done", finished_at=clock.now()):
            return
        fresh = 0
        statement = insert_if_absent(tx, keyword)
        for start in range(0, len(rows), CHUNK):
            fresh += tx.execute(
                statement, [_values(row, found) for found in rows[start : start + CHUNK]]
            ).rowcount
        tx.execute(
            update(intake)
            .where(intake.c.id == row.id)
            .values(
                rows_read=len(rows),
                rows_new=fresh,
                rows_known=len(rows) - fresh,
                rows_total=report.rows_total,
                rows_duplicate=report.duplicates,
                rows_rejected=report.rejected,
                report=_stored(report),
            )
        )


def _values(row, found) -> dict:
    return {
        "site_id": row.site_id,
        "phrase": found.text,
        "phrase_key": found.key,
        "source": row.dialect or "file",
        "import_id": row.id,
        **{name: getattr(found, name) for name in NUMBERS},
    }


def _fail(import_id: int, error: str) -> None:
    with write_transaction() as tx:
        KeywordImport.transition(
            tx, import_id, "queued", "failed", error=error, finished_at=clock.now()
        )


def _find(tx, site_id: int, import_id: int):
    row = tx.execute(
        select(intake).where(intake.c.id == import_id, intake.c.site_id == site_id)
    ).first()
    if row is None:
        raise ActionRefused("There is no such import on this site. Upload the file again.", 404)
    return row


def has_queued() -> bool:
    """Return whether a confirmed file waits for a worker."""
    with read_transaction() as tx:
        return (
            tx.execute(select(intake.c.id).where(intake.c.state == "queued").limit(1)).first()
            is not None
        )
