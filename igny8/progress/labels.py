"""Labels, badges and notices for states; always text and icon, never only colour."""

from typing import Any

from sqlalchemy import Row

from igny8.models import ENDED, OPEN
from igny8.models.run import HUMAN_WAITS, NOTHING_WANTED
from igny8.stages import LAST

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
    "waiting": "Waiting for you",
    "stalled": "Stalled",
}
BADGES = {  # status → text, kind (done, act, rdy, off, warn, bad), icon
    "pending": ("Pending", "off", "○"),
    "ready": ("Ready", "rdy", "▸"),
    "empty": ("Empty", "off", "○"),
    "active": ("Active", "act", "●"),
    "completed": ("Completed", "done", "✓"),
    "skipped": ("Skipped", "off", "–"),
    "starting": ("Starting…", "act", "●"),
    "pausing": ("Pausing…", "warn", "❚❚"),
    "paused": ("Paused", "warn", "❚❚"),
    "cancelling": ("Cancelling…", "warn", "✕"),
    "cancelled": ("Cancelled", "off", "✕"),
    "blocked": ("Blocked", "bad", "!"),
    "stalled": ("Stalled", "bad", "!"),
    "waiting": ("Waiting for you", "rdy", "▸"),
}
SHOWN_OF_CURRENT_STAGE = {"queued": "starting", "running": "active"}  # others: as the run
JSON_STATUS = {  # shown status → status in JSON (docs/progress.md#statuses), others: the same
    "starting": "ready",
    "pausing": "active",
    "cancelling": "active",
    "stalled": "blocked",
}
START_WORKER = "Start one with “igny8 worker” on the server, or restart “make run”."
FINISHED_FIRST = "Items in progress are finished first and kept."


def display_status(run: Row[Any], slots: int) -> str:
    """Return a run's state as shown; pausing, cancelling, waiting, stalled are derived.

    `slots` is how many items the online workers can process in parallel.
    """
    if run.desired_state == "go" and run.state == "blocked" and run.block_kind in HUMAN_WAITS:
        return "waiting"
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
    """Return the label of a run's display status."""
    if status == "cancelled":
        return f"Stopped at {percentage} %"
    if status == "completed_with_errors":
        return f"Completed, {failed:,} failed"
    if status == "completed" and run.status_reason == NOTHING_WANTED:
        return "Nothing wanted"
    return STATUS_LABELS[status]


def shown_stage_status(row: Row[Any], run: Row[Any], status: str, review_waiting: int) -> str:
    """Return the status of a stage as shown on the page: a key of BADGES.

    `status` is the display status of the run. The current stage of an open run has the status of
    the run; the review stage shows that articles wait for a person while there are any.
    """
    is_unfinished = row.status in ("pending", "active")
    if run.state in OPEN and is_unfinished and row.number == run.current_stage:
        return SHOWN_OF_CURRENT_STAGE.get(status, status)
    if row.number == LAST and review_waiting:
        return "waiting"
    if run.state in ENDED and is_unfinished:
        return "cancelled"
    if row.status == "pending" and row.queued:
        return "ready"
    return str(row.status)


def stage_status(row: Row[Any], shown: str) -> str:
    """Return a stage's status for JSON: pending, ready, active, completed, skipped, paused ….

    A stage whose items wait for a person is waiting; the review stage has the status of its own
    work in the run.
    """
    if shown == "waiting" and not row.held:
        return "ready" if row.status == "pending" and row.queued else str(row.status)
    return JSON_STATUS.get(shown, shown)


def badge(shown: str, failed: int = 0, done: int = 0) -> dict[str, str]:
    """Return {text, kind, icon} of a stage's badge; kind is done, act, rdy, off, warn or bad."""
    if shown == "completed" and failed:
        kind, icon = ("warn", "✓") if done else ("bad", "!")
        return {"text": f"Completed, {failed:,} failed", "kind": kind, "icon": icon}
    text, kind, icon = BADGES[shown]
    return {"text": text, "kind": kind, "icon": icon}


def notice(
    run: Row[Any] | None,
    status: str,
    slots: int,
    current_work: str | None = None,
    upcoming: str | None = None,
) -> dict[str, str] | None:
    """Return the notice about a run as {kind, text, cure}, or None; `cure` is what to do.

    `current_work` describes in a few words what is in progress, `upcoming` what comes next.
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
    if status == "waiting":
        return _notice("waiting", run.status_reason or "", WAITING_ADVICE[run.block_kind])
    if status == "paused":
        following = f" Next: {upcoming}." if upcoming else ""
        return _notice("paused", f"Paused. Nothing is in progress.{following}", RESUME)
    if status in NOTICES:
        return _notice(*NOTICES[status])
    if status in ENDED:
        return _notice("ended", f"Run #{run.number} has ended.", "")
    return None


FINISHED_WORK_IS_KEPT = "Finished work is kept."
WAITING_ADVICE = {
    "approval": "Approve or reject them, or continue without them. Nothing is lost.",
    "first": "Look at them, then continue with the rest. Nothing is lost.",
    "reading": "The run continues by itself. Nothing is lost.",
}
RESUME = "Nothing is lost. Press “Resume” to continue."
NO_WORKER = "No worker is running, so nothing would be processed."
WORK_HAS_STOPPED = "Work has stopped: no worker is running."
NOTICES = {  # status → kind, text, cure
    "stalled": (
        "no_worker",
        "No worker is running: the run has stopped, nothing is lost.",
        f"{START_WORKER} The run then continues automatically.",
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
        return "Raise the cap to continue. Nothing is lost."
    if run.block_until:
        return "It is retried automatically; “Resume” retries at once. Nothing is lost."
    return "Nothing is lost. Press “Resume” to try again."
