"""Take an open run back to its earliest stage with failed items and queue these again.

Protocol: docs/engine.md#rewind.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, select, update

from igny8 import clock
from igny8.engine.runs.active_time import elapsed
from igny8.models import Run, RunEvent, RunItem, RunSettings, RunStage, StageResult
from igny8.stages import get_stage, skipped_stages

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__
UNTRIED = {
    "state": "queued",
    "retry_order": 1,
    "attempt": 0,
    "crashes": 0,
    "error": None,
    "error_kind": None,
    "not_before": None,
    "finished_at": None,
    "seconds": None,
}


def count_failed(tx: Connection, run_id: int) -> dict[int, int]:
    """Return the number of failed items per stage, for the stages that have some."""
    query = select(run_stage.c.number, run_stage.c.failed)
    query = query.where(run_stage.c.run_id == run_id, run_stage.c.failed > 0)
    return dict(tx.execute(query).all())


def requeue_failed(
    tx: Connection, run_id: int, number: int, item_ids: Sequence[int] | None = None
) -> int:
    """Queue failed items of a stage again as untried; return how many.

    `item_ids` are the items to queue, None for all.
    """
    is_failed = (item.c.run_id == run_id) & (item.c.stage == number) & (item.c.state == "failed")
    if item_ids is not None:
        is_failed &= item.c.id.in_(item_ids)
    requeued = tx.execute(
        update(item).where(is_failed).values(**UNTRIED).returning(item.c.subject_id)
    )
    subjects = list(requeued.scalars())
    StageResult.delete_errors(tx, run_id, number)
    reset_failed = getattr(get_stage(number), "reset_failed", None)
    if reset_failed is not None:
        reset_failed(tx, subjects)
    count = len(subjects)
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == run_id, run_stage.c.number == number)
        .values(failed=run_stage.c.failed - count, queued=run_stage.c.queued + count)
    )
    return count


def rewind(tx: Connection, row: Row) -> None:
    """Take a locked run without active items back to its earliest stage with failed items.

    The failed items of all stages up to the current one are queued again. Stages after the earliest
    become pending; their done items stay done. The progress bar does not move back: its remaining
    part is spread over the larger amount of work.
    """
    failed = count_failed(tx, row.id)
    first = min([*failed, row.current_stage])
    for number in failed:
        requeue_failed(tx, row.id, number)
    count = failed.get(first, 0)
    return_to(tx, row, first, f"{count:,} failed {'item' if count == 1 else 'items'}")


def return_to(tx: Connection, row: Row, first: int, items: str) -> None:
    """Make an earlier stage the current one of a locked run; `items` says what it has left."""
    if first < row.current_stage:
        _reopen_stages(tx, row, first)
        message = f"Run #{row.number} goes back to stage {first}: {items} there"
        RunEvent.log(tx, row.id, "back", message, stage=first)
    tx.execute(
        update(run)
        .where(run.c.id == row.id, run.c.current_stage == row.current_stage)
        .values(current_stage=first, rewind_to_stage=None, version=run.c.version + 1)
    )


def _reopen_stages(tx: Connection, row: Row, first: int) -> None:
    """Make stage `first` active and the stages from there to the current one pending."""
    now, skipped = clock.now(), skipped_stages(RunSettings.from_json(row.settings))
    query = select(run_stage).where(
        run_stage.c.run_id == row.id,
        run_stage.c.number >= first,
        run_stage.c.number <= row.current_stage,
    )
    for stage in tx.execute(query).all():
        if stage.number in skipped:
            continue
        is_first = stage.number == first
        tx.execute(
            update(run_stage)
            .where(run_stage.c.run_id == row.id, run_stage.c.number == stage.number)
            .values(
                status="active" if is_first else "pending",
                status_reason=None,
                finished_at=None,
                active_seconds=elapsed(stage, now),
                active_since=now if is_first and row.state == "running" else None,
            )
        )
