"""P7: move a run on. Its own transaction, after the item's; whoever comes second finds nothing to do."""

from sqlalchemy import case, func, select, update

from igny8 import clock
from igny8.engine.billing import credits
from igny8.engine.fault_injection import fault_point
from igny8.engine.runs.active_time import elapsed, start_clocks, stop_clocks
from igny8.engine.runs.rewind import rewind
from igny8.extensions import read_transaction, write_transaction
from igny8.formatting import pluralize
from igny8.models import OPEN, Run, RunEvent, RunItem, RunSettings, RunStage
from igny8.models.run import BLOCK_CLEARED
from igny8.stages import LAST, get_stage
from igny8.stages.base import input_unit, output_unit

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__


def advanceable_runs() -> list[int]:
    """Return the open runs that may have a step to take; a read, so that looking costs no lock."""
    drained = (run_stage.c.queued == 0) & (run_stage.c.active == 0)
    query = (
        select(run.c.id)
        .join(
            run_stage,
            (run_stage.c.run_id == run.c.id) & (run_stage.c.number == run.c.current_stage),
        )
        .where(
            run.c.state.in_(OPEN),
            (run.c.state == "queued")
            | (run.c.desired_state == "cancel")
            | ((run.c.desired_state == "pause") & (run.c.state != "paused"))
            | run.c.rewind_to_stage.is_not(None)
            | (run.c.block_until <= clock.now().timestamp())
            | ((run.c.state == "running") & run.c.block_kind.is_not(None))
            | ((run.c.state == "running") & (drained | (run_stage.c.status == "pending"))),
        )
    )
    with read_transaction() as tx:
        return list(tx.execute(query).scalars())


def advance(run_id: int) -> bool:
    """Take every step that the run can take now; return whether anything changed.

    Carries out a wish to cancel, to go back for failed items or to pause once nothing is active,
    begins a queued run, closes stages that have nothing left, and ends the run after the last one.
    """
    with write_transaction() as tx:
        row = Run.lock(tx, run_id)
        if row is None or row.state not in OPEN:
            return False
        stages = _stages(tx, row)
        at_work = any(s.active for s in stages)
        if at_work and (row.desired_state != "go" or row.rewind_to_stage is not None):
            return False
        goes_back = row.rewind_to_stage is not None and row.desired_state != "cancel"
        if goes_back:
            rewind(tx, row)
            row = Run.lock(tx, run_id)
            stages = _stages(tx, row)
        changed = _step(tx, row, stages, at_work) or goes_back
    if changed:
        fault_point("advanced")
    return changed


def _stages(tx, row) -> list:
    return tx.execute(
        select(run_stage).where(run_stage.c.run_id == row.id).order_by(run_stage.c.number)
    ).all()


def _step(tx, row, stages, at_work: bool) -> bool:
    if row.desired_state == "cancel":
        return _cancel(tx, row)
    if row.desired_state == "pause":
        return row.state in ("queued", "running") and _pause(tx, row)
    if row.block_kind is not None:
        return _block(tx, row, at_work)
    return row.state in ("queued", "running") and _move_on(tx, row, stages)


def _move_on(tx, row, stages) -> bool:
    if not any(s.input for s in stages):
        return _finish(tx, row, "nothing_to_do", "Nothing was waiting, so there was nothing to do")
    if row.state == "queued":
        _set_run(tx, row, state="running", started_at=clock.now(), active_since=clock.now())
    number = row.current_stage
    begun = stages[number - 1].status == "pending"
    if begun:
        _begin_stage(tx, row, stages[number - 1])
    while number <= LAST and not (stages[number - 1].queued or stages[number - 1].active):
        _end_stage(tx, row, stages[number - 1])
        number += 1
        if number <= LAST:
            _begin_stage(tx, row, stages[number - 1])
    if number == row.current_stage:
        return begun or row.state == "queued"
    if number > LAST:
        failed = sum(s.failed for s in stages)
        _set_stage_number(tx, row, LAST)
        return _finish(
            tx,
            row,
            "completed_with_errors" if failed else "completed",
            f"Run #{row.number} completed" + (f" · {failed:,} failed" if failed else ""),
        )
    _set_stage_number(tx, row, number)
    return True


def _set_stage_number(tx, row, number: int) -> None:
    """Move to the stage by compare-and-set, and bring its initial count up to date."""
    inputs = dict(
        tx.execute(
            select(run_stage.c.number, run_stage.c.input).where(run_stage.c.run_id == row.id)
        ).all()
    )
    begun = {f"stage_{n}_initial": inputs[n] for n in range(row.current_stage + 1, number + 1)}
    tx.execute(
        update(run)
        .where(run.c.id == row.id, run.c.current_stage == row.current_stage)
        .values(
            current_stage=number,
            version=run.c.version + 1,
            initial_snapshot=row.initial_snapshot | begun,
        )
    )


