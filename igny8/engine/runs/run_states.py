"""Finish, cancel, pause, block and unblock a locked run without active items."""

from sqlalchemy import Connection, Row, case, func, select, update

from igny8 import clock
from igny8.engine.billing import credits
from igny8.engine.notifications import events
from igny8.engine.runs.active_time import start_clocks, stop_clocks
from igny8.models import Run, RunEvent, RunItem, RunStage
from igny8.models.run import BLOCK_CLEARED, HUMAN_WAITS
from igny8.stages import LAST

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__
event = RunEvent.__table__


def set_run(tx: Connection, row: Row, **values: object) -> None:
    """Change columns of a run and increment its version."""
    tx.execute(update(run).where(run.c.id == row.id).values(version=run.c.version + 1, **values))


def finish(tx: Connection, row: Row, state: str, message: str) -> bool:
    """End a run successfully: release its reservations and complete the progress bar."""
    credits.release_all_of_run(tx, row.id)
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == LAST)
        .values(filled=run_stage.c.filled + row.bar_remaining)
    )
    now = clock.now()
    set_run(
        tx,
        row,
        state=state,
        bar_remaining=0.0,
        dismissed=state == "nothing_to_do",
        finished_at=now,
        **stop_clocks(tx, row, now),
    )
    RunEvent.log(tx, row.id, state, message)
    if state != "nothing_to_do":
        events.run_finished(tx, row)
    return True


def cancel(tx: Connection, row: Row) -> bool:
    """Cancel a run: its queued items are cancelled, done ones stay."""
    now = clock.now()
    credits.release_all_of_run(tx, row.id)
    cancelled = tx.execute(
        update(item)
        .where(item.c.run_id == row.id, item.c.state == "queued")
        .values(state="cancelled", finished_at=now.timestamp())
    ).rowcount
    is_open = run_stage.c.status.in_(("pending", "active"))
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id)
        .values(
            cancelled=run_stage.c.cancelled + run_stage.c.queued,
            queued=0,
            held=0,
            finished_at=func.coalesce(run_stage.c.finished_at, now),
            status=case((is_open, "cancelled"), else_=run_stage.c.status),
        )
    )
    ended = {"state": "cancelled", "finished_at": now, "rewind_to_stage": None}
    set_run(tx, row, **ended, **BLOCK_CLEARED, **stop_clocks(tx, row, now))
    message = f"Run #{row.number} cancelled · {cancelled:,} items not processed"
    RunEvent.log(tx, row.id, "cancelled", message, level="warning")
    return True


def pause(tx: Connection, row: Row) -> bool:
    """Pause a run."""
    set_run(tx, row, state="paused", **BLOCK_CLEARED, **stop_clocks(tx, row, clock.now()))
    RunEvent.log(tx, row.id, "paused", f"Run #{row.number} paused: no item is active")
    return True


def block_or_unblock(tx: Connection, row: Row, has_active: bool) -> bool:
    """Block a run without active items, or resume it after its block; return if changed."""
    now = clock.now()
    is_human = row.block_kind in HUMAN_WAITS
    if row.block_until is not None and row.block_until <= now.timestamp():
        set_run(tx, row, state="running", **BLOCK_CLEARED)
        start_clocks(tx, row)
        is_silent = row.block_kind == "disk" or is_human  # a full disk is only probed
        if row.state == "blocked" and not is_silent:
            RunEvent.log(tx, row.id, "unblocked", f"Run #{row.number} continues by itself")
        return True
    if has_active or row.state == "blocked":
        return False
    set_run(tx, row, state="blocked", blocked_at=now, **stop_clocks(tx, row, now))
    is_word = "waits for you" if is_human else "is blocked"
    message = f"Run #{row.number} {is_word}: {row.status_reason}"
    if message != _last_block_message(tx, row):
        RunEvent.log(tx, row.id, "blocked", message, level="info" if is_human else "error")
        events.run_blocked(tx, row, message, is_human)
    return True


def _last_block_message(tx: Connection, row: Row) -> str | None:
    """Return the message of the run's last block, unless it has continued since."""
    query = select(event.c.kind, event.c.message).where(
        event.c.run_id == row.id, event.c.kind.in_(("blocked", "unblocked", "resume"))
    )
    last = tx.execute(query.order_by(event.c.id.desc()).limit(1)).first()
    return last.message if last is not None and last.kind == "blocked" else None
