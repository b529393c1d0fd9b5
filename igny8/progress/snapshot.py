"""Build the snapshot (docs/progress.md, section 4) from a bounded number of rows: three queries."""

import hashlib
import json
from datetime import UTC, datetime

from sqlalchemy import Float, bindparam, cast, exists, func, literal, null, select, text, union_all

from igny8 import clock
from igny8.extensions import UtcDateTime, read_transaction
from igny8.forecast import expected_arrivals, open_bar_parts, percentage
from igny8.formatting import format_duration_range, pluralize
from igny8.models import (
    ENDED,
    ENDED_WELL,
    OPEN,
    Content,
    KeywordImport,
    Run,
    RunEvent,
    RunItem,
    RunSettings,
    RunStage,
    Site,
    StageResult,
)
from igny8.models.run_stage import BUILT_IN
from igny8.models.worker import online_slots
from igny8.progress.estimate import estimate
from igny8.progress.labels import badge, display_status, notice, stage_status, status_label
from igny8.stages import LAST, STAGES
from igny8.stages.base import input_unit, output_unit
from igny8.stages.learned_rates import run_rates

run, run_stage, item, event = (
    Run.__table__,
    RunStage.__table__,
    RunItem.__table__,
    RunEvent.__table__,
)
content = Content.__table__
MAX_UP_NEXT, MAX_EVENTS, MAX_PAST_RUNS, MAX_ACTIVE_ITEMS = 5, 7, 5, 8
IMPORT_POLL_S = 2  # seconds: an import is over soon, and there is something to do then


def _site_columns() -> list:
    slots, last_seen = online_slots()
    review = (
        select(func.count())
        .where(
            content.c.site_id == bindparam("of_site"),
            content.c.status == "review",
            content.c.handed_over.is_(True),
        )
        .scalar_subquery()
    )
    again = (
        select(func.count())
        .where(content.c.site_id == bindparam("of_site"), content.c.status == "sent_back")
        .scalar_subquery()
    )
    coming, read = KeywordImport.pending_rows(bindparam("of_site"))
    return [
        slots.label("slots"),
        last_seen.label("last_seen"),
        review.label("review_waiting"),
        again.label("sent_back"),
        coming.label("rows_coming"),
        read.label("rows_read"),
    ]


def _newest_runs_query():
    """Return the query of a site's newest runs."""
    failed = (
        select(func.sum(run_stage.c.failed))
        .where(run_stage.c.run_id == run.c.id)
        .correlate(run)
        .scalar_subquery()
    )
    plan = exists().where(StageResult.run_id == run.c.id, StageResult.name == "plan").correlate(run)
    return (
        select(run, failed.label("failed_items"), plan.label("has_plan"), *_site_columns())
        .where(run.c.site_id == bindparam("of_site"))
        .order_by(run.c.number.desc())
        .limit(MAX_PAST_RUNS + 1)
    )


def _lines_query():
    """Return one query for what is in work, what comes next and what happened last."""
    of_run, at = bindparam("of_run"), bindparam("at")
    no_time, no_moment = cast(null(), Float).label("since"), cast(null(), UtcDateTime).label("at")
    active = (
        select(
            literal("active").label("kind"),
            item.c.id,
            item.c.subject_id,
            item.c.title.label("text"),
            item.c.started_at.label("since"),
            item.c.stage,
            literal("").label("level"),
            literal(0).label("credits"),
            no_moment,
        )
        .where(item.c.run_id == of_run, item.c.state == "active")
        .order_by(item.c.token, item.c.id)
        .limit(MAX_ACTIVE_ITEMS)
    )
    queue = (
        select(
            literal("next"),
            item.c.id,
            item.c.subject_id,
            item.c.title,
            no_time,
            item.c.stage,
            literal(""),
            literal(0),
            no_moment,
        )
        .where(item.c.run_id == of_run, item.c.stage == at, item.c.state == "queued")
        .order_by(item.c.retry_order, item.c.rank, item.c.id)
        .limit(MAX_UP_NEXT)
    )
    past = (
        select(
            event.c.kind,
            event.c.id,
            event.c.item_id,
            event.c.message,
            no_time,
            event.c.stage,
            event.c.level,
            event.c.credits,
            event.c.at,
        )
        .where(event.c.run_id == of_run, event.c.level != text("'debug'"))
        .order_by(event.c.id.desc())
        .limit(MAX_EVENTS)
    )
    parts = [
        select(literal(which).label("part"), *part.subquery().c)
        for which, part in (("active", active), ("next", queue), ("event", past))
    ]
    return union_all(*parts)


