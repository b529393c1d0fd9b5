"""Failed items of an open run, queued again: the run goes back to the earliest stage that has some."""

from sqlalchemy import select, update

from igny8 import clock
from igny8.engine.runs.active_time import elapsed
from igny8.models import Run, RunEvent, RunItem, RunSettings, RunStage, StageResult
from igny8.stages import get_stage, skipped_stages

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__


def count_failed(tx, run_id: int) -> dict[int, int]:
    """Return how many items failed in each stage of a run, for the stages that have some."""
    return dict(
        tx.execute(
            select(run_stage.c.number, run_stage.c.failed).where(
                run_stage.c.run_id == run_id, run_stage.c.failed > 0
            )
        ).all()
    )


def requeue_failed(tx, run_id: int, number: int) -> None:
    """Queue the failed items of a stage again, as if they had never been tried."""
    subjects = (
        tx.execute(
            update(item)
            .where(item.c.run_id == run_id, item.c.stage == number, item.c.state == "failed")
            .values(
                state="queued",
                retry_order=1,
                attempt=0,
                crashes=0,
                error=None,
                error_kind=None,
                not_before=None,
                finished_at=None,
                seconds=None,
            )
            .returning(item.c.subject_id)
        )
        .scalars()
        .all()
    )
    StageResult.delete_errors(tx, run_id, number)
    reset_failed = getattr(get_stage(number), "reset_failed", None)
    if reset_failed is not None:
        reset_failed(tx, list(subjects))
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == run_id, run_stage.c.number == number)
        .values(
            failed=run_stage.c.failed - len(subjects), queued=run_stage.c.queued + len(subjects)
        )
    )


def rewind(tx, row) -> None:
    """Take a run (a row, held, with nothing in work) back to its earliest stage with failed items.

    Those of all stages up to the one it was in are queued again. The stages behind the earliest are
    to come once more; what is done in them stays done. The bar keeps its place: the items return to
    the work that its rest is shared over.
    """
    failed = count_failed(tx, row.id)
    first = min([*failed, row.current_stage])
    for number in failed:
        requeue_failed(tx, row.id, number)
    if first < row.current_stage:
        _open_stages(tx, row, first)
        RunEvent.log(
            tx,
            row.id,
            "back",
            f"Run #{row.number} goes back to stage {first}: "
            f"{failed[first]:,} failed {'item' if failed[first] == 1 else 'items'} there",
            stage=first,
        )
    tx.execute(
        update(run)
        .where(run.c.id == row.id, run.c.current_stage == row.current_stage)
        .values(current_stage=first, rewind_to_stage=None, version=run.c.version + 1)
    )


def _open_stages(tx, row, first: int) -> None:
    """Let the run work in stage `first`, and let the stages from there to the current one be to come."""
    now, absent = clock.now(), skipped_stages(RunSettings.from_json(row.settings))
    behind = select(run_stage).where(
        run_stage.c.run_id == row.id,
        run_stage.c.number >= first,
        run_stage.c.number <= row.current_stage,
    )
    for s in tx.execute(behind).all():
        if s.number in absent:
            continue
        here = s.number == first
        tx.execute(
            update(run_stage)
            .where(run_stage.c.run_id == row.id, run_stage.c.number == s.number)
            .values(
                status="active" if here else "pending",
                status_reason=None,
                finished_at=None,
                active_seconds=elapsed(s, now),
                active_since=now if here and row.state == "running" else None,
            )
        )
