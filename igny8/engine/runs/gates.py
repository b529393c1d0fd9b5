"""Gates: hold the items of a stage that wait for people, and make the run wait for them.

Protocol: docs/engine.md#gates.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from igny8.engine.runs import run_states
from igny8.forecast import forecast_run
from igny8.formatting import pluralize
from igny8.models import Content, GateDecision, Gates, Run, RunItem, RunSettings, RunStage
from igny8.models.gate import ABOVE, AFTER_FIRST, EVERY, FIRST, FOR_APPROVAL, FOR_READING, WAITS
from igny8.stages import get_stage, skipped_stages
from igny8.stages.base import input_unit
from igny8.stages.learned_rates import run_rates

run, item, run_stage, content = (t.__table__ for t in (Run, RunItem, RunStage, Content))
WRITE, DRAW = 4, 6


def previous_stage(number: int, settings: RunSettings) -> int | None:
    """Return the stage whose output a stage takes with these settings; None for the first."""
    skipped = skipped_stages(settings)
    return next((n for n in range(number - 1, 0, -1) if n not in skipped), None)


def needs_approval(tx: Connection, site_id: int, number: int, settings: RunSettings) -> bool:
    """Return whether a gate before a stage can hold its items, regardless of their cost."""
    mode = Gates.load(tx, site_id).mode(previous_stage(number, settings))
    return mode in (EVERY, ABOVE)


def hold(tx: Connection, row: Row, number: int) -> None:
    """Hold the queued items of a stage of a locked run that have to wait; release the others.

    Items wait for an approval, or until people have seen the first ones, or until fewer articles
    wait for review.
    """
    gates = Gates.load(tx, row.site_id)
    stages = _fetch_stages(tx, row.id)
    stage = stages[number - 1]
    is_gated = bool(gates.after) or gates.reading_limit is not None
    if not stage.queued or not (is_gated or stage.held):
        return
    settings = RunSettings.from_json(row.settings)
    queued = (item.c.run_id == row.id) & (item.c.stage == number) & (item.c.state == "queued")
    tx.execute(update(item).where(queued, item.c.held != 0).values(held=0))
    if _holds_unapproved(gates, row, stages, number, settings):
        is_approved = GateDecision.approval_condition(number, item.c.subject_id)
        tx.execute(update(item).where(queued, ~is_approved).values(held=FOR_APPROVAL))
    gate = gates.after.get(number)
    if gate is not None and gate.mode == FIRST and number not in row.gates_passed:
        room = gate.amount - stage.done - stage.active
        _hold_beyond(tx, queued, room, AFTER_FIRST)
    if number == WRITE and gates.reading_limit is not None:
        coming = sum(s.queued for s in stages[WRITE:] if s.number != DRAW)
        room = gates.reading_limit - count_unread(tx, row.site_id) - coming - stage.active
        _hold_beyond(tx, queued, room, FOR_READING)
    held = select(func.count()).where(queued, item.c.held != 0).scalar_subquery()
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == number)
        .values(held=held)
    )


def wait(tx: Connection, row: Row, number: int) -> bool:
    """Make a locked run wait for people, as all items left in its stage are held; return True."""
    of_stage = (item.c.run_id == row.id) & (item.c.stage == number) & (item.c.state == "queued")
    query = select(item.c.held, func.count()).where(of_stage).group_by(item.c.held)
    counts: dict[int, int] = dict(tx.execute(query).all())
    code = min(counts)
    Run.block(tx, row.id, WAITS[code], _reason(tx, row, number, code, counts[code]))
    return run_states.block_or_unblock(tx, Run.get(tx, row.id), has_active=False)


def count_unread(tx: Connection, site_id: int) -> int:
    """Return how many articles of a site wait for review."""
    in_review = (content.c.status == "review") & content.c.handed_over.is_(True)
    query = select(func.count()).where(content.c.site_id == site_id, in_review)
    return int(tx.execute(query).scalar_one())


def is_over(tx: Connection, row: Row, stages: Sequence[Row], number: int) -> bool:
    """Return whether a locked run can leave its stage: none of its items is queued or active.

    The remaining items of the writing stage may stay behind while they wait for reviews: the
    written articles pass the later stages, then the run returns to the writing stage.
    """
    stage = stages[number - 1]
    if stage.active or not stage.queued:
        return not stage.active
    can_stay_behind = number == WRITE and stage.held == stage.queued
    if not (can_stay_behind and any(s.queued for s in stages[WRITE:])):
        return False
    return _only_waits_for_readers(tx, row, number)


def _only_waits_for_readers(tx: Connection, row: Row, number: int) -> bool:
    is_queued = (item.c.stage == number) & (item.c.state == "queued")
    others = (item.c.run_id == row.id) & is_queued & (item.c.held != FOR_READING)
    return tx.execute(select(item.c.id).where(others).limit(1)).first() is None


def _holds_unapproved(
    gates: Gates, row: Row, stages: Sequence[Row], number: int, settings: RunSettings
) -> bool:
    gate = gates.after.get(previous_stage(number, settings) or 0)
    if gate is None or gate.mode == FIRST:
        return False
    return gate.mode == EVERY or _expected_credits(row, stages, number, settings) > gate.amount


def _expected_credits(row: Row, stages: Sequence[Row], number: int, settings: RunSettings) -> float:
    """Return the expected credits of the remaining items of a run, from a stage on."""
    remaining = [s.queued + s.active if s.number >= number else 0 for s in stages]
    rates = run_rates(settings, row.history, stages)
    return float(forecast_run(rates, remaining, settings.parallelism)["credits"].mid)


def _hold_beyond(tx: Connection, queued: ColumnElement[bool], room: int, code: int) -> None:
    """Hold the queued items of a stage except the first `room` ones."""
    first = (
        select(item.c.id)
        .where(queued, item.c.held == 0)
        .order_by(item.c.retry_order, item.c.rank, item.c.id)
        .limit(max(0, room))
    )
    chosen = list(tx.execute(first).scalars())
    tx.execute(
        update(item).where(queued, item.c.held == 0, item.c.id.not_in(chosen)).values(held=code)
    )


def _reason(tx: Connection, row: Row, number: int, code: int, count: int) -> str:
    """Return what a run waits for, in one sentence."""
    settings = RunSettings.from_json(row.settings)
    stage = get_stage(number)
    waiting = pluralize(count, input_unit(stage, settings))
    if code == FOR_APPROVAL:
        return f"{waiting} wait for your approval."
    if code == AFTER_FIRST:
        return f"The first results of stage {number} are ready; {waiting} wait until you continue."
    unread = pluralize(count_unread(tx, row.site_id), "articles")
    return f"{unread} wait for review; {waiting} are written when you have read more."


def _fetch_stages(tx: Connection, run_id: int) -> Sequence[Row]:
    query = select(run_stage).where(run_stage.c.run_id == run_id).order_by(run_stage.c.number)
    return tx.execute(query).all()
