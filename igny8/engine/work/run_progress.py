"""Update the progress bar, the measured speed and the displayed time left of a run."""

from sqlalchemy import Connection, Row, bindparam, select, update

from igny8 import clock
from igny8.engine.runs.active_time import elapsed
from igny8.forecast import (
    EstimateRange,
    SpeedFactor,
    apply_speed_factor,
    is_still_accurate,
)
from igny8.formatting import format_duration_range
from igny8.models import Run, RunEvent, RunStage

run, run_stage = Run.__table__, RunStage.__table__
ETA_VALID_S = 30.0  # a shown time left counts down for this long before it is computed again
PACE_COLUMNS = ("pace", "pace_since", "pace_work", "pace_claims")
ETA_COLUMNS = ("eta_low", "eta_mid", "eta_high", "eta_at", "eta_logged")

# Built once at import: building a statement costs more than executing it.
LOCK_RUN = (
    select(
        *[
            run.c[name]
            for name in (
                "id",
                "desired_state",
                "bar_remaining",
                "history",
                "active_seconds",
                "active_since",
                *ETA_COLUMNS,
                *PACE_COLUMNS,
                "block_kind",
                "rewind_to_stage",
            )
        ]
    )
    .where(run.c.id == bindparam("of_run"))
    .with_for_update()
)
SELECT_STAGES = (
    select(
        *[
            run_stage.c[name]
            for name in (
                "input",
                "queued",
                "held",
                "active",
                "done",
                "failed",
                "skipped",
                "forwarded",
                "made",
                "credits",
                "work_seconds",
                "planning_progress",
            )
        ]
    )
    .where(run_stage.c.run_id == bindparam("of_run"))
    .order_by(run_stage.c.number)
)
UPDATE_PROGRESS = (
    update(run)
    .where(run.c.id == bindparam("of_run"))
    .values(
        bar_remaining=bindparam("new_bar_remaining"),
        credits_used=run.c.credits_used + bindparam("more_credits"),
        version=run.c.version + 1,
        **{name: bindparam(f"new_{name}") for name in PACE_COLUMNS},
    )
)
UPDATE_PROGRESS_AND_ETA = UPDATE_PROGRESS.values(
    {run.c[name]: bindparam(f"new_{name}") for name in ETA_COLUMNS}
)


def update_progress(
    tx: Connection,
    row: Row,
    bar_remaining: float,
    work_s: float,
    left: EstimateRange | None,
    more_credits: int = 0,
) -> None:
    """Write the remaining bar, the speed after `work_s` seconds of work, and the time left.

    `row` is the locked run (LOCK_RUN); `left` is None while too little is known for an estimate.
    """
    active_s = elapsed(row, clock.now())
    pace = SpeedFactor(row.pace, row.pace_since, row.pace_work, row.pace_claims)
    pace = pace.after(active_s, work_s)
    eta = {}
    if left is not None:
        eta = _changed_eta(tx, row, apply_speed_factor(left, pace.factor), active_s)
    values = {
        "of_run": row.id,
        "new_bar_remaining": bar_remaining,
        "more_credits": more_credits,
        "new_pace": pace.factor,
        "new_pace_since": pace.since,
        "new_pace_work": pace.work,
        "new_pace_claims": pace.claims,
    }
    tx.execute(UPDATE_PROGRESS_AND_ETA if eta else UPDATE_PROGRESS, values | eta)


def _changed_eta(tx: Connection, row: Row, fresh: EstimateRange, active_s: float) -> dict:
    """Return new values of the ETA columns, or {} while the displayed time is accurate.

    A change of the displayed text is logged at most once per ETA_VALID_S.
    """
    logged = row.eta_logged
    if row.eta_at is not None:
        age_s = active_s - row.eta_at
        shown = EstimateRange(row.eta_low - age_s, row.eta_mid - age_s, row.eta_high - age_s)
        is_accurate = is_still_accurate(shown, fresh)
        if age_s < ETA_VALID_S and is_accurate:
            return {}
        text = format_duration_range(fresh.low, fresh.high)
        is_new = text != format_duration_range(row.eta_low, row.eta_high)
        if is_new and (logged is None or active_s - logged >= ETA_VALID_S):
            cause = "30 s passed" if is_accurate else "the estimate left the shown range"
            message = f"Time left: {text}, because {cause}"
            RunEvent.log(tx, row.id, "forecast", message, level="debug")
            logged = active_s
    return {
        "new_eta_low": fresh.low,
        "new_eta_mid": fresh.mid,
        "new_eta_high": fresh.high,
        "new_eta_at": active_s,
        "new_eta_logged": logged,
    }