def add_tag_columns(query):
    """Return a query over one site with what `tag_of` needs of its newest run: a tag in the same statement."""
    return (
        query.add_columns(
            run.c.id.label("run_id"), run.c.version, run.c.state, online_slots()[0].label("slots")
        )
        .outerjoin(run, (run.c.site_id == Site.id) & (run.c.state != "nothing_to_do"))
        .order_by(run.c.number.desc())
        .limit(1)
    )


# Built once: building a statement costs more than running it.
SITE_QUERY, RUNS_QUERY, LINES_QUERY = select(*_site_columns()), _newest_runs_query(), _lines_query()
STAGES_QUERY = (
    select(run_stage).where(run_stage.c.run_id == bindparam("of_run")).order_by(run_stage.c.number)
)


def run_tag(row) -> str | None:
    """Return what changes exactly when the picture of a site's run changes, from a row `with_glance`.

    None when no run is open: then the picture has to be built to compare it, for much else stands in it as well.
    """
    return (
        None
        if row.run_id is None or row.state in ENDED
        else _tag(row.run_id, row.version, row.slots)
    )


def snapshot(site, public_id: str | None = None, page: bool = False) -> dict:
    """Return the picture of a site's run: the one named, else the open one, else the latest.

    `page` leaves out runs that had nothing to do, and an ended run that was dismissed: the picture is
    then the idle one. `site` is a row. "run" is None when there is no run to show.
    """
    with read_transaction() as tx:
        runs = tx.execute(RUNS_QUERY, {"of_site": site.id}).all()
        shown = _select_run(tx, runs, site.id, public_id, page)
        rows = lines = ()
        if shown is not None:
            rows = tx.execute(STAGES_QUERY, {"of_run": shown.id}).all()
            lines = tx.execute(LINES_QUERY, {"of_run": shown.id, "at": shown.current_stage}).all()
        head = runs[0] if runs else tx.execute(SITE_QUERY, {"of_site": site.id}).one()
    picture = {
        "site": {"id": site.id, "slug": site.slug, "name": site.name},
        "workers": _workers(head),
        "review_waiting": head.review_waiting,
        "sent_back": head.sent_back,
        "past_runs": [_past_run(r) for r in runs if shown is None or r.id < shown.id][
            :MAX_PAST_RUNS
        ],
    }
    if shown is None:
        picture |= _idle_snapshot(site, head)
        return picture | {"by_models": _uses_models(picture["stages"])}
    picture |= _run_snapshot(shown, rows, lines, head.slots, runs)
    if shown.state in ENDED:
        picture["tag"] += f"-{head.review_waiting}-{head.sent_back}"
    return picture | {"by_models": _uses_models(picture["stages"])}


def _uses_models(stages: list[dict]) -> bool:
    """Return whether somebody else than the built-in engine works in one of the stages."""
    return any(s["engine"] != BUILT_IN for s in stages)


def run_detail(site, public_id: str) -> dict | None:
    """Return the picture of one run of a site, ended or not; None when there is no such run."""
    picture = snapshot(site, public_id)
    return picture if picture["run"] is not None else None


def _select_run(tx, runs, site_id: int, public_id: str | None, page: bool):
    if public_id is not None:
        return next((r for r in runs if r.public_id == public_id), None) or Run.find(
            tx, site_id, public_id
        )
    latest = next((r for r in runs if r.state != "nothing_to_do"), None)
    if not page:
        return latest or (runs[0] if runs else None)
    return None if latest is not None and latest.dismissed and latest.state in ENDED else latest


