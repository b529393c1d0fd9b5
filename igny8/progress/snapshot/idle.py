"""The snapshot of a site without a run: what waits, and what a run would do."""

from typing import Any

from sqlalchemy import Row

from igny8.poll_intervals import IDLE_S, IMPORT_WAITING_S
from igny8.progress.estimate import estimate
from igny8.progress.labels import badge, notice
from igny8.progress.next_step import run_label
from igny8.progress.situation import ready_items
from igny8.progress.snapshot.stages import empty_stage
from igny8.progress.snapshot.tags import idle_tag, next_step_facts
from igny8.progress.snapshot.times import NO_ESTIMATE
from igny8.stages import LAST, STAGES

ESTIMATE_KEYS = (
    *("waiting_items", "waiting_stages", "makes", "eta_text", "credits", "money", "cap"),
    *("reading_text", "others", "texts", "is_first_run"),
)
FORECAST_KEYS = ("texts", "makes", "eta_text", "credits", "money", "cap", "reading_text")
NO_PROGRESS = {
    **dict.fromkeys(
        ("total_items", "known_items", "expected_items", "completed_items", "failed_items"), 0
    ),
    "percentage": 0,
    **NO_ESTIMATE,
}
NO_METRICS = {
    "credits_used": 0,
    "credits_cap": None,
    "spending": None,
    "money": 0,
    "predicted_credits": None,
    "requests": 0,
    "repeats": 0,
    "tokens": 0,
    "duration_seconds": 0,
}


def idle_snapshot(site: Row[Any], head: Row[Any]) -> dict[str, Any]:
    """Return the snapshot of a site without a run; `head` is a row with the site's columns."""
    ahead = estimate(site)
    stages = [
        _stage(module, entry, head.review_waiting)
        for module, entry in zip(STAGES, ahead["stages"], strict=True)
    ]
    total = sum(stage["expected_in_run"] for stage in stages)
    for stage in stages:
        stage["bar"]["open"] = stage["expected_in_run"] / total if total else 1 / LAST
    idle = _ahead(ahead, head)
    is_importing = head.rows_coming is not None
    waiting = [stage["waiting"] for stage in stages]
    return {
        "version": 0,
        "tag": idle_tag([idle, waiting, head.slots, head.review_waiting, *next_step_facts(head)]),
        "poll_seconds": IMPORT_WAITING_S if is_importing and head.slots else IDLE_S,
        "run": None,
        "global_progress": dict(NO_PROGRESS),
        "stages": stages,
        "metrics": NO_METRICS | {"errors": []},
        "activity": [],
        "notice": notice(None, "idle", head.slots),
        "idle": idle,
    }


def ahead_of(site: Row[Any], head: Row[Any]) -> dict[str, Any]:
    """Return what a run would do now; `head` is a row with the site's columns."""
    return _ahead(estimate(site), head)


def _ahead(ahead: dict[str, Any], head: Row[Any]) -> dict[str, Any]:
    coming = None
    if head.rows_coming is not None:
        coming = {"rows": head.rows_coming, "read": head.rows_read}
    chosen = {key: ahead[key] for key in ESTIMATE_KEYS}
    return chosen | {
        "ready": ready_items(ahead),
        "importing": coming,
        "first_stage": next((s["number"] for s in ahead["stages"] if s["waiting"]), 1),
        "run_label": run_label(ahead["others"]),
        "first": ahead["first"] and {key: ahead["first"][key] for key in FORECAST_KEYS},
    }


def _stage(stage_module: Any, ahead: dict[str, Any], review_waiting: int) -> dict[str, Any]:
    """Return the entry of a stage from its part of the estimate."""
    is_yours = stage_module.NUMBER == LAST and review_waiting > 0
    status = "ready" if ahead["waiting"] or is_yours else "empty"
    shown = "waiting" if is_yours else status
    return empty_stage(stage_module) | {
        "status": status,
        "shown_status": shown,
        "badge": badge(shown),
        "output_unit": ahead["unit"],
        "input_unit": ahead["takes"],
        "engine": ahead["engine"],
        "waiting": ahead["waiting"],
        "would_make": ahead["would_make"],
        "expected_in_run": ahead["expected_in_run"],
    }
