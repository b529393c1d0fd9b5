"""Derive the situation of a site (next_step.Situation) from its snapshot or site-list entry."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from igny8.models import RunSettings
from igny8.progress.next_step import NextStep, Situation, next_step
from igny8.progress.stage_labels import doing
from igny8.stages import get_stage
from igny8.stages.base import input_unit, output_unit
from igny8.stages.units import count_of

WRITE = 4


def step_of_snapshot(snap: dict[str, Any], head: Row[Any]) -> dict[str, Any]:
    """Return the next step of a site as a dictionary; `head` is a row with the site's columns."""
    return asdict(next_step(situation_of_snapshot(snap, head)))


def situation_of_snapshot(snap: dict[str, Any], head: Row[Any]) -> Situation:
    """Return the Situation of a site, which determines its next step.

    `snap` is its snapshot, `head` its row.
    """
    run, idle = snap["run"], snap["idle"] or {}
    texts = snap["stages"][WRITE - 1]["output_unit"]
    at = Situation(
        status=None if run is None else run["status"],
        texts=texts,
        review=snap["review_waiting"],
        waiting=idle.get("waiting_items", 0),
        ready=idle.get("ready", ""),
        others=idle.get("others", 0),
        first=_first_articles(idle),
        sent_back=snap["sent_back"],
        unpublished=head.unpublished,
        import_to_check=head.import_to_check,
        importing=head.rows_coming is not None,
        is_online=bool(head.slots),
    )
    return at if run is None else _with_run(at, snap)


def _with_run(at: Situation, snap: dict[str, Any]) -> Situation:
    run = snap["run"]
    current = snap["stages"][run["current_stage"] - 1]
    return Situation(
        **asdict(at)
        | {
            "failed": snap["global_progress"]["failed_items"],
            "left": sum(stage["cancelled_count"] for stage in snap["stages"]),
            "doing": doing(current["key"], at.texts),
            "stage": current["number"],
            "time_left": snap["global_progress"]["estimated_remaining_time"],
            "upcoming": run["upcoming"],
            "block_kind": run["blocked"] and run["blocked"]["kind"],
            "is_first_run": run["number"] == 1,
            **_waits(run["waiting"]),
        }
    )


def _waits(waiting: dict[str, Any] | None) -> dict[str, Any]:
    """Return what a run waits for from people, in the form of Situation."""
    if waiting is None:
        return {}
    return {
        "wait_kind": waiting["kind"],
        "wait_for": count_of(waiting["count"], waiting["unit"]),
        "wait_one": waiting["count"] == 1,
        "through": waiting["through"],
    }


def step_of_site(
    head: Row[Any],
    run: Row[Any] | None,
    status: str | None,
    time_left: str | None,
    ahead: dict[str, Any],
) -> NextStep:
    """Return the next step of a site in the list.

    `head` has the columns of the site, `run` is the row of its displayed run with the display
    `status`; `ahead` is the estimate of a run, empty while one is open.
    """
    at = Situation(
        texts=_texts(run, ahead),
        review=head.review_waiting,
        waiting=ahead.get("waiting_items", 0),
        ready=ready_items(ahead),
        others=ahead.get("others", 0),
        first=_first_articles(ahead),
        sent_back=head.sent_back,
        unpublished=head.unpublished,
        import_to_check=head.import_to_check,
        importing=head.rows_coming is not None,
        is_online=bool(head.slots),
    )
    if run is None or status is None:
        return next_step(at)
    more = {
        "status": status,
        "failed": run.failed,
        "left": run.cancelled,
        "doing": doing(get_stage(run.current_stage).KEY, at.texts),
        "stage": run.current_stage,
        "time_left": time_left,
        "upcoming": None,
        "block_kind": run.block_kind,
        **_waits_in_list(run, status),
        "is_first_run": run.number == 1,
    }
    return next_step(Situation(**asdict(at) | more))


def _waits_in_list(run: Row[Any], status: str) -> dict[str, Any]:
    """Return what a run in the list of sites waits for from people."""
    if status != "waiting":
        return {}
    unit = input_unit(get_stage(run.current_stage), RunSettings.from_json(run.settings))
    waits = {"wait_kind": run.block_kind, "wait_for": count_of(run.held, unit)}
    return waits | {"wait_one": run.held == 1}


def ready_items(ahead: dict[str, Any]) -> str:
    """Return what waits for a run, by an estimate: "127 keywords, 3 ideas"."""
    stages = ahead.get("stages", ())
    return ", ".join(count_of(s["waiting"], s["takes"]) for s in stages if s["waiting"])


def _first_articles(ahead: dict[str, Any]) -> int:
    """Return how many articles the first run of a site should write; 0 for all or a later run."""
    first = ahead.get("first")
    return int(first["texts"]) if first and ahead["is_first_run"] else 0


def _texts(run: Row[Any] | None, ahead: dict[str, Any]) -> str:
    """Return what a site produces: "articles" or "briefs"."""
    if ahead or run is None:
        return str(ahead["stages"][WRITE - 1]["unit"])
    return output_unit(get_stage(WRITE), RunSettings.from_json(run.settings))
