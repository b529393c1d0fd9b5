"""How states are called on the page: labels, badges, notices. Text and icon always, never colour alone."""

from igny8.models import ENDED, ENDED_WELL

WISHES = {"pause": "pausing", "cancel": "cancelling"}
PAST_LABELS = {
    "completed": "Completed",
    "completed_with_errors": "Completed",
    "nothing_to_do": "Nothing to do",
    "cancelled": "Cancelled",
    "failed": "Failed",
}


def display_status(run, slots: int) -> str:
    """Return the run's state as the page shows it: with pausing, cancelling and stalled derived."""
    if run.state in ENDED or (run.desired_state == "go" and run.state in ("paused", "blocked")):
        return run.state
    if run.desired_state == "cancel":
        return "cancelling"
    if run.state in ("paused", "blocked"):
        return run.state
    if run.desired_state == "pause":
        return "pausing"
    return run.state if slots else "stalled"


def status_label(run, status: str, percentage: int, failed: int) -> str:
    """Return the words for a run's status."""
    if status == "cancelled":
        return f"Stopped at {percentage} %"
    if status == "completed_with_errors":
        return f"Completed, {failed:,} failed"
    return {
        "queued": "Starting…",
        "running": "Running",
        "pausing": "Pausing…",
        "paused": "Paused",
        "cancelling": "Cancelling…",
        "blocked": "Blocked",
        "stalled": "Stalled",
        **PAST_LABELS,
    }[status]


def stage_status(row, run) -> str:
    """Return a stage's status for JSON: pending, ready, active, completed, skipped, paused …"""
    if row.status == "pending" and row.queued:
        return "ready"
    if row.status == "active" and run.state in ("paused", "blocked"):
        return run.state
    return row.status


def badge(status: str, failed: int, run=None, done: int = 0) -> dict:
    """Return {text, kind, icon} of a stage's badge; kind is done, act, rdy, off, warn or bad."""
    if status == "active" and run is not None and run.desired_state == "pause":
        return {"text": "Pausing…", "kind": "warn", "icon": "❚❚"}
    if status == "completed" and failed:
        kind, icon = ("warn", "✓") if done else ("bad", "!")
        return {"text": f"Completed, {failed:,} failed", "kind": kind, "icon": icon}
    text, kind, icon = {
        "pending": ("Pending", "off", "○"),
        "ready": ("Ready", "rdy", "▸"),
        "empty": ("Empty", "off", "○"),
        "active": ("Active", "act", "●"),
        "completed": ("Completed", "done", "✓"),
        "skipped": ("Skipped", "off", "–"),
        "paused": ("Paused", "warn", "❚❚"),
        "blocked": ("Blocked", "bad", "!"),
        "cancelled": ("Cancelled", "off", "✕"),
    }[status]
    return {"text": text, "kind": kind, "icon": icon}


def notice(run, status: str, slots: int, doing: str | None) -> dict | None:
    """Return {kind, text, cure} when the reader should know something beyond the numbers."""
    if run is None:
        return (
            None
            if slots
            else {
                "kind": "no_worker",
                "text": "No worker is running, so nothing would be worked on.",
                "cure": "Start one with “igny8 worker” on the server, or restart “make run”.",
            }
        )
    if status == "stalled":
        return {
            "kind": "no_worker",
            "text": "No worker is running: the run stands still, nothing is lost.",
            "cure": "Start one with “igny8 worker” on the server, or restart “make run”. "
            "The run then goes on by itself.",
        }
    if status in ("pausing", "cancelling"):
        return {
            "kind": status,
            "text": f"{status.capitalize()}: finishing {doing or 'what is in work'}.",
            "cure": "What is finished is kept.",
        }
    if run.rewind_to_stage is not None and status == "running":
        return {
            "kind": "going_back",
            "text": f"Going back to stage {run.rewind_to_stage} for what failed there: finishing "
            f"{doing or 'what is in work'}.",
            "cure": "What is finished is kept.",
        }
    if status == "paused":
        return {
            "kind": "paused",
            "text": "Paused. Nothing is in work, and nothing is lost.",
            "cure": "Press “Resume” to go on.",
        }
    if status == "blocked":
        return {
            "kind": "blocked",
            "text": run.status_reason or "Blocked.",
            "cure": _unblock_advice(run),
        }
    if status == "nothing_to_do":
        return {
            "kind": "nothing_to_do",
            "text": "Nothing was waiting, so there was nothing to do.",
            "cure": "Import keywords, then press “Run now”.",
        }
    if status in ENDED_WELL or status in ENDED:
        return {
            "kind": "ended",
            "text": f"Run #{run.number} has ended.",
            "cure": "Dismiss it, or start the next.",
        }
    return None


def _unblock_advice(run) -> str:
    """Return what happens next to a blocked run, and who can do something about it."""
    if run.block_kind == "budget":
        return "Raise the cap" + (
            ", or wait: the run goes on by itself when the time of the cap is over."
            if run.block_until
            else " to go on. Nothing is lost."
        )
    if run.block_until:
        return "It is tried again by itself after a while; “Resume” tries at once. Nothing is lost."
    return "Nothing is lost. Press “Resume” to try again."
