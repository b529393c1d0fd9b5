"""Write the log lines of a settled claim."""

from sqlalchemy import Connection

from igny8 import clock
from igny8.engine.work.outcomes import Outcomes
from igny8.models.run_event import INSERT
from igny8.stages.base import Batch, PersistResult

Line = tuple[str, str, str, int | None, int]  # level, kind, message, item id, credits


def write_events(tx: Connection, batch: Batch, outcomes: Outcomes, result: PersistResult) -> None:
    """Log one line for the done items of a claim and one for each other item."""
    lines = _lines(batch, outcomes, result)
    if not lines:
        return
    rows = [
        {
            "run_id": batch.run_id,
            "at": clock.now(),
            "level": level,
            "kind": kind,
            "stage": batch.stage,
            "message": message,
            "item_id": item_id,
            "credits": credits_spent,
        }
        for level, kind, message, item_id, credits_spent in lines
    ]
    tx.execute(INSERT, rows)


def _lines(batch: Batch, outcomes: Outcomes, result: PersistResult) -> list[Line]:
    lines: list[Line] = []
    by_id = {item.id: item for item in batch.items}
    if outcomes.done:
        only = outcomes.done[0] if len(outcomes.done) == 1 else None
        lines.append(("info", "done", result.message, only, sum(result.credits.values())))
    for item_id, reason in outcomes.skipped.items():
        message = f"Skipped “{by_id[item_id].title}” · {reason}"
        lines.append(("warning", "skipped", message, item_id, 0))
    for item_id, error in outcomes.failed.items():
        attempts = by_id[item_id].attempt
        message = f"Failed “{by_id[item_id].title}” · {error}"
        message += f", {attempts} tries" if attempts > 1 else ""
        lines.append(("error", "failed", message, item_id, 0))
    for item_id, error in outcomes.retried.items():
        message = f"Will try “{by_id[item_id].title}” again · {error}"
        lines.append(("debug", "retry", message, item_id, 0))
    return lines
