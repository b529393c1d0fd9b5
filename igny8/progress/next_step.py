"""The one next step of a site, derived from its snapshot: a sentence and the page to open."""

from dataclasses import dataclass
from typing import Any

from igny8.formatting import pluralize

ENDINGS = {"cancelled": "The run was cancelled.", "failed": "The run failed."}


@dataclass(frozen=True)
class NextStep:
    """What the reader can do next; `page` is "review", "imports" or "" (nothing to open)."""

    text: str
    label: str = ""
    page: str = ""


def next_step(snap: dict[str, Any]) -> NextStep:
    """Return the next step after a run has ended, or without a run.

    Articles that wait for a review come first, then items that a run can process, then an import.
    """
    run = snap["run"]
    opening = ENDINGS.get(run["status"], "Done.") if run else ""
    waiting = snap["review_waiting"]
    if waiting:
        verb = "is" if waiting == 1 else "are"
        text = f"{pluralize(waiting, 'articles', 'article')} {verb} waiting for your review."
        return NextStep(f"{opening} {text}".strip(), f"Review {waiting:,} →", "review")
    if snap.get("sent_back"):
        text = "Press “Run now” to write again what you sent back."
        return NextStep(f"{opening} {text}".strip())
    left = sum(stage.get("cancelled_count", 0) for stage in snap.get("stages", ()))
    if left:
        text = f"{pluralize(left, 'items', 'item')} left: press “Run now” to continue."
        return NextStep(f"{opening} {text}".strip())
    idle = snap.get("idle") or {}
    if idle.get("waiting_items"):
        return NextStep(f"{opening} Press “Run now” to start.".strip())
    return NextStep(
        f"{opening} Import keywords for the next run.".strip(), "Import keywords", "imports"
    )
