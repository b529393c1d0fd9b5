"""Insert a run with its stages, its items and its forecast."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Row, Select, func, insert, literal, select, update

from igny8.forecast import apply_speed_factor, forecast_run
from igny8.formatting import format_dollars
from igny8.models import Run, RunEvent, RunItem, RunSettings, RunStage, SiteSettings
from igny8.models.price import UNKNOWN_MODEL_RATE
from igny8.stages import STAGES, skipped_stages
from igny8.stages.learned_rates import load_history, run_rates
from igny8.stages.provider_choice import resolve_providers

run, run_stage, item = Run.__table__, RunStage.__table__, RunItem.__table__
site_settings = SiteSettings.__table__
UNKNOWN_PRICE = (
    f"at {format_dollars(UNKNOWN_MODEL_RATE.tokens_in)} per million read and "
    f"{format_dollars(UNKNOWN_MODEL_RATE.tokens_out)} per million written"
)
# (transaction, site id, settings, stage number) → query of (id, title, rank)
StageQuery = Callable[[Connection, int, RunSettings, int], Select]
SELECTED_COLUMNS = ["run_id", "stage", "subject_id", "title", "rank", "state"]
ZERO_COLUMNS = [
    "retry_order",
    "attempt",
    "crashes",
    "heartbeat_count",
    "credits",
    "requests",
    "repeats",
    "tokens_in",
    "tokens_out",
    "money",
]


@dataclass(frozen=True)
class SettingChanges:
    """Settings that one run overrides: the providers of stages, the length of articles.

    `providers` maps stage keys to choices as in the site settings; `length_percent` None keeps the
    length.
    """

    providers: Mapping[str, dict] = field(default_factory=dict)
    length_percent: int | None = None


def insert_run(
    tx: Connection,
    site_id: int,
    trigger: str,
    by: str,
    query: StageQuery,
    parent: Row | None,
    first: int | None = None,
    changes: SettingChanges | None = None,
) -> tuple[int, str, int]:
    """Insert a run and the items that the query finds; return its id, public id and item count.

    `first` is the maximum number of articles, None for all. `changes` override site settings.
    """
    inherited = None if parent is None else RunSettings.from_json(parent.settings)
    changes = changes or SettingChanges()
    settings = replace(
        resolve_providers(tx, site_id, inherited, changes.providers), first_articles=first
    )
    if changes.length_percent is not None:
        settings = replace(settings, length_percent=changes.length_percent)
    history = load_history(tx, site_id, settings)
    facts = {
        "site_id": site_id,
        "trigger": trigger,
        "started_by": by,
        "parent_id": None if parent is None else parent.id,
        "settings": settings.to_json(),
        "history": history,
    }
    run_id, public_id, number = _insert_run_row(tx, facts)
    waiting = [
        _enrol_items(tx, run_id, stage.NUMBER, query(tx, site_id, settings, stage.NUMBER))
        for stage in STAGES
    ]
    _insert_stages(tx, run_id, settings, waiting)
    _write_forecast(tx, run_id, settings, history, waiting)
    count = sum(waiting)
    items = f"{count:,} item{'' if count == 1 else 's'}"
    scope = f"{items} to process" if parent is None else f"{items} of run #{parent.number} again"
    scope += f", at most {first:,} articles" if first else ""
    RunEvent.log(tx, run_id, "begun", f"Run #{number} started by {by} · {scope}")
    _log_unpriced_models(tx, run_id, settings)
    return run_id, public_id, count


def _insert_run_row(tx: Connection, facts: dict) -> tuple[int, str, int]:
    """Insert the row of a run; return its id, its public id and its number within the site."""
    site_id, public_id = facts["site_id"], uuid.uuid4().hex
    highest = func.coalesce(func.max(run.c.number), 0)
    number = tx.execute(select(highest + 1).where(run.c.site_id == site_id)).scalar_one()
    cap = tx.execute(
        select(site_settings.c.cap_run).where(site_settings.c.site_id == site_id)
    ).scalar()
    values = {"public_id": public_id, "number": number, "initial_snapshot": {}, "credits_cap": cap}
    run_id = tx.execute(insert(run).values(**facts, **values).returning(run.c.id)).scalar_one()
    return run_id, public_id, number


def _enrol_items(tx: Connection, run_id: int, number: int, query: Select) -> int:
    """Insert the results of the query as items of the stage; return how many."""
    found = query.order_by(None).subquery()
    rows = select(
        literal(run_id),
        literal(number),
        found.c.id,
        found.c.title,
        found.c.rank,
        literal("queued"),
        *[literal(0)] * len(ZERO_COLUMNS),
    )
    inserted = insert(item).from_select(SELECTED_COLUMNS + ZERO_COLUMNS, rows)
    return tx.execute(inserted).rowcount


def _insert_stages(tx: Connection, run_id: int, settings: RunSettings, waiting: list[int]) -> None:
    skipped = skipped_stages(settings)
    rows = [
        {
            "run_id": run_id,
            "number": stage.NUMBER,
            "input": count,
            "queued": count,
            "status": "skipped" if stage.NUMBER in skipped else "pending",
            "status_reason": skipped.get(stage.NUMBER),
            "provider": settings.provider_label(stage.KEY),
        }
        for stage, count in zip(STAGES, waiting, strict=True)
    ]
    tx.execute(insert(run_stage), rows)


def _write_forecast(
    tx: Connection, run_id: int, settings: RunSettings, history: dict, waiting: list[int]
) -> None:
    """Write the initial counts and the predicted time and credits of a run."""
    forecast = forecast_run(
        run_rates(settings, history, [], waiting), waiting, settings.parallelism
    )
    seconds, credits = forecast["seconds"], forecast["credits"]
    if history:
        seconds = apply_speed_factor(seconds, history["pace"])
    snapshot = {f"stage_{n}_initial": count for n, count in enumerate(waiting, 1)}
    tx.execute(
        update(run)
        .where(run.c.id == run_id)
        .values(
            initial_snapshot=snapshot | {"total_initial_items": sum(waiting)},
            pace=history.get("pace", 1.0),
            predicted_low=seconds.low,
            predicted_high=seconds.high,
            predicted_credits_low=credits.low,
            predicted_credits_high=credits.high,
        )
    )


def _log_unpriced_models(tx: Connection, run_id: int, settings: RunSettings) -> None:
    """Log before the first request which models have only an estimated price."""
    unpriced = {e["model"]: None for e in settings.providers.values() if e.get("unpriced")}
    for model in unpriced:
        message = (
            f"The price of “{model}” is not known. Caps count its tokens, {UNKNOWN_PRICE}: "
            "enter its price under Settings, Prices."
        )
        RunEvent.log(tx, run_id, "note", message, level="warning")
