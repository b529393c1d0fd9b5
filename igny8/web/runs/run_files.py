"""The items and the log of a run as CSV files."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, abort
from sqlalchemy import Row
from werkzeug.wrappers import Response

from igny8 import progress
from igny8.extensions import db
from igny8.models import Run
from igny8.web.ui.downloads import csv_download
from igny8.web.ui.template_context import site_or_404

bp = Blueprint("run_files", __name__, url_prefix="/sites/<slug>/runs/<run_id>")
BATCH_ROWS = 1000
LOG_COLUMNS = ("at", "level", "kind", "stage", "item_id", "message", "credits")
ITEM_COLUMNS = (
    *("stage", "title", "state", "attempt", "crashes", "error_kind", "error"),
    *("seconds", "requests", "repeats", "tokens", "credits", "money"),
)


@bp.get("/log.csv")
def log(slug: str, run_id: str) -> Response:
    """Return the log of a run, newest line first."""
    row = _run(slug, run_id)
    rows = _batches(lambda last: progress.events(row.id, BATCH_ROWS, last["id"] if last else None))
    return csv_download(LOG_COLUMNS, _values(rows, LOG_COLUMNS), f"run-{row.number}-log.csv")


@bp.get("/items.csv")
def items(slug: str, run_id: str) -> Response:
    """Return the items of a run in pipeline order."""
    row = _run(slug, run_id)
    offsets = iter(range(0, 2**31, BATCH_ROWS))
    rows = _batches(lambda last: progress.items(row.id, BATCH_ROWS, next(offsets)))
    return csv_download(ITEM_COLUMNS, _values(rows, ITEM_COLUMNS), f"run-{row.number}-items.csv")


def _run(slug: str, run_id: str) -> Row:
    return Run.find(db.session, site_or_404(slug).id, run_id) or abort(404)


def _batches(
    fetch: Callable[[dict[str, Any] | None], list[dict[str, Any]]],
) -> Iterator[dict[str, Any]]:
    """Yield the rows of `fetch(last row)` until a batch is not full."""
    batch = fetch(None)
    while batch:
        yield from batch
        batch = fetch(batch[-1]) if len(batch) == BATCH_ROWS else []


def _values(rows: Iterator[dict[str, Any]], columns: tuple[str, ...]) -> Iterator[tuple]:
    for row in rows:
        yield tuple(row[column] for column in columns)
