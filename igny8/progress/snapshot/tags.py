"""The version tag of a snapshot, and the interval until the page polls again."""

import hashlib
import json
from typing import Any

from sqlalchemy import Row, Select

from igny8 import poll_intervals
from igny8.models import ENDED, Run, Site
from igny8.models.worker import online_slots

run = Run.__table__


def add_tag_columns(query: Select[Any]) -> Select[Any]:
    """Return a query over one site with the columns that `run_tag` needs of its newest run."""
    return (
        query.add_columns(
            run.c.id.label("run_id"), run.c.version, run.c.state, online_slots()[0].label("slots")
        )
        .outerjoin(run, (run.c.site_id == Site.id) & (run.c.state != "nothing_to_do"))
        .order_by(run.c.number.desc())
        .limit(1)
    )


def run_tag(row: Row[Any]) -> str | None:
    """Return a tag that changes exactly when the snapshot of an open run changes.

    `row` comes from a query with `add_tag_columns`. None if no run is open: the snapshot then
    contains other data and must be built to be compared.
    """
    if row.run_id is None or row.state in ENDED:
        return None
    return open_run_tag(row.run_id, row.version, row.slots)


def open_run_tag(run_id: int, version: int, slots: int) -> str:
    """Return the tag of an open run."""
    return f"{run_id}-{version}-{slots}"


def next_step_facts(head: Row[Any]) -> list[Any]:
    """Return the facts, besides the run, that determine the next step of a site (a row)."""
    return [head.approved, head.unpublished, head.has_published, head.import_to_check]


def idle_tag(shown: list[Any]) -> str:
    """Return the tag of a page without a run, from everything that it shows."""
    return "idle-" + hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def poll_seconds(row: Row[Any], stage_percentage: int) -> int:
    """Return the poll interval of the page of a run."""
    is_waiting = row.desired_state == "go" and row.state in ("paused", "blocked")
    if row.state in ENDED or is_waiting:
        return poll_intervals.IDLE_S
    if row.state == "paused":
        is_staying = row.desired_state == "pause"
        return poll_intervals.IDLE_S if is_staying else poll_intervals.STOPPING_S
    return poll_intervals.of_stage(stage_percentage)
