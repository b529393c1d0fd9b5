"""P1: begin a run. One transaction enrols all that waits; the database allows one open run a site."""

import uuid

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from igny8.engine.fault_injection import fault_point
from igny8.engine.runs.transitions import advance
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.forecast import apply_speed_factor, forecast_run
from igny8.models import (
    KeywordImport,
    Run,
    RunEvent,
    RunItem,
    RunSettings,
    RunStage,
    Site,
    SiteSettings,
)
from igny8.stages import STAGES, skipped_stages
from igny8.stages.learned_rates import load_history, run_rates
from igny8.stages.provider_choice import resolve_providers

run, item = Run.__table__, RunItem.__table__
ITEM_COLUMNS = [
    "run_id",
    "stage",
    "subject_id",
    "title",
    "rank",
    "state",
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


def start_run(
    site_id: int, trigger: str = "manual", by: str = "owner", refuse: bool = False
) -> tuple[str, bool]:
    """Begin a run over all that waits; return its public id and whether it was started.

    When a run of the site is open already, that one is the answer. When nothing waits, the run is
    recorded and has ended at once as nothing_to_do: it was not started, and no page shows it as
    the run of the moment. Raises Refused when there is no such site, and, for who asks to `refuse`,
    when nothing waits: then nothing at all has changed.
    """
    return _start(site_id, trigger, by, _waiting, refuse=refuse)


def has_pending_work(site_id: int) -> bool:
    """Return whether a run that began now would have something to do."""
    with read_transaction() as tx:
        settings = resolve_providers(tx, site_id)
        return any(
            tx.execute(_waiting(tx, site_id, settings, n).limit(1)).first() is not None
            for n in range(1, len(STAGES) + 1)
        )


def start_retry_run(site_id: int, parent, by: str) -> tuple[str, bool]:
    """Begin a run of just the failed items of an ended run (a row); return as run_now does."""
    return _start(site_id, "manual", by, _failed_of(parent), parent)


def _start(
    site_id: int, trigger: str, by: str, queries, parent=None, refuse: bool = False
) -> tuple[str, bool]:
    try:
        with write_transaction() as tx:
            open_run = Run.find_open(tx, site_id)
            if open_run is not None:
                return open_run.public_id, False
            if tx.execute(select(Site.id).where(Site.id == site_id)).first() is None:
                raise ActionRefused("This site does not exist any more. Choose another one.", 404)
            run_id, public_id, count = _insert_run(tx, site_id, trigger, by, queries, parent)
            if refuse and not count:
                if tx.execute(select(KeywordImport.pending_rows(site_id)[0])).scalar() is not None:
                    raise ActionRefused(
                        "Keywords are being imported. Start the run when they are in."
                    )
                raise ActionRefused(
                    "Nothing is waiting, so there is nothing to do. Import keywords, then start a run."
                )
    except IntegrityError:
        with read_transaction() as tx:
            open_run = Run.find_open(tx, site_id)
        if open_run is None:
            raise
        return open_run.public_id, False
    fault_point("begun")
    advance(run_id)
    return public_id, count > 0


def _insert_run(tx, site_id: int, trigger: str, by: str, queries, parent) -> tuple[int, str, int]:
    """Insert the run and its items; return its id, its public id and how many items there are."""
    settings = resolve_providers(
        tx, site_id, None if parent is None else RunSettings.from_json(parent.settings)
    )
    history = load_history(tx, site_id, settings)
    public_id = uuid.uuid4().hex
    number = tx.execute(
        select(func.coalesce(func.max(Run.number), 0) + 1).where(Run.site_id == site_id)
    ).scalar_one()
    run_id = tx.execute(
        insert(run)
        .values(
            public_id=public_id,
            site_id=site_id,
            number=number,
            trigger=trigger,
            started_by=by,
            parent_id=parent.id if parent is not None else None,
            initial_snapshot={},
            settings=settings.to_json(),
            history=history,
            credits_cap=_cap_of(tx, site_id),
        )
        .returning(run.c.id)
    ).scalar_one()
    waiting = [
        _enrol_stage(tx, run_id, n, queries(tx, site_id, settings, n))
        for n in range(1, len(STAGES) + 1)
    ]
    absent = skipped_stages(settings)
    tx.execute(
        insert(RunStage.__table__),
        [
            {
                "run_id": run_id,
                "number": n,
                "input": count,
                "queued": count,
                "status": "skipped" if n in absent else "pending",
                "status_reason": absent.get(n),
                "provider": settings.provider_label(STAGES[n - 1].KEY),
            }
            for n, count in enumerate(waiting, 1)
        ],
    )
    ahead = forecast_run(run_rates(settings, history, [], waiting), waiting, settings.parallelism)
    seconds, credits = (
        apply_speed_factor(ahead["seconds"], history["pace"]) if history else ahead["seconds"],
        ahead["credits"],
    )
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
    what = f"{sum(waiting):,} item{'' if sum(waiting) == 1 else 's'}"
    RunEvent.log(
        tx,
        run_id,
        "begun",
        f"Run #{number} begun by {by} · {what} to do"
        if parent is None
        else f"Run #{number} begun by {by} · {what} of run #{parent.number} again",
    )
    _log_unpriced_models(tx, run_id, settings)
    return run_id, public_id, sum(waiting)


def _log_unpriced_models(tx, run_id: int, settings: RunSettings) -> None:
    """Say, before the first request, which models are counted with a guessed price."""
    models = {e["model"]: None for e in settings.engines.values() if e.get("unpriced")}
    for model in models:
        RunEvent.log(
            tx,
            run_id,
            "note",
            f"The price of “{model}” is not known. Its tokens are counted at a careful guess: enter "
            "its price under Settings, Prices.",
            level="warning",
        )


def _cap_of(tx, site_id: int) -> int | None:
    return tx.execute(select(SiteSettings.cap_run).where(SiteSettings.site_id == site_id)).scalar()


def _waiting(tx, site_id: int, settings, number: int):
    return STAGES[number - 1].waiting_query(site_id, settings)


def _failed_of(parent):
    def query(tx, site_id: int, settings, number: int):
        failed = select(item.c.subject_id.label("id"), item.c.title, item.c.rank).where(
            item.c.run_id == parent.id, item.c.stage == number, item.c.state == "failed"
        )
        reset_failed = getattr(STAGES[number - 1], "reset_failed", None)
        if reset_failed is not None:
            reset_failed(
                tx, list(tx.execute(failed.with_only_columns(item.c.subject_id)).scalars())
            )
        return failed

    return query


def _enrol_stage(tx, run_id: int, number: int, query) -> int:
    """Enrol what the query finds as items of the stage; return how many."""
    found = query.order_by(None).subquery()
    rows = select(
        literal(run_id),
        literal(number),
        found.c.id,
        found.c.title,
        found.c.rank,
        literal("queued"),
        *[literal(0)] * 10,
    )
    return tx.execute(insert(item).from_select(ITEM_COLUMNS, rows)).rowcount
