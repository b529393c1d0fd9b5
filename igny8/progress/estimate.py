"""Estimate a run that starts now: what waits, what it would make, how long it would take."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, func, select

from igny8.extensions import read_transaction
from igny8.forecast import EstimateRange, apply_speed_factor, forecast_run
from igny8.formatting import format_duration_range
from igny8.models import Content, Run, RunSettings
from igny8.models.credit_account import Headroom, headroom
from igny8.models.price import MICROS_PER_CREDIT
from igny8.stages import STAGES, skipped_stages
from igny8.stages.base import input_unit, output_unit
from igny8.stages.learned_rates import first_waiting, load_history, run_rates
from igny8.stages.provider_choice import resolve_providers

# stages whose learned outputs per item say how much they make; the others make one per item
STAGES_WITH_LEARNED_OUTPUTS = (1, 2, 5)


PLAN, WRITE = 2, 3  # position of the stage that writes
FIRST_ARTICLES = 5  # what a site may start with
WORDS_PER_MINUTE = 230  # of an adult who reads silently
USUAL_WORDS = {"article": 1200.0, "brief": 350.0}


def waiting_counts(tx: Connection, site_id: int, settings: RunSettings) -> list[int]:
    """Return the number of items waiting in each stage, by the stages' own queries."""
    counts = [
        select(func.count())
        .select_from(stage.waiting_query(site_id, settings).order_by(None).subquery())
        .scalar_subquery()
        for stage in STAGES
    ]
    return list(tx.execute(select(*counts)).one())


def estimate(site: Row[Any]) -> dict[str, Any]:
    """Return the forecast of a run that would start now over the site (a row).

    `texts` is the number of articles it would write; `others` the same after a run limited to the
    first, else 0; `first` is the forecast of a run over the first articles, None if there are no
    more than these; `reading_text` is how long a person reads them. `stages` has waiting,
    expected_in_run and would_make per stage; `makes` the main results; `eta_text`, `eta_seconds`,
    `credits` and `money` (millionths of a dollar) are ranges; `cap` is the cap that would probably
    stop the run, or None.
    """
    with read_transaction() as tx:
        settings = resolve_providers(tx, site.id)
        waiting = waiting_counts(tx, site.id, settings)
        room = headroom(tx, site.id)
        history = load_history(tx, site.id, settings)
        words = _words_per_text(tx, site.id, settings)
        runs, limited = _earlier_runs(tx, site.id)
    every = _forecast(settings, history, waiting, room, words)
    first = None
    if every["texts"] > FIRST_ARTICLES:
        few = replace(settings, first_articles=FIRST_ARTICLES)
        chosen = first_waiting(waiting, FIRST_ARTICLES)
        first = _forecast(few, history, chosen, room, words)
    return every | {
        "others": every["texts"] if limited else 0,
        "first": first,
        "is_first_run": not runs,
    }


def estimate_ideas(site: Row[Any], count: int, words: int) -> dict[str, Any]:
    """Return the forecast of a run over so many ideas, in the format of `estimate`.

    `words` is the sum of their planned lengths, which determines the reading time of articles;
    briefs are shorter.
    """
    with read_transaction() as tx:
        settings = resolve_providers(tx, site.id)
        room = headroom(tx, site.id)
        history = load_history(tx, site.id, settings)
    waiting = [0] * len(STAGES)
    waiting[PLAN] = count
    length = words / count if count and "write" in settings.providers else USUAL_WORDS["brief"]
    return _forecast(settings, history, waiting, room, length)


