"""How far the one computation before the items of a stage is: the bar moves with it."""

from dataclasses import replace

from sqlalchemy import bindparam, select, update

from igny8 import clock
from igny8.engine.db_retry import retry_on_disconnect
from igny8.engine.work.settle import RUN, STAGE_ROWS, update_progress
from igny8.extensions import write_transaction
from igny8.forecast import advance_bar, time_left
from igny8.models import RunItem, RunStage
from igny8.stages import get_stage
from igny8.stages.base import Batch
from igny8.stages.learned_rates import run_rates

item, run_stage = RunItem.__table__, RunStage.__table__
MIN_STEP, MIN_INTERVAL_S = (
    0.01,
    0.5,
)  # the least share and the least seconds between two lines in the database
IS_MINE = (
    select(item.c.id).where(item.c.token == bindparam("by"), item.c.state == "active").limit(1)
)
MOVE = (
    update(run_stage)
    .where(run_stage.c.run_id == bindparam("of_run"), run_stage.c.number == bindparam("at"))
    .values(planning_progress=bindparam("ahead"), filled=run_stage.c.filled + bindparam("more"))
)


class StageProgressReporter:
    """Takes the share of a batch's computation that is done, and lets the bar move by it."""

    def __init__(self, batch: Batch):
        self._batch, self._most = batch, get_stage(batch.stage).PLANNING_SHARE
        self._told, self._at = 0.0, clock.monotonic()

    def __call__(self, share: float) -> None:
        """Note that this share, 0 … 1, is done; what is too little or too soon is left to the next call."""
        now = clock.monotonic()
        is_worth_it = share - self._told >= MIN_STEP and now - self._at >= MIN_INTERVAL_S
        if is_worth_it or (share >= 1.0 > self._told):
            self._told, self._at = share, now
            retry_on_disconnect(lambda: _write(self._batch, self._most * min(1.0, share)))


def _write(batch: Batch, ahead: float) -> None:
    """Count `ahead` of the work of every unfinished item of the stage as done, if it was less until now."""
    with write_transaction() as tx:
        row = tx.execute(RUN, {"of_run": batch.run_id}).first()
        if row is None or tx.execute(IS_MINE, {"by": batch.token}).first() is None:
            return
        stages = tx.execute(STAGE_ROWS, {"of_run": batch.run_id}).all()
        ours = stages[batch.stage - 1]
        if ahead <= ours.planning_progress:
            return
        known = run_rates(batch.settings, row.history, stages)
        remaining = [s.queued + s.active for s in stages]
        processed = [s.done + s.failed + s.skipped for s in stages]
        done = (
            remaining[batch.stage - 1]
            * (ahead - ours.planning_progress)
            / (1.0 - ours.planning_progress)
        )
        q = advance_bar(row.bar_remaining, batch.stage - 1, done, known, processed, remaining)
        tx.execute(
            MOVE,
            {
                "of_run": batch.run_id,
                "at": batch.stage,
                "ahead": ahead,
                "more": row.bar_remaining - q,
            },
        )
        work = done * known[batch.stage - 1].seconds_left  # by one worker alone
        known[batch.stage - 1] = replace(known[batch.stage - 1], precomputed_share=ahead)
        update_progress(
            tx,
            row,
            q,
            work,
            time_left(known, remaining, batch.settings.parallelism),
            0,
            bool(row.history),
        )
