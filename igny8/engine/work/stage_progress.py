"""Report the progress of the single computation that a stage makes before its first item."""

from dataclasses import replace

from sqlalchemy import bindparam, select, update

from igny8 import clock
from igny8.engine.db_retry import retry_on_disconnect
from igny8.engine.work.run_progress import LOCK_RUN, SELECT_STAGES, update_progress
from igny8.extensions import write_transaction
from igny8.forecast import advance_bar, time_left
from igny8.models import RunItem, RunStage
from igny8.stages import get_stage
from igny8.stages.base import Batch
from igny8.stages.learned_rates import run_rates

item, run_stage = RunItem.__table__, RunStage.__table__
MIN_STEP = 0.01  # smallest change of the share that is written
MIN_INTERVAL_S = 0.5  # shortest time between two writes
SELECT_CLAIMED = (
    select(item.c.id).where(item.c.token == bindparam("by"), item.c.state == "active").limit(1)
)
UPDATE_STAGE = (
    update(run_stage)
    .where(run_stage.c.run_id == bindparam("of_run"), run_stage.c.number == bindparam("at"))
    .values(
        planning_progress=bindparam("share"), filled=run_stage.c.filled + bindparam("more_filled")
    )
)


class StageProgressReporter:
    """Callable that takes the completed share of the computation and moves the bar."""

    def __init__(self, batch: Batch) -> None:
        self._batch, self._planning_share = batch, get_stage(batch.stage).PLANNING_SHARE
        self._reported, self._reported_at = 0.0, clock.monotonic()

    def __call__(self, share: float) -> None:
        """Write a completed share, 0 … 1; small or frequent changes are skipped."""
        now = clock.monotonic()
        is_due = share - self._reported >= MIN_STEP and now - self._reported_at >= MIN_INTERVAL_S
        if is_due or (share >= 1.0 > self._reported):
            self._reported, self._reported_at = share, now
            completed = self._planning_share * min(1.0, share)
            retry_on_disconnect(lambda: _write(self._batch, completed))


def _write(batch: Batch, share: float) -> None:
    """Count this share of the work of every unfinished item of the stage as done.

    Does nothing if the claim was lost or a larger share was written before.
    """
    index, place = batch.stage - 1, {"of_run": batch.run_id, "at": batch.stage}
    with write_transaction() as tx:
        row = tx.execute(LOCK_RUN, {"of_run": batch.run_id}).first()
        if row is None or tx.execute(SELECT_CLAIMED, {"by": batch.token}).first() is None:
            return
        stages = tx.execute(SELECT_STAGES, {"of_run": batch.run_id}).all()
        before = stages[index].planning_progress
        if share <= before:
            return
        known = run_rates(batch.settings, row.history, stages)
        remaining = [s.queued + s.active for s in stages]
        processed = [s.done + s.failed + s.skipped for s in stages]
        done = remaining[index] * (share - before) / (1.0 - before)
        bar = advance_bar(row.bar_remaining, index, done, known, processed, remaining)
        filled = {"share": share, "more_filled": row.bar_remaining - bar}
        tx.execute(UPDATE_STAGE, place | filled)
        work_s = done * known[index].seconds_left  # the computation uses one worker only
        known[index] = replace(known[index], precomputed_share=share)
        left = time_left(known, remaining, batch.settings.parallelism) if row.history else None
        update_progress(tx, row, bar, work_s, left)
