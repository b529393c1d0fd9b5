"""Update the counters of a run's stages after a claim was settled."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, bindparam, update

from igny8.engine.work.hand_over import HandOverCounts
from igny8.engine.work.outcomes import Outcomes
from igny8.engine.work.run_progress import update_progress
from igny8.forecast import MIN_ITEMS_FOR_ETA, advance_bar, time_left
from igny8.models import RunStage
from igny8.stages import next_stage
from igny8.stages.base import Batch, PersistResult
from igny8.stages.learned_rates import run_rates

run_stage = RunStage.__table__
COUNTERS = (
    "input",
    "active",
    "queued",
    "done",
    "failed",
    "skipped",
    "made",
    "forwarded",
    "credits",
    "filled",
    "work_seconds",
)
ZERO_COUNTS = {f"more_{name}": 0 for name in COUNTERS}
ADD_TO_COUNTERS = (
    update(run_stage)
    .where(run_stage.c.run_id == bindparam("of_run"), run_stage.c.number == bindparam("at"))
    .values({run_stage.c[name]: run_stage.c[name] + bindparam(f"more_{name}") for name in COUNTERS})
)


def write_counters(
    tx: Connection,
    batch: Batch,
    row: Row,
    stages: Sequence[Row],
    outcomes: Outcomes,
    result: PersistResult,
    forwarded: int,
    handed: HandOverCounts,
    seconds: float,
) -> None:
    """Add the outcomes of a claim to the counters; update the progress bar and the time left.

    `row` is the locked run, `stages` are its stages before this claim, `forwarded` is the number of
    items that were new in the next stage, `handed` tells which of them ended there at once,
    `seconds` is the working time of the whole claim.
    """
    index, settings = batch.stage - 1, batch.settings
    known = run_rates(settings, row.history, stages)
    remaining = [s.queued + s.active for s in stages]
    processed = [s.done + s.failed + s.skipped for s in stages]
    bar = advance_bar(
        row.bar_remaining, index, outcomes.finished_count, known, processed, remaining
    )
    finished = sum(processed) + outcomes.finished_count
    more_credits = sum(result.credits.values())
    filled = row.bar_remaining - bar
    counts = [_claim_counts(batch, outcomes, result, forwarded, more_credits, filled, seconds)]
    remaining[index] -= outcomes.finished_count
    following = next_stage(batch.stage, settings)
    if forwarded and following is not None:
        remaining[following - 1] += forwarded
        processed[index] += outcomes.finished_count
        ended, before = handed.done + handed.skipped, bar
        bar = advance_bar(bar, following - 1, ended, known, processed, remaining)
        remaining[following - 1] -= ended
        counts.append(_forwarded_counts(batch, following, forwarded, handed, before - bar))
    tx.execute(ADD_TO_COUNTERS, counts)
    work_s = outcomes.finished_count * known[index].seconds_left / settings.parallelism
    is_sure = bool(row.history) or finished >= MIN_ITEMS_FOR_ETA
    left = time_left(known, remaining, settings.parallelism) if is_sure else None
    update_progress(tx, row, bar, work_s, left, more_credits)


def _claim_counts(
    batch: Batch,
    outcomes: Outcomes,
    result: PersistResult,
    forwarded: int,
    more_credits: int,
    filled: float,
    seconds: float,
) -> dict:
    return {
        "of_run": batch.run_id,
        "at": batch.stage,
        "more_input": 0,
        "more_active": -len(batch.items),
        "more_queued": outcomes.queued,
        "more_done": len(outcomes.done),
        "more_failed": len(outcomes.failed),
        "more_skipped": len(outcomes.skipped),
        "more_made": result.made,
        "more_forwarded": forwarded,
        "more_credits": more_credits,
        "more_filled": filled,
        "more_work_seconds": seconds,
    }


def _forwarded_counts(
    batch: Batch, stage: int, forwarded: int, handed: HandOverCounts, filled: float
) -> dict:
    facts = {"of_run": batch.run_id, "at": stage, "more_input": forwarded}
    ended = {
        "more_done": handed.done,
        "more_skipped": handed.skipped,
        "more_made": handed.made,
        "more_filled": filled,
        "more_queued": forwarded - handed.done - handed.skipped,
    }
    return ZERO_COUNTS | facts | ended