def _begin_stage(tx, row, stage_row) -> None:
    now = clock.now()
    tx.execute(
        update(run_stage)
        .where(
            run_stage.c.run_id == row.id,
            run_stage.c.number == stage_row.number,
            run_stage.c.status == "pending",
        )
        .values(
            status="active", started_at=func.coalesce(run_stage.c.started_at, now), active_since=now
        )
    )


def _end_stage(tx, row, s) -> None:
    if s.status == "skipped":
        return
    stage_module, now, settings = (
        get_stage(s.number),
        clock.now(),
        RunSettings.from_json(row.settings),
    )
    if s.input == 0:
        values = {
            "status": "skipped",
            "status_reason": f"no {input_unit(stage_module, settings)} arrived",
            "finished_at": now,
            "started_at": None,
        }
    else:
        values = {"status": "completed", "finished_at": now, "active_seconds": elapsed(s, now)}
        made = f"{pluralize(s.made, output_unit(stage_module, settings))} from {pluralize(s.input, input_unit(stage_module, settings))}"
        RunEvent.log(
            tx,
            row.id,
            "stage_done",
            f"Stage {s.number} done · {made}"
            + "".join(
                f" · {count:,} {word}"
                for count, word in ((s.failed, "failed"), (s.skipped, "skipped"))
                if count
            ),
            stage=s.number,
            credits=s.credits,
        )
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == s.number)
        .values(active_since=None, **values)
    )


def _finish(tx, row, state: str, message: str) -> bool:
    """End the run well: the closing unit of the bar is consumed."""
    credits.release_all_of_run(tx, row.id)
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == LAST)
        .values(filled=run_stage.c.filled + row.bar_remaining)
    )
    _set_run(
        tx,
        row,
        state=state,
        bar_remaining=0.0,
        dismissed=state == "nothing_to_do",
        finished_at=clock.now(),
        **stop_clocks(tx, row, clock.now()),
    )
    RunEvent.log(tx, row.id, state, message)
    return True


def _cancel(tx, row) -> bool:
    now = clock.now()
    credits.release_all_of_run(tx, row.id)
    left = tx.execute(
        update(item)
        .where(item.c.run_id == row.id, item.c.state == "queued")
        .values(state="cancelled", finished_at=now.timestamp())
    ).rowcount
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id)
        .values(
            cancelled=run_stage.c.cancelled + run_stage.c.queued,
            queued=0,
            finished_at=func.coalesce(run_stage.c.finished_at, now),
            status=case(
                (run_stage.c.status.in_(("pending", "active")), "cancelled"),
                else_=run_stage.c.status,
            ),
        )
    )
    _set_run(
        tx,
        row,
        state="cancelled",
        finished_at=now,
        rewind_to_stage=None,
        **BLOCK_CLEARED,
        **stop_clocks(tx, row, clock.now()),
    )
    RunEvent.log(
        tx,
        row.id,
        "cancelled",
        f"Run #{row.number} cancelled · {left:,} items left undone",
        level="warning",
    )
    return True


def _pause(tx, row) -> bool:
    _set_run(tx, row, state="paused", **BLOCK_CLEARED, **stop_clocks(tx, row, clock.now()))
    RunEvent.log(tx, row.id, "paused", f"Run #{row.number} paused: nothing is in work")
    return True


def _block(tx, row, is_at_work: bool) -> bool:
    """Block a run that is to block once nothing is in work, and let it go on when its time has come."""
    now = clock.now()
    if row.block_until is not None and row.block_until <= now.timestamp():
        _set_run(tx, row, state="running", **BLOCK_CLEARED)
        start_clocks(tx, row)
        if row.state == "blocked":
            RunEvent.log(tx, row.id, "unblocked", f"Run #{row.number} goes on by itself")
        return True
    if is_at_work or row.state == "blocked":
        return False
    _set_run(tx, row, state="blocked", blocked_at=now, **stop_clocks(tx, row, now))
    RunEvent.log(
        tx, row.id, "blocked", f"Run #{row.number} is blocked: {row.status_reason}", level="error"
    )
    return True


def _set_run(tx, row, **values) -> None:
    tx.execute(update(run).where(run.c.id == row.id).values(version=run.c.version + 1, **values))
