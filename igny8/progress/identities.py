"""Check that the numbers of a run agree with its ledger (docs/progress.md#identities)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case, func, select

from igny8.extensions import read_transaction
from igny8.models import ENDED_WELL, Run, RunItem
from igny8.models.queries import runs
from igny8.models.run_item import STATES

item = RunItem.__table__
TOLERANCE = 1e-6  # of sums of floats


@dataclass(frozen=True)
class Identity:
    """One equation between figures of a run: `left` and `right` must be equal."""

    name: str
    left: str
    right: str
    holds: bool


def check_identities(run_id: int) -> list[Identity]:
    """Return the identities of a run (by database id), from one consistent read.

    Identities that need the items are omitted if these were deleted to save space.
    """
    with read_transaction() as tx:
        run = tx.execute(select(Run.__table__).where(Run.id == run_id)).one()
        stages = runs.stages_of(tx, run_id)
        ledger = None if run.pruned_at else tx.execute(_ledger(run_id)).all()
    found = [*_stage_sums(stages), _inputs(run, stages), *_bar(run, stages)]
    found.append(
        _equal("Credits of the run = sum of its stages", run.credits_used, _sum(stages, "credits"))
    )
    return found if ledger is None else found + _against_ledger(run, stages, ledger)


def _ledger(run_id: int) -> Any:
    """Return the query of the items of a run: counts by state and credits per stage."""
    counts = [func.sum(case((item.c.state == state, 1), else_=0)).label(state) for state in STATES]
    return (
        select(
            item.c.stage,
            func.count().label("input"),
            func.count(item.c.subject_id.distinct()).label("subjects"),
            func.sum(item.c.credits).label("credits"),
            *counts,
        )
        .where(item.c.run_id == run_id)
        .group_by(item.c.stage)
    )


def _stage_sums(stages: Any) -> list[Identity]:
    name = "Stage {}: total = queued + in progress + done + failed + skipped + cancelled"
    return [
        _equal(name.format(row.number), row.input, sum(getattr(row, state) for state in STATES))
        for row in stages
    ]


def _inputs(run: Row[Any], stages: Any) -> Identity:
    begun = run.initial_snapshot.get("total_initial_items", 0)
    name = "Totals of all stages = items at the start + items that a stage passed on"
    return _equal(name, _sum(stages, "input"), begun + _sum(stages, "forwarded"))


def _bar(run: Row[Any], stages: Any) -> list[Identity]:
    filled, gone = _sum(stages, "filled"), 1 - run.bar_remaining
    is_whole, ended_well = run.bar_remaining == 0, run.state in ENDED_WELL
    return [
        Identity(
            "Filled parts of the bar = 1 − rest",
            f"{filled:.6f}",
            f"{gone:.6f}",
            abs(filled - gone) <= TOLERANCE,
        ),
        Identity(
            "The bar is full exactly when the run has ended well",
            "full" if is_whole else "not full",
            "ended well" if ended_well else "not ended well",
            is_whole == ended_well,
        ),
    ]


def _against_ledger(run: Row[Any], stages: Any, ledger: Any) -> list[Identity]:
    """Return the identities between the counters of the stages and the items themselves."""
    by_stage = {row.stage: row for row in ledger}
    found = []
    for stage in stages:
        row = by_stage.get(stage.number)
        counted = [int(getattr(row, name)) if row else 0 for name in ("input", *STATES)]
        kept = [stage.input, *(getattr(stage, state) for state in STATES)]
        name = f"Stage {stage.number}: counters = items, state by state"
        found.append(_equal(name, " ".join(map(str, kept)), " ".join(map(str, counted))))
    items, subjects = (sum(getattr(row, n) for row in ledger) for n in ("input", "subjects"))
    spent = int(sum(row.credits for row in ledger))
    return [
        *found,
        _equal("Credits of the run = sum of its items", run.credits_used, spent),
        _equal("No item is there twice", items, subjects),
    ]


def _sum(rows: Any, name: str) -> Any:
    return sum(getattr(row, name) for row in rows)


def _equal(name: str, left: Any, right: Any) -> Identity:
    first, second = (f"{v:,}" if isinstance(v, int) else str(v) for v in (left, right))
    return Identity(name, first, second, left == right)
