"""Keyword imports: previewed, confirmed, merged batch by batch by the worker that claimed them.

What a worker wrote stays when it dies: the next one goes on after the last batch. A file that
turns out to be unreadable, or is cancelled, takes back what it brought
(docs/imports.md#what-happens-to-an-import).
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Connection, Row, func, insert, select, update

from igny8 import clock
from igny8.engine import import_claims, misspellings
from igny8.engine.import_claims import Cancelled, LostClaim
from igny8.engine.keyword_merge import KeywordMerge, MergeCounts, fill_variant_keys
from igny8.engine.work import tools
from igny8.errors import ActionRefused, ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.importers import ParsedFile, ParsedSheets, Report, SetAside
from igny8.models import ImportRow, Keyword, KeywordImport, Site

keyword, import_table, aside = Keyword.__table__, KeywordImport.__table__, ImportRow.__table__
log = logging.getLogger(__name__)
BATCH_ROWS = 1_000
LOOKUP = 500  # keys per SELECT
SAMPLE_ROWS = 20
MAPPING_RECORDS = 8
PROBLEMS_SHOWN = 100
PREVIEW_SLOTS = threading.BoundedSemaphore(3)  # previews at once in a process
UNKNOWN = "unknown"
has_queued = import_claims.has_waiting


def preview(
    site_id: int, path: Path | str, filename: str, mapping: dict | None = None, **options: str
) -> int:
    """Read a file and store its preview; return the id of the import, which awaits confirmation.

    `options` are `encoding` and `sheet`. Raises ExternalError, with the line and the remedy, when
    the file cannot be read, and ActionRefused when three files are being read already.
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
    """Return the report on a whole file as JSON, with its first rows and how many are known."""
    sample, keys, existing = [], [], 0
    for row in parsed:
        if len(sample) < SAMPLE_ROWS:
            sample.append(asdict(row))
        keys.append(row.key)
        if len(keys) == LOOKUP:
            existing += _count_known(site_id, keys)
            keys.clear()
    existing += _count_known(site_id, keys)
    return _stored(parsed.report) | {"sample": sample, "existing": existing}


def _count_known(site_id: int, keys: list[str]) -> int:
    if not keys:
        return 0
    with read_transaction() as tx:
        return tx.execute(
            select(func.count()).where(keyword.c.site_id == site_id, keyword.c.phrase_key.in_(keys))
        ).scalar_one()


def _stored(report: Report) -> dict:
    stored = asdict(report)
    for name in ("problems", "asides", "repeats"):
        stored[name] = stored[name][:PROBLEMS_SHOWN]
    return stored


def _remembered(site_id: int, columns: list[str]) -> dict | None:
    """Return the mapping that somebody made for a file with these columns, or None."""
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


def confirm(site_id: int, import_id: int) -> bool:
    """Queue a previewed file; False when that was done already. A worker takes it from there."""
    with write_transaction() as tx:
        row = _find(tx, site_id, import_id)
        if row.state in ("failed", "undone"):
            raise ActionRefused("This import has ended. Upload the file again.")
        if row.dialect == UNKNOWN:
            raise ActionRefused(f"{row.report['message']} Choose the columns first, then confirm.")
        if row.report.get("encodings"):
            raise ActionRefused(
                "The encoding of this file is in doubt. Choose it first, then confirm."
            )
        if not row.report.get("taken"):
            raise ActionRefused("There is no keyword in this file to import.")
        return KeywordImport.transition(tx, import_id, "preview", "queued")


def cancel(site_id: int, import_id: int) -> bool:
    """Cancel an import that has not ended; return False when it has.

    What it brought so far is taken back by the worker that has it, or at once.
    """
    with write_transaction() as tx:
        row = _find(tx, site_id, import_id)
        if row.state != "queued":
            return False
        if row.claim_token is None:
            return _end_without(tx, row.id, "Cancelled. Nothing was imported.")
        tx.execute(
            update(import_table).where(import_table.c.id == import_id).values(cancel_requested=True)
        )
        return True


def undo(site_id: int, import_id: int) -> tuple[int | None, int]:
    """Take back what an import brought, except keywords in a cluster.

    Return how many keywords went (None if it cannot be undone) and how many stay in clusters.
    """
    with write_transaction() as tx:
        _find(tx, site_id, import_id)
        return KeywordImport.undo(tx, site_id, import_id), KeywordImport.undo_counts(tx, import_id)[
            1
        ]