def _run_snapshot(shown, rows, lines, slots: int, runs) -> dict:
    settings = RunSettings.from_json(shown.settings)
    known = run_rates(settings, shown.history, rows)
    remaining = [r.queued + r.active for r in rows]
    coming = expected_arrivals(known, remaining, _finished_stages(shown, rows, ENDED))
    parts = _open_bar_parts(shown, known, rows)
    expected = [0 if r.status == "skipped" else round(x) for r, x in zip(rows, coming, strict=True)]
    status = display_status(shown, slots)
    well = shown.state in ENDED_WELL
    percent = percentage(shown.bar_remaining, well)
    failed = sum(r.failed for r in rows)
    stages = [
        _stage(r, shown, settings, x, part, lines)
        for r, x, part in zip(rows, expected, parts, strict=True)
    ]
    current = stages[shown.current_stage - 1]
    grouping = _planning_progress(
        shown,
        current,
        rows[shown.current_stage - 1].planning_progress,
        STAGES[shown.current_stage - 1],
    )
    current["whole"] = grouping
    doing = _current_work(current)
    processed = sum(r.done + r.failed + r.skipped for r in rows)
    duration = _active_seconds(shown)
    parent = next((r.number for r in runs if r.id == shown.parent_id), None)
    return {
        "version": shown.version,
        "tag": _tag(shown.id, shown.version, slots),
        "poll_seconds": _poll_seconds(
            shown, stages[shown.current_stage - 1]["progress_percentage"]
        ),
        "run": {
            "run_id": shown.public_id,
            "site_id": shown.site_id,
            "number": shown.number,
            "status": status,
            "state": shown.state,
            "label": status_label(shown, status, percent, failed),
            "status_reason": shown.status_reason,
            "blocked": _blocked(shown),
            "raise_by": max(100, round(0.25 * (shown.credits_cap or 0))),
            "current_stage": shown.current_stage,
            "open": shown.state in OPEN,
            "trigger": shown.trigger,
            "started_by": shown.started_by,
            "started_at": _iso(shown.started_at or shown.created_at),
            "finished_at": _iso(shown.finished_at),
            "parent_number": parent,
            "predicted": None
            if shown.state == "nothing_to_do"
            else format_duration_range(shown.predicted_low or 0, shown.predicted_high or 0),
            "took_seconds": round(duration),
            "can": _allowed_actions(shown, rows),
            "initial_snapshot": shown.initial_snapshot,
            "made": [
                {"count": s["output_count"], "unit": s["output_unit"]}
                for s in stages
                if s["output_count"]
            ],
        },
        "global_progress": {
            "total_items": sum(r.input for r in rows) + sum(expected),
            "known_items": sum(r.input for r in rows),
            "expected_items": sum(expected),
            "completed_items": processed,
            "failed_items": failed,
            "percentage": percent,
            **_eta(shown, duration),
        },
        "stages": stages,
        "metrics": {
            "credits_used": shown.credits_used,
            "credits_cap": shown.credits_cap,
            "money": sum(r.money for r in rows),
            "predicted_credits": _predicted(shown),
            "requests": sum(r.requests for r in rows),
            "repeats": sum(r.repeats for r in rows),
            "tokens": sum(r.tokens_in + r.tokens_out for r in rows),
            "duration_seconds": round(duration),
            "errors": [x.text for x in lines if x.part == "event" and x.level == "error"],
        },
        "activity": [
            {
                "at": _iso(x.at),
                "level": x.level,
                "kind": x.kind,
                "stage": x.stage,
                "message": x.text,
                "credits": x.credits,
            }
            for x in sorted((x for x in lines if x.part == "event"), key=lambda x: -x.id)
        ],
        "notice": notice(shown, status, slots, doing),
        "idle": None,
    }


def _planning_progress(shown, current: dict, headway: float, stage_module) -> dict | None:
    """Return {title, percent, since_seconds} while one computation is made for all items of the stage, else None."""
    if not stage_module.PLANS_WHOLE_STAGE or not current["active_count"] or shown.has_plan:
        return None
    since = max((x["since_seconds"] for x in current["currently_processing"]), default=0)
    return {
        "title": f"{stage_module.ACTIVITY.capitalize()} all {pluralize(current['remaining_count'], current['input_unit'])}",
        "percent": int(100 * headway / stage_module.PLANNING_SHARE + 1e-6),
        "since_seconds": since,
    }


def _current_work(current: dict) -> str | None:
    """Return what is in work in a few words, None when nothing is."""
    if current["whole"]:
        count, first = current["remaining_count"], current["active_count"]
        return f"the grouping of {pluralize(count, current['input_unit'])}" + (
            f", of which the first {first:,} are then sorted in" if first < count else ""
        )
    if not current["currently_processing"]:
        return None
    more = current["active_count"] - 1
    return f"“{current['currently_processing'][0]['title']}”" + (
        f" and {more:,} more" if more else ""
    )


def _open_bar_parts(shown, known, rows) -> list[float]:
    """Return how the rest of the bar divides among the stages; what a cancel left undone keeps its part."""
    undone = [r.queued + r.active + r.cancelled for r in rows]
    return open_bar_parts(
        shown.bar_remaining,
        known,
        undone,
        expected_arrivals(known, undone, _finished_stages(shown, rows, ENDED_WELL)),
    )


def _finished_stages(shown, rows, ended: tuple) -> list[bool]:
    """Return of which stages nothing more comes: those that the run has left, and all in an `ended` state."""
    return [
        shown.state in ended
        or (r.number < shown.current_stage and r.status in ("completed", "skipped", "cancelled"))
        for r in rows
    ]


