"""Import confirmed files in batches, each in a transaction of its own."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Row, insert, select, update

from igny8 import clock
from igny8.engine import claim_lease
from igny8.engine.claim_lease import Cancelled, LostClaim
from igny8.engine.keyword_import import claims, misspellings
from igny8.engine.keyword_import.merge import KeywordMerge, MergeCounts, fill_variant_keys
from igny8.engine.keyword_import.rows import end_without_result, language_of, shortened
from igny8.engine.work import tools
from igny8.errors import ExternalError
from igny8.extensions import read_transaction, write_transaction
from igny8.importers import ParsedFile, ParsedSheets, SetAside
from igny8.models import ImportRow, KeywordImport

import_table, aside = KeywordImport.__table__, ImportRow.__table__
log = logging.getLogger(__name__)
BATCH_ROWS = 1_000


def import_next(
    should_stop: Callable[[], bool] = lambda: False, max_rows: int | None = None
) -> bool:
    """Import one confirmed file; return whether one was found.

    With `max_rows`, skip larger files. `should_stop` is called between batches.
    """
    row = claims.claim_next(max_rows)
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
    """Context manager that releases the claim and counts the attempt on an unexpected error."""

    def __init__(self, row: Row) -> None:
        self._row = row

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        foreseen = (LostClaim, Cancelled, ExternalError, FileNotFoundError)
        if kind is not None and issubclass(kind, Exception) and not issubclass(kind, foreseen):
            claims.release(self._row, is_failed=True)


class _Stopped(Exception):
    """The worker is stopping; another one will continue."""


def _run(row: Row, should_stop: Callable[[], bool]) -> None:
    if row.cancel_requested:
        raise Cancelled
    if row.attempts > claims.MAX_ATTEMPTS:
        _fail(row, claims.CRASHED.format(attempts=row.attempts - 1))
        return
    beat = _Heartbeat(row, should_stop)
    try:
        _import(row, beat)
    except _Stopped:
        claims.release(row)


class _Heartbeat:
    """Renews the claim every few seconds while a file is surveyed or read."""

    def __init__(self, row: Row, should_stop: Callable[[], bool]) -> None:
        self._row, self._should_stop, self._last = row, should_stop, clock.monotonic()

    def __call__(self) -> None:
        if self._should_stop():
            raise _Stopped
        if clock.monotonic() - self._last > claim_lease.HEARTBEAT_INTERVAL_S:
            with write_transaction() as tx:
                claims.renew_claim(tx, self._row)
            self._last = clock.monotonic()


def _import(row: Row, beat: _Heartbeat) -> None:
    importers = tools.importers()
    with read_transaction() as tx:
        language = language_of(tx, row.site_id)
    is_left = True
    while is_left:
        with write_transaction() as tx:
            claims.renew_claim(tx, row)
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
        claims.renew_claim(
            tx,
            row,
            rows_read=report.rows_total,
            rows_total=report.rows_total,
            rows_duplicate=report.duplicates,
            rows_rejected=report.rejected,
            rows_set_aside=report.set_aside,
            report=shortened(report) | {"sample": (row.report or {}).get("sample", [])},
        )
        KeywordImport.transition(
            tx, row.id, "queued", "done", finished_at=clock.now(), claim_token=None
        )


def _join_misspellings(row: Row, language: str, beat: "_Heartbeat") -> None:
    with read_transaction() as tx:
        words = misspellings.speller(tx, row.id, language)
    if words is None:
        return
    last, is_over = 0, False
    while not is_over:
        beat()
        with write_transaction() as tx:
            claims.renew_claim(tx, row)
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
    """Yield (entries, lines read so far) per batch; lines up to `after` were merged earlier."""
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
    """Counts the rows of a parsed file that have been read, over all its sheets."""

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
        claims.renew_claim(tx, row, rows_read=lines)
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
    table = import_table.c
    own = select(table.id).where(table.id == row.id, table.claim_token == row.claim_token)
    with write_transaction() as tx:
        if tx.execute(own.with_for_update()).first() is not None:
            end_without_result(tx, row.id, error)