def restore_rows(site_id: int, import_id: int, row_ids: list[int] | None = None) -> int:
    """Import rows that were set aside after all; all of an import with `row_ids` None.

    Return how many there were.
    """
    importers = tools.importers()
    with write_transaction() as tx:
        row = _find(tx, site_id, import_id)
        query = select(aside).where(aside.c.import_id == import_id, aside.c.restored_at.is_(None))
        if row_ids is not None:
            query = query.where(aside.c.id.in_(row_ids))
        found = tx.execute(query.order_by(aside.c.id).limit(BATCH_ROWS)).all()
        if row.state != "done" or not found:
            return 0
        merge = KeywordMerge(site_id, _language(tx, site_id), import_id, row.dialect or "file")
        counts = merge.apply(tx, [importers.Row(**each.values) for each in found])
        tx.execute(
            update(aside)
            .where(aside.c.id.in_([each.id for each in found]))
            .values(restored_at=clock.now())
        )
        tx.execute(
            update(import_table)
            .where(import_table.c.id == import_id)
            .values(
                rows_new=import_table.c.rows_new + counts.new,
                rows_known=import_table.c.rows_known + counts.known,
                rows_variant=import_table.c.rows_variant + counts.variants,
                rows_set_aside=import_table.c.rows_set_aside - len(found),
            )
        )
        return len(found)


def import_next(
    should_stop: Callable[[], bool] = lambda: False, max_rows: int | None = None
) -> bool:
    """Import one confirmed file, if there is one; return whether there was.

    With `max_rows`, larger files are left to others. `should_stop` is asked between batches.
    """
    row = import_claims.claim_next(max_rows)
    if row is None:
        return False
    log.debug("import_started", extra={"import_id": row.id, "attempt": row.attempts})
    try:
        with _FailedAttempt(row):
            _run(row, should_stop)
    except LostClaim:
        log.warning("import_claim_lost", extra={"import_id": row.id})
    except Cancelled:
        _fail(row, "Cancelled. Nothing was imported.")
    except ExternalError as error:
        _fail(row, str(error))
    except FileNotFoundError:
        _fail(row, f"{row.filename} is not in the upload folder any more. Upload it again.")
    return True


class _FailedAttempt:
    """Give the claim back when an attempt ends in an error that nobody foresaw; it counts."""

    def __init__(self, row: Row) -> None:
        self._row = row

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        foreseen = (LostClaim, Cancelled, ExternalError, FileNotFoundError)
        if kind is not None and issubclass(kind, Exception) and not issubclass(kind, foreseen):
            import_claims.release(self._row, is_failed=True)


class _Stopped(Exception):
    """The worker stops; another one goes on."""


def _run(row: Row, should_stop: Callable[[], bool]) -> None:
    if row.cancel_requested:
        raise Cancelled
    if row.attempts > import_claims.MAX_ATTEMPTS:
        _fail(row, import_claims.CRASHED.format(attempts=row.attempts - 1))
        return
    beat = _Heartbeat(row, should_stop)
    try:
        _import(row, beat)
    except _Stopped:
        import_claims.release(row)


class _Heartbeat:
    """Renew the claim every few seconds while a file is surveyed or read."""

    def __init__(self, row: Row, should_stop: Callable[[], bool]) -> None:
        self._row, self._should_stop, self._last = row, should_stop, clock.monotonic()

    def __call__(self) -> None:
        if self._should_stop():
            raise _Stopped
        if clock.monotonic() - self._last > import_claims.HEARTBEAT_INTERVAL_S:
            with write_transaction() as tx:
                import_claims.renew_claim(tx, self._row)
            self._last = clock.monotonic()


def _import(row: Row, beat: _Heartbeat) -> None:
    importers = tools.importers()
    with read_transaction() as tx:
        language = _language(tx, row.site_id)
    is_left = True
    while is_left:
        with write_transaction() as tx:
            import_claims.renew_claim(tx, row)
            is_left = fill_variant_keys(tx, row.site_id, language)
        beat()
    options = importers.ImportOptions(row.mapping or {}, **(row.options or {}))
    parsed = importers.read(Path(row.path), row.filename, options, beat)
    merge = KeywordMerge(row.site_id, language, row.id, row.dialect or "file")
    for batch, lines in _batches(parsed, row.rows_read):
        beat()
        _write_batch(row, merge, batch, lines)
    _join_misspellings(row, language, beat)
    with write_transaction() as tx:
        report = parsed.report
        import_claims.renew_claim(
            tx,
            row,
            rows_read=report.rows_total,
            rows_total=report.rows_total,
            rows_duplicate=report.duplicates,
            rows_rejected=report.rejected,
            rows_set_aside=report.set_aside,
            report=_stored(report) | {"sample": (row.report or {}).get("sample", [])},
        )
        KeywordImport.transition(
            tx, row.id, "queued", "done", finished_at=clock.now(), claim_token=None
        )