def _stage(row, shown, settings, expected: int, open_part: float, lines) -> dict:
    stage_module = STAGES[row.number - 1]
    status = stage_status(row, shown)
    processed = row.done + row.failed + row.skipped
    complete = row.status in ("completed", "skipped")
    total = row.input + expected
    percent = 100 if complete else min(99, 100 * processed // total) if total else 0
    current = row.number == shown.current_stage
    now = clock.now().timestamp()
    upcoming = [x for x in lines if x.part == "next"] if current else []
    return {
        "number": row.number,
        "key": stage_module.KEY,
        "name": stage_module.NAME,
        "short": stage_module.SHORT_NAME,
        "verb": stage_module.ACTIVITY,
        "status": status,
        "badge": badge(status, row.failed, shown, row.done),
        "reason": row.status_reason,
        "input_count": row.input,
        "expected_count": expected,
        "processed_count": processed,
        "done_count": row.done,
        "failed_count": row.failed,
        "skipped_count": row.skipped,
        "cancelled_count": row.cancelled,
        "queued_count": row.queued,
        "active_count": row.active,
        "remaining_count": row.queued + row.active,
        "output_count": row.made,
        "output_unit": output_unit(stage_module, settings),
        "input_unit": input_unit(stage_module, settings),
        "engine": row.provider,
        "money": row.money,
        "requests": row.requests,
        "repeats": row.repeats,
        "tokens": row.tokens_in + row.tokens_out,
        "progress_percentage": percent,
        "credits_used": row.credits,
        "duration_seconds": round(_active_seconds(row)),
        "result": dict(zip(stage_module.RESULT_KEYS, (processed, row.made), strict=True)),
        "bar": {"filled": row.filled, "open": open_part},
        "currently_processing": [
            {"id": x.subject_id, "title": x.text, "since_seconds": max(0, round(now - x.since))}
            for x in lines
            if x.part == "active" and x.stage == row.number
        ],
        "more_active": max(0, row.active - MAX_ACTIVE_ITEMS),
        "up_next": [{"id": x.subject_id, "title": x.text} for x in upcoming],
        "more_queued": max(0, row.queued - len(upcoming)) if current else 0,
        "waiting": 0,
        "would_make": 0,
        "expected_in_run": 0,
        "whole": None,
    }


def _idle_snapshot(site, head) -> dict:
    ahead = estimate(site)
    stages = []
    for stage_module, part in zip(STAGES, ahead["stages"], strict=True):
        status = "ready" if part["waiting"] else "empty"
        stages.append(
            {
                "number": stage_module.NUMBER,
                "key": stage_module.KEY,
                "name": stage_module.NAME,
                "short": stage_module.SHORT_NAME,
                "verb": stage_module.ACTIVITY,
                "status": status,
                "badge": badge(status, 0),
                "reason": None,
                "input_count": 0,
                "expected_count": 0,
                "processed_count": 0,
                "done_count": 0,
                "failed_count": 0,
                "skipped_count": 0,
                "cancelled_count": 0,
                "queued_count": 0,
                "active_count": 0,
                "remaining_count": 0,
                "output_count": 0,
                "output_unit": part["unit"],
                "input_unit": part["takes"],
                "engine": part["engine"],
                "money": 0,
                "requests": 0,
                "repeats": 0,
                "tokens": 0,
                "progress_percentage": 0,
                "credits_used": 0,
                "duration_seconds": 0,
                "result": dict.fromkeys(stage_module.RESULT_KEYS, 0),
                "bar": {"filled": 0.0, "open": 0.0},
                "currently_processing": [],
                "more_active": 0,
                "up_next": [],
                "more_queued": 0,
                "waiting": part["waiting"],
                "would_make": part["would_make"],
                "expected_in_run": part["expected_in_run"],
                "whole": None,
            }
        )
    shares = [s["expected_in_run"] for s in stages]
    for s in stages:
        s["bar"]["open"] = s["expected_in_run"] / sum(shares) if sum(shares) else 1 / LAST
    idle = {
        key: ahead[key]
        for key in (
            "waiting_items",
            "waiting_stages",
            "makes",
            "eta_text",
            "credits",
            "money",
            "cap",
        )
    }
    idle["importing"] = (
        None if head.rows_coming is None else {"rows": head.rows_coming, "read": head.rows_read}
    )
    seen = json.dumps([idle, [s["waiting"] for s in stages], head.slots, head.review_waiting])
    return {
        "version": 0,
        "tag": "idle-" + hashlib.sha256(seen.encode()).hexdigest()[:16],
        "poll_seconds": IMPORT_POLL_S if idle["importing"] and head.slots else 30,
        "run": None,
        "global_progress": {
            "total_items": 0,
            "known_items": 0,
            "expected_items": 0,
            "completed_items": 0,
            "failed_items": 0,
            "percentage": 0,
            "estimated_remaining_time": None,
            "eta_seconds": None,
            "longer_than_usual": False,
        },
        "stages": stages,
        "metrics": {
            "credits_used": 0,
            "credits_cap": None,
            "money": 0,
            "predicted_credits": None,
            "requests": 0,
            "repeats": 0,
            "tokens": 0,
            "duration_seconds": 0,
            "errors": [],
        },
        "activity": [],
        "notice": notice(None, "idle", head.slots, None),
        "idle": idle,
    }


def _allowed_actions(shown, rows) -> dict:
    is_open = shown.state in OPEN
    settled = shown.desired_state != "cancel"
    failed = sum(r.failed for r in rows)
    return {
        "pause": is_open and shown.desired_state == "go" and shown.state in ("queued", "running"),
        "resume": is_open
        and settled
        and (
            shown.desired_state == "pause"
            or shown.state == "paused"
            or (shown.state == "blocked" and not Run.is_blocked_by_own_cap(shown))
        ),
        "cancel": is_open and settled,
        "retry": bool(failed) and (not is_open or (settled and shown.rewind_to_stage is None)),
        "run": not is_open,
        "dismiss": not is_open and not shown.dismissed,
    }


def _blocked(shown) -> dict | None:
    """Return why a run is blocked, since when and until when it does not go on by itself."""
    if shown.state != "blocked":
        return None
    until = None if shown.block_until is None else datetime.fromtimestamp(shown.block_until, UTC)
    return {"kind": shown.block_kind, "since": _iso(shown.blocked_at), "until": _iso(until)}


def _predicted(shown) -> dict | None:
    """Return the range of credits that was predicted when the run began, None where nothing costs any."""
    if not shown.predicted_credits_high:
        return None
    return {"low": round(shown.predicted_credits_low), "high": round(shown.predicted_credits_high)}


def _eta(shown, duration: float) -> dict:
    if shown.state not in ("queued", "running") or shown.desired_state != "go":
        return {"estimated_remaining_time": None, "eta_seconds": None, "longer_than_usual": False}
    if shown.eta_at is None:
        return {
            "estimated_remaining_time": "estimating…",
            "eta_seconds": None,
            "longer_than_usual": False,
        }
    gone = max(0.0, duration - shown.eta_at)
    if gone > shown.eta_high:
        return {
            "estimated_remaining_time": "longer than usual",
            "eta_seconds": None,
            "longer_than_usual": True,
        }
    seconds = {
        k: round(max(0.0, v - gone))
        for k, v in (("low", shown.eta_low), ("mid", shown.eta_mid), ("high", shown.eta_high))
    }
    at_least = duration + shown.eta_low - gone
    return {
        "estimated_remaining_time": format_duration_range(shown.eta_low, shown.eta_high),
        "eta_seconds": seconds,
        "longer_than_usual": bool(shown.history) and at_least > (shown.predicted_high or at_least),
    }


def _poll_seconds(shown, percent: int) -> int:
    if shown.state in ENDED:
        return 30
    if shown.desired_state == "go" and shown.state in ("paused", "blocked"):
        return 30
    if shown.desired_state != "go" and shown.state == "paused":
        return 30 if shown.desired_state == "pause" else 1
    return 2 if percent < 50 else 3 if percent < 90 else 1


def _workers(head) -> dict:
    seen = (
        None
        if head.last_seen is None
        else max(0, round((clock.now() - head.last_seen).total_seconds()))
    )
    return {"online": head.slots, "last_seen_seconds": seen}


def _past_run(row) -> dict:
    return {
        "run_id": row.public_id,
        "number": row.number,
        "status": row.state,
        "started_at": _iso(row.started_at or row.created_at),
        "failed_items": row.failed_items or 0,
        "percentage": percentage(row.bar_remaining, row.state in ENDED_WELL),
    }


def _tag(run_id: int, version: int, slots: int) -> str:
    return f"{run_id}-{version}-{slots}"


def _active_seconds(row) -> float:
    span = (clock.now() - row.active_since).total_seconds() if row.active_since else 0.0
    return row.active_seconds + max(0.0, span)


def _iso(moment) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