def _forecast(
    settings: RunSettings,
    history: dict[str, Any],
    waiting: list[int],
    room: Headroom | None,
    words: float,
) -> dict[str, Any]:
    """Return the forecast of a run over these items; `words` is the length of an article."""
    rates = run_rates(settings, history, [], waiting)
    ahead = forecast_run(rates, waiting, settings.parallelism)
    seconds, cost = ahead["seconds"], ahead["credits"]
    if history:
        seconds = apply_speed_factor(seconds, history["pace"])
    stages = _stages(settings, waiting, ahead["items"], rates)
    money = EstimateRange(*(n * MICROS_PER_CREDIT for n in (cost.low, cost.mid, cost.high)))
    texts = stages[WRITE]["would_make"]
    return {
        "waiting_items": sum(waiting),
        "waiting_stages": sum(1 for count in waiting if count),
        "texts": texts,
        "reading_text": _reading_text(words * texts),
        "stages": stages,
        "makes": _main_results(stages),
        "eta_text": format_duration_range(seconds.low, seconds.high) if sum(waiting) else None,
        "eta_seconds": _rounded(seconds),
        "credits": _rounded(cost),
        "money": _rounded(money),
        "cap": _limiting_cap(room, cost, stages),
    }


def _words_per_text(tx: Connection, site_id: int, settings: RunSettings) -> float:
    """Return the average number of words of the site's articles; a default without any."""
    query = select(func.avg(Content.words)).where(Content.site_id == site_id)
    average = tx.execute(query).scalar()
    usual = USUAL_WORDS["article" if "write" in settings.providers else "brief"]
    return float(average) if average is not None else usual


def _earlier_runs(tx: Connection, site_id: int) -> tuple[bool, bool]:
    """Return whether the site has a run that processed items, and whether the last was limited."""
    query = select(Run.settings).where(Run.site_id == site_id, Run.state != "nothing_to_do")
    settings = tx.execute(query.order_by(Run.id.desc()).limit(1)).scalar()
    if settings is None:
        return False, False
    return True, RunSettings.from_json(settings).first_articles is not None


def _reading_text(words: float) -> str | None:
    """Return the time to read so many words: "1 min", "40 min", "2 h"; None for 0."""
    if not words:
        return None
    minutes = words / WORDS_PER_MINUTE
    if minutes < 1:
        return "1 min"
    return f"{minutes:,.0f} min" if minutes < 90 else f"{minutes / 60:,.0f} h"


def _stages(
    settings: RunSettings, waiting: list[int], expected: list[float], rates: list[Any]
) -> list[dict[str, Any]]:
    """Return the entry of each stage in the estimate."""
    skipped = skipped_stages(settings)
    entries = []
    for stage, count, items, rate in zip(STAGES, waiting, expected, rates, strict=True):
        is_skipped = stage.NUMBER in skipped
        outputs = rate.outputs if stage.NUMBER in STAGES_WITH_LEARNED_OUTPUTS else 1.0
        entries.append(
            {
                "number": stage.NUMBER,
                "key": stage.KEY,
                "waiting": count,
                "expected_in_run": 0 if is_skipped else max(count, round(items)),
                "would_make": 0 if is_skipped else round(items * outputs),
                "unit": output_unit(stage, settings),
                "takes": input_unit(stage, settings),
                "engine": settings.provider_label(stage.KEY),
                "credits": items * rate.credits,
            }
        )
    return entries


def _main_results(stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the clusters, texts and images that a run would make, without zeros."""
    return [
        {"count": stages[position]["would_make"], "unit": unit}
        for position, unit in ((0, "clusters"), (3, stages[3]["unit"]), (5, "images"))
        if stages[position]["would_make"]
    ]


def _rounded(span: EstimateRange) -> dict[str, int]:
    return {"low": round(span.low), "mid": round(span.mid), "high": round(span.high)}


def _limiting_cap(
    room: Headroom | None, cost: EstimateRange, stages: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the cap that would probably stop the run: {scope, limit, left, stage, likely}.

    None if there is no such cap.
    """
    if room is None or cost.high <= room.left:
        return None
    spent, last = 0.0, None
    for stage in stages:
        if not stage["credits"]:
            continue
        spent, last = spent + stage["credits"], stage["number"]
        if spent > room.left:
            break
    return room._asdict() | {"stage": last, "likely": cost.mid > room.left}
