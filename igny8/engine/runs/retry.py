"""Retry what failed, and nothing else."""

from sqlalchemy import func, select, update

from igny8.engine.runs.rewind import count_failed, requeue_failed, rewind
from igny8.engine.runs.start_run import start_retry_run
from igny8.errors import ActionRefused
from igny8.extensions import write_transaction
from igny8.models import ENDED, Run, RunEvent, RunStage

run, run_stage = Run.__table__, RunStage.__table__


def retry_failed(site_id: int, public_id: str | None = None, by: str = "owner") -> tuple[str, int]:
    """Queue the failed items again; return the public id of the run that carries them and how many.

    In an open run these are the failed items of all its stages: it goes back to the earliest of
    them, once nothing is in work. After its end a new run of just the failed items begins, which
    names its parent. Raises Refused when nothing can be done.
    """
    with write_transaction() as tx:
        row = Run.find(tx, site_id, public_id)
        if row is None:
            raise ActionRefused(
                "This site has no run of that id." if public_id else "This site has no run yet.",
                404,
            )
        row = Run.lock(tx, row.id)
        failed = count_failed(tx, row.id)
        if not failed:
            raise ActionRefused(
                f"Nothing failed in run #{row.number}, so there is nothing to retry."
            )
        if row.state not in ENDED:
            _in_the_run(tx, row, failed, by)
            return row.public_id, sum(failed.values())
    again, started = start_retry_run(site_id, row, by)
    if not started:
        raise ActionRefused(
            "Another run of this site is open. Retry the failed items when it has ended."
        )
    return again, sum(failed.values())


def _in_the_run(tx, row, failed: dict[int, int], by: str) -> None:
    if row.desired_state == "cancel":
        raise ActionRefused(
            f"Run #{row.number} is being cancelled. Retry its failed items when it has ended."
        )
    if row.rewind_to_stage is not None:  # said already: it waits for what is in work
        return
    count, first = sum(failed.values()), min(failed)
    said = f"{count:,} failed {'item' if count == 1 else 'items'} queued again by {by}"
    in_work = tx.execute(
        select(func.sum(run_stage.c.active)).where(run_stage.c.run_id == row.id)
    ).scalar()
    if first < row.current_stage and in_work:
        # nothing may be in work beyond the stage of a run: it goes back at the item boundary
        said += ": what is in work is finished first"
        tx.execute(
            update(run)
            .where(run.c.id == row.id)
            .values(rewind_to_stage=first, version=run.c.version + 1)
        )
    elif first < row.current_stage:
        RunEvent.log(tx, row.id, "retry", said)
        return rewind(tx, row)
    else:
        requeue_failed(tx, row.id, first)
        tx.execute(update(run).where(run.c.id == row.id).values(version=run.c.version + 1))
    RunEvent.log(tx, row.id, "retry", said, stage=row.current_stage)
