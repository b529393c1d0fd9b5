"""Retry the failed items of a run and no others.

Protocol: docs/engine.md#retry.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, func, select, update

from igny8.engine.runs.rewind import count_failed, requeue_failed, rewind
from igny8.engine.runs.run_creation import SettingChanges
from igny8.engine.runs.start_run import start_retry_run
from igny8.errors import ActionRefused
from igny8.extensions import write_transaction
from igny8.formatting import pluralize
from igny8.models import ENDED, Run, RunEvent, RunItem, RunStage

run, run_stage, item = Run.__table__, RunStage.__table__, RunItem.__table__


def retry_failed(
    site_id: int,
    public_id: str | None = None,
    by: str = "owner",
    item_ids: Sequence[int] | None = None,
    changes: SettingChanges | None = None,
) -> tuple[str, int]:
    """Queue failed items again; return the public id of their run, and how many there are.

    An open run goes back to the earliest stage with failed items once no item is active. For an
    ended run a new run with only these items starts and names its parent. `item_ids` are the items
    to retry, None for all; `changes` override settings in the new run. Raise ActionRefused if
    nothing can be retried.
    """
    with write_transaction() as tx:
        row = Run.find(tx, site_id, public_id)
        if row is None:
            missing = "This site has no run of that id."
            raise ActionRefused(missing if public_id else "This site has no run yet.", 404)
        Run.lock(tx, row.id)
        row = Run.get(tx, row.id)
        failed = count_failed(tx, row.id)
        if not failed:
            raise ActionRefused(
                f"Nothing failed in run #{row.number}, so there is nothing to retry."
            )
        if row.pruned_at is not None:
            raise ActionRefused(
                f"The items of run #{row.number} were deleted to save space, so they cannot be "
                "retried."
            )
        count = sum(failed.values()) if item_ids is None else _count_chosen(tx, row, item_ids)
        if row.state not in ENDED and (item_ids is not None or changes is not None):
            return row.public_id, _retry_chosen_in_run(tx, row, item_ids, changes, by)
        if row.state not in ENDED:
            _retry_in_run(tx, row, failed, by)
            return row.public_id, count
    retry_id, started = start_retry_run(site_id, row, by, item_ids, changes)
    if not started:
        raise ActionRefused(
            "Another run of this site is open. Retry the failed items when it has ended."
        )
    return retry_id, count


def _count_chosen(tx: Connection, row: Row, item_ids: Sequence[int]) -> int:
    """Return how many of these items have failed; raise ActionRefused if none has."""
    is_chosen = (item.c.run_id == row.id) & item.c.id.in_(item_ids) & (item.c.state == "failed")
    count = tx.execute(select(func.count()).select_from(item).where(is_chosen)).scalar_one()
    if not count:
        raise ActionRefused("These items are not failed any more. Reload the page.")
    return int(count)


def _retry_chosen_in_run(
    tx: Connection,
    row: Row,
    item_ids: Sequence[int] | None,
    changes: SettingChanges | None,
    by: str,
) -> int:
    """Queue some failed items of an open run again if the run is at their stage."""
    if item_ids is None or changes is not None:
        raise ActionRefused(
            f"Run #{row.number} keeps its models and its length. Retry with others when it has "
            "ended."
        )
    if row.desired_state == "cancel":
        raise ActionRefused(f"Run #{row.number} is being cancelled. Retry when it has ended.")
    count = requeue_failed(tx, row.id, row.current_stage, item_ids)
    if not count:
        raise ActionRefused(
            f"Run #{row.number} is at another stage. Retry all failed items now, or these when it "
            "has ended."
        )
    _set_run(tx, row)
    message = f"{pluralize(count, 'failed items')} queued again by {by}"
    RunEvent.log(tx, row.id, "retry", message, stage=row.current_stage)
    return count


def _retry_in_run(tx: Connection, row: Row, failed: dict[int, int], by: str) -> None:
    """Queue failed items of an open run again, or request a rewind while items are active."""
    if row.desired_state == "cancel":
        raise ActionRefused(
            f"Run #{row.number} is being cancelled. Retry its failed items when it has ended."
        )
    if row.rewind_to_stage is not None:  # requested before: it waits for active items
        return
    count, first = sum(failed.values()), min(failed)
    message = f"{count:,} failed {'item' if count == 1 else 'items'} queued again by {by}"
    if first >= row.current_stage:
        requeue_failed(tx, row.id, first)
        _set_run(tx, row)
    elif _has_active_items(tx, row):
        # no item may be active beyond the run's stage: the rewind waits for the item boundary
        message += ": active items are finished first"
        _set_run(tx, row, rewind_to_stage=first)
    else:
        RunEvent.log(tx, row.id, "retry", message)
        rewind(tx, row)
        Run.recheck_wait(tx, row.site_id)
        return
    Run.recheck_wait(tx, row.site_id)
    RunEvent.log(tx, row.id, "retry", message, stage=row.current_stage)


def _has_active_items(tx: Connection, row: Row) -> bool:
    query = select(func.sum(run_stage.c.active)).where(run_stage.c.run_id == row.id)
    return bool(tx.execute(query).scalar())


def _set_run(tx: Connection, row: Row, **values: int) -> None:
    tx.execute(update(run).where(run.c.id == row.id).values(version=run.c.version + 1, **values))
