"""The words for states on a page: labels, badges and notices; text and icon, never colour alone."""

from typing import Any

from sqlalchemy import Row

from igny8.models import ENDED

PAST_LABELS = {
    "completed": "Completed",
    "completed_with_errors": "Completed",
    "nothing_to_do": "Nothing to do",
    "cancelled": "Cancelled",
    "failed": "Failed",
}
STATUS_LABELS = PAST_LABELS | {
    "queued": "Starting…",
    "running": "Running",
    "pausing": "Pausing…",
    "paused": "Paused",
    "cancelling": "Cancelling…",
    "blocked": "Blocked",
    "stalled": "Stalled",
}
BADGES = {  # status → text, kind (done, act, rdy, off, warn, bad), icon
    "pending": ("Pending", "off", "○"),
    "ready": ("Ready", "rdy", "▸"),
    "empty": ("Empty", "off", "○"),
    "active": ("Active", "act", "●"),
    "completed": ("Completed", "done", "✓"),
    "skipped": ("Skipped", "off", "–"),
    "paused": ("Paused", "warn", "❚❚"),
    "blocked": ("Blocked", "bad", "!"),
    "cancelled": ("Cancelled", "off", "✕"),
}
START_WORKER = "Start one with “igny8 worker” on the server, or restart “make run”."


def display_status(run: Row[Any], slots: int) -> str:
    """Return a run's state as the page shows it, with pausing, cancelling and stalled derived.

    `slots` is how many items the online workers can process in parallel.
    """
    if run.state in ENDED or (run.desired_state == "go" and run.state in ("paused", "blocked")):
        return str(run.state)
    if run.desired_state == "cancel":
        return "cancelling"
    if run.state in ("paused", "blocked"):
        return str(run.state)
    if run.desired_state == "pause":
        return "pausing"
    return str(run.state) if slots else "stalled"


def status_label(run: Row[Any], status: str, percentage: int, failed: int) -> str:
    """Return the words for a run's display status."""
    if status == "cancelled":
        return f"Stopped at {percentage} %"
    if status == "completed_with_errors":
        return f"Completed, {failed:,} failed"
    return STATUS_LABELS[status]


def stage_status(row: Row[Any], run: Row[Any]) -> str:
    """Return a stage's status for JSON: pending, ready, active, completed, skipped, paused …."""
    if row.status == "pending" and row.queued:
        return "ready"
    if row.status == "active" and run.state in ("paused", "blocked"):
        return str(run.state)
    return str(row.status)


def badge(status: str, failed: int, run: Row[Any] | None = None, done: int = 0) -> dict[str, str]:
    """Return {text, kind, icon} of a stage's badge; kind is done, act, rdy, off, warn or bad."""
    if status == "active" and run is not None and run.desired_state == "pause":
        return {"text": "Pausing…", "kind": "warn", "icon": "❚❚"}
    if status == "completed" and failed:
        kind, icon = ("warn", "✓") if done else ("bad", "!")
        return {"text": f"Completed, {failed:,} failed", "kind": kind, "icon": icon}
    text, kind, icon = BADGES[status]
    return {"text": text, "kind": kind, "icon": icon}


def notice(
    run: Row[Any] | None, status: str, slots: int, current_work: str | None
) -> dict[str, str] | None:
    """Return {kind, text, cure} when the reader should know something beyond the numbers.

    `current_work` says in a few words what is in progress.
    """
    if run is None:
        return None if slots else _notice("no_worker", NO_WORKER, START_WORKER)
    work = current_work or "work in progress"
    if run.rewind_to_stage is not None and status == "running":
        text = f"Going back to stage {run.rewind_to_stage} for its failed items: finishing {work}."
        return _notice("going_back", text, FINISHED_WORK_IS_KEPT)
    if status in ("pausing", "cancelling"):
        return _notice(status, f"{status.capitalize()}: finishing {work}.", FINISHED_WORK_IS_KEPT)
    if status == "blocked":
        return _notice("blocked", run.status_reason or "Blocked.", _unblock_advice(run))
    if status in NOTICES:
        return _notice(*NOTICES[status])
    if status in ENDED:
        text = f"Run #{run.number} has ended."
        return _notice("ended", text, "Dismiss it, or start the next.")
    return None


FINISHED_WORK_IS_KEPT = "What is finished is kept."
NO_WORKER = "No worker is running, so nothing would be processed."
NOTICES = {  # status → kind, text, cure
    "stalled": (
        "no_worker",
        "No worker is running: the run has stopped, nothing is lost.",
        f"{START_WORKER} The run then goes on automatically.",
    ),
    "paused": (
        "paused",
        "Paused. Nothing is in progress, and nothing is lost.",
        "Press “Resume” to go on.",
    ),
    "nothing_to_do": (
        "nothing_to_do",
        "Nothing was waiting, so there was nothing to do.",
        "Import keywords, then press “Run now”.",
    ),
}


def _notice(kind: str, text: str, cure: str) -> dict[str, str]:
    return {"kind": kind, "text": text, "cure": cure}


def _unblock_advice(run: Row[Any]) -> str:
    """Return what happens next to a blocked run, and who can act."""
    if run.block_kind == "budget":
        if run.block_until:
            return "Raise the cap, or wait: the run resumes when the period of the cap is over."
        return "Raise the cap to go on. Nothing is lost."
    if run.block_until:
        return "It is retried automatically; “Resume” retries at once. Nothing is lost."
    return "Nothing is lost. Press “Resume” to try again."
