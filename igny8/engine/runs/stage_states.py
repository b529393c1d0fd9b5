"""Begin and end the stages of a run."""

from sqlalchemy import Connection, Row, func, update

from igny8 import clock
from igny8.engine.runs.active_time import elapsed
from igny8.models import RunEvent, RunSettings, RunStage
from igny8.stages import get_stage
from igny8.stages.base import input_unit, output_unit
from igny8.stages.units import count_of

run_stage = RunStage.__table__


def begin(tx: Connection, row: Row, stage_row: Row) -> None:
    """Make a pending stage active and start its clock."""
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


def end(tx: Connection, row: Row, stage_row: Row) -> None:
    """Complete a stage and log its results; a stage without input counts as skipped."""
    if stage_row.status == "skipped":
        return
    now = clock.now()
    if stage_row.queued:  # held for readers: the run comes back (docs/engine.md#reading-limit)
        _stay_behind(tx, row, stage_row)
        return
    if stage_row.input:
        values = {"status": "completed", "active_seconds": elapsed(stage_row, now)}
        _log_end(tx, row, stage_row)
    else:
        unit = input_unit(get_stage(stage_row.number), RunSettings.from_json(row.settings))
        values = {"status": "skipped", "status_reason": f"no {unit} arrived", "started_at": None}
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == stage_row.number)
        .values(active_since=None, finished_at=now, **values)
    )


def _stay_behind(tx: Connection, row: Row, stage_row: Row) -> None:
    """Stop the clock of a stage that the run leaves before it is complete."""
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == stage_row.number)
        .values(status="pending", active_seconds=elapsed(stage_row, clock.now()), active_since=None)
    )


def _log_end(tx: Connection, row: Row, stage_row: Row) -> None:
    stage, settings = get_stage(stage_row.number), RunSettings.from_json(row.settings)
    made = count_of(stage_row.made, output_unit(stage, settings))
    message = f"Stage {stage_row.number} done · {made} from "
    message += count_of(stage_row.input, input_unit(stage, settings))
    for count, word in ((stage_row.failed, "failed"), (stage_row.skipped, "skipped")):
        message += f" · {count:,} {word}" if count else ""
    number, credits = stage_row.number, stage_row.credits
    RunEvent.log(tx, row.id, "stage_done", message, stage=number, credits=credits)
