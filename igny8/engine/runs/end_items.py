"""End queued items of a run that people rejected or postponed."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, func, select, update

from igny8 import clock
from igny8.forecast import advance_bar
from igny8.models import Run, RunItem, RunSettings, RunStage
from igny8.models.base import insert_if_absent
from igny8.stages import next_stage
from igny8.stages.base import Output
from igny8.stages.learned_rates import run_rates

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__
REJECTED_KIND, LATER_KIND = "rejected", "later"  # error_kind of the skipped items


def skip_items(
    tx: Connection, row: Row, number: int, ids: Sequence[int], kind: str, reason: str
) -> int:
    """Skip the queued items about these subjects in a stage of a locked run; return how many.

    They count as processed, in the counters and in the progress bar.
    """
    skipped = tx.execute(
        update(item)
        .where(
            item.c.run_id == row.id,
            item.c.stage == number,
            item.c.state == "queued",
            item.c.subject_id.in_(ids),
        )
        .values(
            state="skipped",
            held=0,
            error=reason,
            error_kind=kind,
            finished_at=clock.now().timestamp(),
        )
        .returning(item.c.id)
    )
    count = len(skipped.scalars().all())
    if count:
        _count_skipped(tx, row, number, count)
    return count


def count_rejected(tx: Connection, run_id: int) -> dict[int, int]:
    """Return the number of items that people rejected in a run, by stage, without zeros."""
    query = select(item.c.stage, func.count()).where(
        item.c.run_id == run_id, item.c.state == "skipped", item.c.error_kind == REJECTED_KIND
    )
    return dict(tx.execute(query.group_by(item.c.stage)).all())


def enrol_followers(tx: Connection, row: Row, number: int, outputs: Sequence[Output]) -> None:
    """Enrol the items that skipped ones lead to, such as articles without images left."""
    following = next_stage(number, RunSettings.from_json(row.settings))
    if not outputs or following is None:
        return
    rows = [
        {
            "run_id": row.id,
            "stage": following,
            "subject_id": output.subject_id,
            "title": output.title,
            "rank": output.rank,
        }
        for output in outputs
    ]
    count = tx.execute(insert_if_absent(tx, item), rows).rowcount
    counters: list[tuple[int, dict]] = [
        (number, {"forwarded": run_stage.c.forwarded + count}),
        (
            following,
            {"input": run_stage.c.input + count, "queued": run_stage.c.queued + count},
        ),
    ]
    for stage, values in counters:
        of_stage = (run_stage.c.run_id == row.id) & (run_stage.c.number == stage)
        tx.execute(update(run_stage).where(of_stage).values(values))


def _count_skipped(tx: Connection, row: Row, number: int, count: int) -> None:
    query = select(run_stage).where(run_stage.c.run_id == row.id).order_by(run_stage.c.number)
    stages = tx.execute(query).all()
    rates = run_rates(RunSettings.from_json(row.settings), row.history, stages)
    remaining = [s.queued + s.active for s in stages]
    processed = [s.done + s.failed + s.skipped for s in stages]
    rest = Run.get(tx, row.id).bar_remaining
    bar = advance_bar(rest, number - 1, count, rates, processed, remaining)
    held = select(func.count()).where(
        item.c.run_id == row.id,
        item.c.stage == number,
        item.c.state == "queued",
        item.c.held != 0,
    )
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == number)
        .values(
            queued=run_stage.c.queued - count,
            skipped=run_stage.c.skipped + count,
            held=held.scalar_subquery(),
            filled=run_stage.c.filled + rest - bar,
        )
    )
    values = {"bar_remaining": bar, "version": run.c.version + 1}
    tx.execute(update(run).where(run.c.id == row.id).values(values))
