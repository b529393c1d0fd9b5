"""The rates of one run: what the product expects, corrected by what the site and the run have shown."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import func, select

from igny8.forecast import HISTORY_WEIGHT, PASS_THROUGH, Rate, Totals, updated_rate
from igny8.models import ENDED, Run, RunStage
from igny8.stages import STAGES, skipped_stages

MAX_HISTORY_RUNS = 20
STAGES_WITH_FIXED_OUTPUTS = (5, 6)  # stages whose outputs an item follow from the settings


def prior_rate(number: int, settings, count: float) -> Rate:
    """Return what the product expects of a stage with `count` items before anything was seen."""
    base = STAGES[number - 1].PRIOR_RATE
    engine = settings.engines.get(STAGES[number - 1].KEY)
    if engine is not None:
        base = replace(base, seconds=engine["seconds"], credits=engine["credits"])
    if number == 1:
        if engine is None:
            base = replace(base, seconds=base.seconds + STAGES[0].STARTUP_S / max(1.0, count))
        return replace(
            base,
            outputs=min(
                1.0, base.outputs * max(1.0, count) ** -STAGES[0].CLUSTERS_PER_KEYWORD_DECAY
            ),
        )
    if number == 2:
        return replace(base, outputs=min(base.outputs, float(settings.ideas_per_cluster)))
    if number == 5:
        return replace(base, outputs=float(settings.images_per_article))
    if number == 6:
        return replace(base, outputs=1.0 / max(1, settings.images_per_article))
    return base


def load_history(tx, site_id: int, settings) -> dict:
    """Return stage number → [processed, forwarded, seconds, credits, how many runs] over recent runs, and
    "pace" → the pace to expect (forecast.Pace); nothing where there were none.

    Only what the engines of these settings did counts: another one takes other time and money.
    """
    recent = (
        select(Run.id)
        .where(Run.site_id == site_id, Run.state.in_(ENDED))
        .order_by(Run.id.desc())
        .limit(MAX_HISTORY_RUNS)
    )
    query = (
        select(
            RunStage.number,
            func.sum(RunStage.done + RunStage.failed),
            func.sum(RunStage.forwarded),
            func.sum(RunStage.work_seconds),
            func.sum(RunStage.credits),
            func.count(),
            RunStage.provider,
        )
        .where(RunStage.run_id.in_(recent), RunStage.done + RunStage.failed > 0)
        .group_by(RunStage.number, RunStage.provider)
    )
    found = {
        str(number): [float(value) for value in seen]
        for number, *seen, engine in tx.execute(query)
        if seen[0] and engine == settings.provider_label(STAGES[number - 1].KEY)
    }
    pace = tx.execute(
        select(Run.pace).where(Run.id.in_(recent)).order_by(Run.id.desc()).limit(1)
    ).scalar()
    return (
        found | {"pace": pace**0.5} if found else {}
    )  # half way: a day that was busy need not come again


def run_rates(
    settings, history: Mapping, rows: Sequence, waiting: Sequence[int] = ()
) -> list[Rate]:
    """Return the seven rates; `rows` are the run's stage rows in order, or empty before a run, and
    then `waiting` says how many items it would begin with.
    """
    first = rows[0].input if rows else next(iter(waiting), 0)
    absent = skipped_stages(settings)
    found = []
    for number in range(1, len(STAGES) + 1):
        if number in absent:
            found.append(PASS_THROUGH)
            continue
        expected = prior_rate(number, settings, first)
        seen = _history_totals(
            history.get(str(number), (0, 0, 0, 0)), number, settings, expected
        ).capped(HISTORY_WEIGHT)
        if number in STAGES_WITH_FIXED_OUTPUTS:
            seen = replace(seen, forwarded=seen.processed * expected.outputs)
        if rows:
            row = rows[number - 1]
            seen += Totals(
                row.done + row.failed, row.forwarded, _seconds_of_finished_items(row), row.credits
            )
        found.append(
            replace(
                updated_rate(expected, seen),
                precomputed_share=rows[number - 1].planning_progress if rows else 0.0,
            )
        )
    if rows and 6 not in absent:
        found[5] = replace(found[5], outputs=_articles_per_image(rows, found[5].outputs))
    return found


def _articles_per_image(rows: Sequence, usual: float) -> float:
    """Return how many articles an image that is still to be made brings to review: nothing to learn
    there, as it is known which articles have images in the run.
    """
    described, drawn = rows[4], rows[5]
    left = drawn.queued + drawn.active
    there_before = (drawn.input - described.forwarded) * usual
    return (
        min(1.0, max(0.0, described.done + there_before - drawn.forwarded) / left)
        if left
        else usual
    )


def _history_totals(past: Sequence[float], number: int, settings, expected: Rate) -> Totals:
    """Return what earlier runs have shown of a stage.

    A grouping takes a while to begin, so a keyword of a small list takes longer than one of a large
    one. What carries over is how much quicker or slower than expected the earlier ones were.
    """
    seen = Totals(*past[:4])
    if number != 1 or not seen.processed:
        return seen
    runs = past[4] if len(past) > 4 else 1.0
    then = prior_rate(number, settings, seen.processed / runs).seconds
    return replace(seen, seconds=seen.seconds * expected.seconds / then) if then else seen


def _seconds_of_finished_items(row) -> float:
    """Return the seconds that a stage's finished items stand for: of a computation made ahead their share."""
    finished = row.done + row.failed
    worked_for = row.planning_progress * row.input + (1.0 - row.planning_progress) * finished
    return row.work_seconds * finished / worked_for if worked_for else 0.0
