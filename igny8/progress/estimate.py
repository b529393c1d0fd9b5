"""What a run would do now: what waits, what it would make, how long it would take."""

from sqlalchemy import func, select

from igny8.extensions import read_transaction
from igny8.forecast import apply_speed_factor, forecast_run
from igny8.formatting import format_duration_range
from igny8.models.credit_account import Headroom, headroom
from igny8.models.price import MICROS_PER_CREDIT
from igny8.stages import STAGES, skipped_stages
from igny8.stages.base import input_unit, output_unit
from igny8.stages.learned_rates import load_history, run_rates
from igny8.stages.provider_choice import resolve_providers


def waiting_counts(tx, site_id: int, settings) -> list[int]:
    """Return how many items wait in each stage, asked of the stages' own queries."""
    counts = [
        select(func.count())
        .select_from(s.waiting_query(site_id, settings).order_by(None).subquery())
        .scalar_subquery()
        for s in STAGES
    ]
    return list(tx.execute(select(*counts)).one())


def estimate(site) -> dict:
    """Return the outlook of a run begun now over the site (a row).

    `stages`: per stage waiting, expected_in_run, would_make; `makes`: what a reader cares about;
    `eta_text`, `eta_seconds`, `credits` and `money` (millionths) as ranges; `cap` where caps would stop it.
    """
    with read_transaction() as tx:
        settings = resolve_providers(tx, site.id)
        waiting = waiting_counts(tx, site.id, settings)
        left = headroom(tx, site.id)
        history = load_history(tx, site.id, settings)
    known = run_rates(settings, history, [], waiting)
    ahead = forecast_run(known, waiting, settings.parallelism)
    seconds = apply_speed_factor(ahead["seconds"], history["pace"]) if history else ahead["seconds"]
    absent, credits = skipped_stages(settings), ahead["credits"]
    stages = []
    for stage_module, count, items, rate in zip(
        STAGES, waiting, ahead["items"], known, strict=True
    ):
        out = stage_module.NUMBER in absent
        yields = rate.outputs if stage_module.NUMBER in (1, 2, 5) else 1.0
        stages.append(
            {
                "number": stage_module.NUMBER,
                "key": stage_module.KEY,
                "waiting": count,
                "expected_in_run": 0 if out else max(count, round(items)),
                "would_make": 0 if out else round(items * yields),
                "unit": output_unit(stage_module, settings),
                "takes": input_unit(stage_module, settings),
                "engine": settings.provider_label(stage_module.KEY),
                "credits": items * rate.credits,
            }
        )
    made = [
        {"count": stages[n]["would_make"], "unit": unit}
        for n, unit in ((0, "clusters"), (3, stages[3]["unit"]), (5, "images"))
        if stages[n]["would_make"]
    ]
    return {
        "waiting_items": sum(waiting),
        "waiting_stages": sum(1 for c in waiting if c),
        "stages": stages,
        "makes": made,
        "eta_text": format_duration_range(seconds.low, seconds.high) if sum(waiting) else None,
        "eta_seconds": {
            "low": round(seconds.low),
            "mid": round(seconds.mid),
            "high": round(seconds.high),
        },
        "credits": {
            "low": round(credits.low),
            "mid": round(credits.mid),
            "high": round(credits.high),
        },
        "money": {
            "low": round(credits.low * MICROS_PER_CREDIT),
            "mid": round(credits.mid * MICROS_PER_CREDIT),
            "high": round(credits.high * MICROS_PER_CREDIT),
        },
        "cap": _limiting_cap(left, credits, stages),
    }


def _limiting_cap(room: Headroom | None, credits, stages: list[dict]) -> dict | None:
    """Return which cap would probably stop the run, and where: {scope, limit, left, stage, likely}, or None."""
    if room is None or credits.high <= room.left:
        return None
    spent, last = 0.0, None
    for stage in stages:
        if not stage["credits"]:
            continue
        spent, last = spent + stage["credits"], stage["number"]
        if spent > room.left:
            break
    return room._asdict() | {"stage": last, "likely": credits.mid > room.left}