def _join_misspellings(row: Row, language: str, beat: "_Heartbeat") -> None:
    with read_transaction() as tx:
        words = misspellings.speller(tx, row.id, language)
    last, is_over = 0, words is None
    while not is_over:
        beat()
        with write_transaction() as tx:
            import_claims.renew_claim(tx, row)
            last, joined = misspellings.join_batch(tx, row.id, last, words)
            if joined:
                tx.execute(
                    update(import_table)
                    .where(import_table.c.id == row.id)
                    .values(
                        rows_new=import_table.c.rows_new - joined,
                        rows_variant=import_table.c.rows_variant + joined,
                    )
                )
        is_over = last == 0


def _batches(parsed: ParsedFile | ParsedSheets, after: int) -> Iterator[tuple[list, int]]:
    """Yield (entries, lines read so far) per batch; lines up to `after` were merged before."""
    batch: list = []
    counted = _LineCount(parsed)
    for entry in parsed.entries():
        lines = counted()
        if lines <= after:
            continue
        batch.append(entry)
        if len(batch) >= BATCH_ROWS:
            yield batch, lines
            batch = []
    if batch:
        yield batch, counted()


class _LineCount:
    """How many rows of a parsed file have been read: over all its sheets."""

    def __init__(self, parsed: ParsedFile | ParsedSheets) -> None:
        self._parsed = parsed

    def __call__(self) -> int:
        files = getattr(self._parsed, "files", None) or [self._parsed]
        return sum(each.report.rows_total for each in files)


def _write_batch(row: Row, merge: KeywordMerge, batch: list, lines: int) -> None:
    importers = tools.importers()
    rows = [entry for entry in batch if isinstance(entry, importers.Row)]
    asides = [entry for entry in batch if not isinstance(entry, importers.Row)]
    with write_transaction() as tx:
        import_claims.renew_claim(tx, row, rows_read=lines)
        counts = merge.apply(tx, rows) if rows else MergeCounts()
        if asides:
            tx.execute(insert(aside), [_aside_values(row, entry) for entry in asides])
        before = tx.execute(
            select(import_table.c.updated_fields).where(import_table.c.id == row.id)
        ).scalar()
        tx.execute(
            update(import_table)
            .where(import_table.c.id == row.id)
            .values(
                rows_new=import_table.c.rows_new + counts.new,
                rows_known=import_table.c.rows_known + counts.known,
                rows_updated=import_table.c.rows_updated + counts.updated,
                rows_variant=import_table.c.rows_variant + counts.variants,
                updated_fields=sorted({*(before or ()), *counts.fields}),
            )
        )


def _aside_values(row: Row, entry: SetAside) -> dict:
    return {
        "site_id": row.site_id,
        "import_id": row.id,
        "line": entry.row.line,
        "phrase": entry.row.text,
        "reason": entry.reason,
        "values": asdict(entry.row),
    }


def _fail(row: Row, error: str) -> None:
    with write_transaction() as tx:
        held = tx.execute(
            select(import_table.c.id)
            .where(import_table.c.id == row.id, import_table.c.claim_token == row.claim_token)
            .with_for_update()
        ).first()
        if held is not None:
            _end_without(tx, row.id, error)


def _end_without(tx: Connection, import_id: int, error: str) -> bool:
    """End an import and take back what it brought; return False when it has ended already."""
    moved = KeywordImport.transition(
        tx,
        import_id,
        "queued",
        "failed",
        error=error,
        finished_at=clock.now(),
        claim_token=None,
        rows_new=0,
        rows_known=0,
        rows_updated=0,
        rows_variant=0,
    )
    if moved:
        KeywordImport.revert(tx, import_id)
    return moved


def _language(tx: Connection, site_id: int) -> str:
    return tx.execute(select(Site.language).where(Site.id == site_id)).scalar() or "en"


def _find(tx: Connection, site_id: int, import_id: int) -> Row:
    row = tx.execute(
        select(import_table).where(
            import_table.c.id == import_id, import_table.c.site_id == site_id
        )
    ).first()
    if row is None:
        raise ActionRefused("There is no such import on this site. Upload the file again.", 404)
    return row
