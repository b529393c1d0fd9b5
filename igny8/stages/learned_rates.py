"""Compute the rates of a run: built-in priors, adjusted by the site's history and the run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select

from igny8.forecast import (
    HISTORY_WEIGHT,
    PASS_THROUGH,
    Rate,
    Totals,
    expected_arrivals,
    updated_rate,
)
from igny8.models import ENDED, Run, RunSettings, RunStage
from igny8.stages import STAGES, s1_cluster, skipped_stages

MAX_HISTORY_RUNS = 20
STAGES_WITH_FIXED_OUTPUTS = (5, 6)  # outputs per item follow from the settings
NO_HISTORY = (0.0, 0.0, 0.0, 0.0)


def prior_rate(number: int, settings: RunSettings, count: float) -> Rate:
    """Return the expected rate of a stage with `count` items without any history."""
    base = STAGES[number - 1].PRIOR_RATE
    choice = settings.providers.get(STAGES[number - 1].KEY)
    if choice is not None:
        base = replace(base, seconds=choice["seconds"], credits=choice["credits"])
    if number == 1:
        return _prior_of_clustering(base, choice is None, max(1.0, count))
    if number == 2:
        return replace(base, outputs=min(base.outputs, float(settings.ideas_per_cluster)))
    if number == 5:
        return replace(base, outputs=float(settings.images_per_article))
    if number == 6:
        return replace(base, outputs=1.0 / max(1, settings.images_per_article))
    return base


def _prior_of_clustering(base: Rate, is_builtin: bool, count: float) -> Rate:
    """Return the prior of stage 1: longer lists have fewer clusters per keyword."""
    if is_builtin:
        base = replace(base, seconds=base.seconds + s1_cluster.STARTUP_S / count)
    outputs = base.outputs * count**-s1_cluster.CLUSTERS_PER_KEYWORD_DECAY
    return replace(base, outputs=min(1.0, outputs))


def load_history(tx: Connection, site_id: int, settings: RunSettings) -> dict[str, Any]:
    """Return the totals of a site's recent runs; empty if there are none.

    {stage number as text: [processed, forwarded, seconds, credits, number of runs]} and "pace": the
    expected speed factor (forecast.SpeedFactor). Only stages with the same provider as in
    `settings` count, as time and cost depend on it.
    """
    recent = (
        select(Run.id)
        .where(Run.site_id == site_id, Run.state.in_(ENDED))
        .order_by(Run.id.desc())
        .limit(MAX_HISTORY_RUNS)
    )
    found: dict[str, Any] = {
        str(number): [float(value) for value in seen]
        for number, provider, *seen in tx.execute(_stage_totals(recent))
        if seen[0] and provider == settings.provider_label(STAGES[number - 1].KEY)
    }
    if not found:
        return {}
    query = select(Run.pace).where(Run.id.in_(recent)).order_by(Run.id.desc()).limit(1)
    pace = tx.execute(query).scalar_one()
    return found | {"pace": pace**0.5}  # half way: a busy day need not come again


def _stage_totals(runs: Select[Any]) -> Select[Any]:
    """Return the query of the totals of these runs, per stage and provider."""
    return (
        select(
            RunStage.number,
            RunStage.provider,
            func.sum(RunStage.done + RunStage.failed),
            # a run over the first articles forwards only some of its ideas
            func.sum(case((RunStage.number == 2, RunStage.made), else_=RunStage.forwarded)),
            func.sum(RunStage.work_seconds),
            func.sum(RunStage.credits),
            func.count(),
        )
        .where(RunStage.run_id.in_(runs), RunStage.done + RunStage.failed > 0)
        .group_by(RunStage.number, RunStage.provider)
    )


def run_rates(
    settings: RunSettings,
    history: Mapping[str, Any],
    rows: Sequence[Row[Any]],
    waiting: Sequence[int] = (),
) -> list[Rate]:
    """Return the seven rates of a run.

    `rows` are the run's stage rows in order. Before a run they are empty, and `waiting` is the
    number of items waiting in each stage.
    """
    first = rows[0].input if rows else next(iter(waiting), 0)
    skipped = skipped_stages(settings)
    rates = [
        PASS_THROUGH if number in skipped else _rate(number, settings, history, rows, first)
        for number in range(1, len(STAGES) + 1)
    ]
    if rows and 6 not in skipped:
        rates[5] = replace(rates[5], outputs=_articles_per_image(rows, rates[5].outputs))
    if settings.first_articles is not None:
        rates[1] = _rate_of_first_ideas(rates, settings.first_articles, rows, waiting)
    return rates


def first_waiting(waiting: Sequence[int], first: int) -> list[int]:
    """Return how many waiting items of each stage a run over the `first` articles takes.

    Accepted ideas come first, then new ideas; keywords and clusters only if these do not suffice.
    """
    tasks = min(waiting[3], first)
    ideas = min(waiting[2], first - tasks)
    earlier = list(waiting[:2]) if tasks + ideas < first else [0, 0]
    return [*earlier, ideas, tasks, *waiting[4:]]


def _rate_of_first_ideas(
    rates: Sequence[Rate], first: int, rows: Sequence[Row[Any]], waiting: Sequence[int]
) -> Rate:
    """Return the rate of stage 2 in a run that writes only the `first` articles.

    Its ideas move on together at the end of the stage, as many as the run needs.
    """
    remaining = [row.queued + row.active for row in rows] if rows else list(waiting)
    coming = remaining[1] + expected_arrivals(rates, remaining)[1]
    if coming <= 0:
        return rates[1]
    made = rows[1].made if rows else 0
    taken = rows[2].input + rows[3].input - rows[2].forwarded if rows else sum(waiting[2:4])
    ideas = made + rates[1].outputs * coming
    return replace(rates[1], outputs=min(max(0, first - taken), ideas) / coming)


def _rate(
    number: int,
    settings: RunSettings,
    history: Mapping[str, Any],
    rows: Sequence[Row[Any]],
    first: int,
) -> Rate:
    """Return the rate of one stage; `first` is how many items stage 1 has."""
    expected = prior_rate(number, settings, first)
    past = history.get(str(number), NO_HISTORY)
    seen = _history_totals(past, number, settings, expected).capped(HISTORY_WEIGHT)
    if number in STAGES_WITH_FIXED_OUTPUTS:
        seen = replace(seen, forwarded=seen.processed * expected.outputs)
    if not rows:
        return updated_rate(expected, seen)
    row = rows[number - 1]
    seconds = _seconds_of_finished_items(row)
    # a run over the first articles forwards its ideas later, and only some of them
    outputs = row.made if settings.first_articles is not None and number == 2 else row.forwarded
    seen += Totals(row.done + row.failed, outputs, seconds, row.credits)
    return replace(updated_rate(expected, seen), precomputed_share=row.planning_progress)


def _articles_per_image(rows: Sequence[Row[Any]], usual: float) -> float:
    """Return how many articles each pending image releases for review.

    This is not learned: the articles with images of the run are known.
    """
    described, drawn = rows[4], rows[5]
    remaining = drawn.queued + drawn.active
    if not remaining:
        return usual
    earlier = (drawn.input - described.forwarded) * usual
    return min(1.0, max(0.0, described.done + earlier - drawn.forwarded) / remaining)


def _history_totals(
    past: Sequence[float], number: int, settings: RunSettings, expected: Rate
) -> Totals:
    """Return the totals of a stage in earlier runs.

    Clustering has a start-up time, so a keyword of a short list takes longer than one of a long
    list. Therefore the ratio of actual to expected time of the earlier runs is used.
    """
    seen = Totals(*past[:4])
    if number != 1 or not seen.processed:
        return seen
    runs = past[4] if len(past) > 4 else 1.0
    expected_then = prior_rate(number, settings, seen.processed / runs).seconds
    if not expected_then:
        return seen
    return replace(seen, seconds=seen.seconds * expected.seconds / expected_then)


def _seconds_of_finished_items(row: Row[Any]) -> float:
    """Return the seconds of a stage's finished items, including their planning share."""
    finished = row.done + row.failed
    planned = row.planning_progress
    worked_for = planned * row.input + (1.0 - planned) * finished
    return float(row.work_seconds * finished / worked_for) if worked_for else 0.0
