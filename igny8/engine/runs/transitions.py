"""Advance a run: begin and close stages, carry out pause, cancel, rewind and block.

Each call is a transaction of its own, after the item's. Protocol: docs/engine.md#advance.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, select, update

from igny8 import clock
from igny8.engine.fault_injection import fault_point
from igny8.engine.runs import gates, run_states, stage_states
from igny8.engine.runs.end_items import count_rejected
from igny8.engine.runs.first_articles import PLAN, enrol_first_ideas
from igny8.engine.runs.rewind import return_to, rewind
from igny8.extensions import read_transaction, write_transaction
from igny8.models import OPEN, Run, RunStage
from igny8.models.run import HUMAN_WAITS, NOTHING_WANTED
from igny8.stages import LAST

run, run_stage = Run.__table__, RunStage.__table__


def advanceable_runs() -> list[int]:
    """Return the ids of open runs that may be able to advance, without locking anything."""
    is_over = (run_stage.c.queued == run_stage.c.held) & (run_stage.c.active == 0)
    is_running = run.c.state == "running"
    is_current = (run_stage.c.run_id == run.c.id) & (run_stage.c.number == run.c.current_stage)
    has_step = (
        (run.c.state == "queued")
        | (run.c.desired_state == "cancel")
        | ((run.c.desired_state == "pause") & (run.c.state != "paused"))
        | run.c.rewind_to_stage.is_not(None)
        | (run.c.block_until <= clock.now().timestamp())
        | (is_running & run.c.block_kind.is_not(None))
        | (is_running & (is_over | (run_stage.c.status == "pending")))
    )
    query = select(run.c.id).join(run_stage, is_current).where(run.c.state.in_(OPEN), has_step)
    with read_transaction() as tx:
        return list(tx.execute(query).scalars())


def advance(run_id: int) -> bool:
    """Advance a run as far as possible now; return whether anything changed.

    Once no item is active, carry out a requested cancel, rewind or pause. Otherwise start a queued
    run, close stages without queued or active items, and end the run after the last stage.
    """
    with write_transaction() as tx:
        row = Run.lock(tx, run_id)
        if row is None or row.state not in OPEN:
            return False
        stages = _fetch_stages(tx, row)
        has_active = any(s.active for s in stages)
        if has_active and (row.desired_state != "go" or row.rewind_to_stage is not None):
            return False
        rewinds = row.rewind_to_stage is not None and row.desired_state != "cancel"
        if rewinds:
            rewind(tx, row)
            row = Run.get(tx, run_id)
            stages = _fetch_stages(tx, row)
        changed = _step(tx, row, stages, has_active) or rewinds
    if changed:
        fault_point("advanced")
    return changed


def _fetch_stages(tx: Connection, row: Row) -> Sequence[Row]:
    query = select(run_stage).where(run_stage.c.run_id == row.id).order_by(run_stage.c.number)
    return tx.execute(query).all()


def _step(tx: Connection, row: Row, stages: Sequence[Row], has_active: bool) -> bool:
    is_working = row.state in ("queued", "running")
    if row.desired_state == "cancel":
        return run_states.cancel(tx, row)
    if row.desired_state == "pause":
        return is_working and run_states.pause(tx, row)
    if row.block_kind is not None:
        changed = run_states.block_or_unblock(tx, row, has_active)
        if not changed or row.block_kind not in HUMAN_WAITS:
            return changed
        row, stages, is_working = Run.get(tx, row.id), _fetch_stages(tx, row), True
    return is_working and _advance_stages(tx, row, stages)


def _advance_stages(tx: Connection, row: Row, stages: Sequence[Row]) -> bool:
    """Close every stage without queued or active items, from the current one on."""
    if not any(s.input for s in stages):
        message = "Nothing was waiting, so there was nothing to do"
        return run_states.finish(tx, row, "nothing_to_do", message)
    if row.state == "queued":
        now = clock.now()
        run_states.set_run(tx, row, state="running", started_at=now, active_since=now)
    before = row.current_stage
    is_new = stages[before - 1].status == "pending"
    number, stages = _close_stages(tx, row, stages)
    if number > LAST and stages[gates.WRITE - 1].queued:
        return _return_to_writing(tx, row)
    if number == before:
        return _wait_for_people(tx, row, stages[number - 1]) or is_new or row.state == "queued"
    _set_current_stage(tx, row, min(number, LAST))
    if number > LAST:
        return _complete(tx, row, stages)
    _wait_for_people(tx, row, stages[number - 1])
    return True


def _close_stages(tx: Connection, row: Row, stages: Sequence[Row]) -> tuple[int, Sequence[Row]]:
    """Close finished stages and begin the next; return the current stage and all stages.

    The current stage is LAST + 1 when all stages are finished.
    """
    number = row.current_stage
    if stages[number - 1].status == "pending":
        stages = _begin(tx, row, stages, number)
    elif stages[number - 1].held:
        gates.hold(tx, row, number)
        stages = _fetch_stages(tx, row)
    while number <= LAST and gates.is_over(tx, row, stages, number):
        stage_states.end(tx, row, stages[number - 1])
        number += 1
        if number == PLAN and enrol_first_ideas(tx, row, list(stages)):
            stages = _fetch_stages(tx, row)
        if number <= LAST:
            stages = _begin(tx, row, stages, number)
    return number, stages


def _begin(tx: Connection, row: Row, stages: Sequence[Row], number: int) -> Sequence[Row]:
    """Begin a stage and hold the items that wait for people; return the updated stages."""
    stage_states.begin(tx, row, stages[number - 1])
    gates.hold(tx, row, number)
    return _fetch_stages(tx, row)


def _return_to_writing(tx: Connection, row: Row) -> bool:
    """Return to the writing stage once only articles held back for reviews are left."""
    _set_current_stage(tx, row, LAST)
    row = Run.get(tx, row.id)
    return_to(tx, row, gates.WRITE, "the other articles")
    gates.hold(tx, row, gates.WRITE)
    row = Run.get(tx, row.id)
    _wait_for_people(tx, row, _fetch_stages(tx, row)[gates.WRITE - 1])
    return True


def _wait_for_people(tx: Connection, row: Row, stage: Row) -> bool:
    """Make a run wait if its stage has only held items left; return whether it does."""
    return bool(stage.held == stage.queued > 0 == stage.active) and gates.wait(
        tx, row, stage.number
    )


def _complete(tx: Connection, row: Row, stages: Sequence[Row]) -> bool:
    failed = sum(s.failed for s in stages)
    rejected = count_rejected(tx, row.id)
    if rejected and not failed and not any(s.done for s in stages[max(rejected) - 1 :]):
        run_states.set_run(tx, row, status_reason=NOTHING_WANTED)
        message = f"Run #{row.number} ended: nothing was wanted"
        return run_states.finish(tx, row, "completed", message)
    state = "completed_with_errors" if failed else "completed"
    message = f"Run #{row.number} completed" + (f" · {failed:,} failed" if failed else "")
    return run_states.finish(tx, row, state, message)


def _set_current_stage(tx: Connection, row: Row, number: int) -> None:
    """Change the current stage by compare-and-set, and complete the initial counts."""
    query = select(run_stage.c.number, run_stage.c.input).where(run_stage.c.run_id == row.id)
    inputs: dict[int, int] = dict(tx.execute(query).all())
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
