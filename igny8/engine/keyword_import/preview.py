"""Read an uploaded file and store a preview for confirmation."""

import threading
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import func, insert, select

from igny8.engine.keyword_import.rows import shortened
from igny8.engine.work import tools
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.importers import ParsedFile, ParsedSheets
from igny8.models import Keyword, KeywordImport

keyword, import_table = Keyword.__table__, KeywordImport.__table__
LOOKUP = 500  # keys per SELECT
SAMPLE_ROWS = 20
MAPPING_RECORDS = 8
PREVIEW_SLOTS = threading.BoundedSemaphore(3)  # previews at once in a process
UNKNOWN = "unknown"


def preview(
    site_id: int, path: Path | str, filename: str, mapping: dict | None = None, **options: str
) -> int:
    """Read a file and store its preview; return the id of the import, which awaits confirmation.

    `options` are `encoding` and `sheet`. Raises ExternalError, with the line and the remedy, if the
    file cannot be read, and ActionRefused if three files are being read already.
    """
    if not PREVIEW_SLOTS.acquire(blocking=False):
        raise ActionRefused("Other files are being read just now. Try again in a minute.", 429)
    try:
        return _preview(site_id, Path(path), filename, mapping, options)
    finally:
        PREVIEW_SLOTS.release()


def _preview(site_id: int, path: Path, filename: str, mapping: dict | None, options: dict) -> int:
    importers = tools.importers()
    chosen = importers.ImportOptions(mapping or {}, **options)
    try:
        parsed = importers.read(path, filename, chosen)
        remembered = None if mapping else _remembered(site_id, parsed.columns)
        if remembered is None:
            report = _survey(site_id, parsed)
    except importers.NoKeywordColumn:
        found = importers.preview(path, filename, chosen)
        remembered = None if mapping else _remembered(site_id, found.columns)
        report = asdict(found.report) | {
            "sample": [],
            "existing": 0,
            "message": found.message,
            "records": found.records[:MAPPING_RECORDS],
        }
    if remembered is not None:
        return _preview(site_id, path, filename, remembered, options)
    with write_transaction() as tx:
        return tx.execute(
            insert(import_table)
            .values(
                site_id=site_id,
                state="preview",
                filename=filename,
                path=str(path),
                mapping=mapping,
                options={name: value for name, value in options.items() if value},
                dialect=report["dialect"],
                report=report,
                rows_total=report["rows_total"],
                rows_duplicate=report["duplicates"],
                rows_rejected=report["rejected"],
                rows_set_aside=report["set_aside"],
            )
            .returning(import_table.c.id)
        ).scalar_one()


def _survey(site_id: int, parsed: ParsedFile | ParsedSheets) -> dict:
    """Return the report on a whole file as JSON, its first rows, the number of known keywords."""
    sample: list[dict] = []
    keys: list[str] = []
    existing = 0
    for row in parsed:
        if len(sample) < SAMPLE_ROWS:
            sample.append(asdict(row))
        keys.append(row.key)
        if len(keys) == LOOKUP:
            existing += _count_known(site_id, keys)
            keys.clear()
    existing += _count_known(site_id, keys)
    return shortened(parsed.report) | {"sample": sample, "existing": existing}


def _count_known(site_id: int, keys: list[str]) -> int:
    if not keys:
        return 0
    with read_transaction() as tx:
        return tx.execute(
            select(func.count()).where(keyword.c.site_id == site_id, keyword.c.phrase_key.in_(keys))
        ).scalar_one()


def _remembered(site_id: int, columns: list[str]) -> dict | None:
    """Return the column mapping that a person chose for a file with these columns, or None."""
    query = (
        select(import_table.c.mapping, import_table.c.report)
        .where(
            import_table.c.site_id == site_id,
            import_table.c.mapping.is_not(None),
            import_table.c.state.in_(("done", "queued")),
        )
        .order_by(import_table.c.id.desc())
        .limit(20)
    )
    with read_transaction() as tx:
        rows = tx.execute(query).all()
    return next((r.mapping for r in rows if r.mapping and r.report.get("columns") == columns), None)
