"""Let a run that is blocked by its model server go on with the one that its site chose meanwhile."""

from sqlalchemy import exists, select, update

from igny8.engine.billing import credits
from igny8.models import ProviderRequest, Run, RunEvent, RunSettings, RunStage, StageResult
from igny8.stages import STAGES
from igny8.stages.learned_rates import load_history
from igny8.stages.provider_choice import resolve_providers

run, run_stage = Run.__table__, RunStage.__table__
PROVIDER_BLOCKS = (
    "credentials",
    "money",
    "address",
    "model",
    "provider",
    "rate limit",
)  # blocks that another one cures
CHOICE = ("provider", "endpoint", "model", "embedding")


def switch_provider(tx, row) -> bool:
    """Give the stages of the server that blocks a run (a row, held) to whom the site chose meanwhile.

    A run keeps its choice otherwise. Answers that no item was charged for are put aside, so that
    no text is made by two models: their tokens and money stay counted, their credits are released.
    False when nothing changed, or something of it is still in work.
    """
    settings = RunSettings.from_json(row.settings)
    out_of_order = settings.engines.get(STAGES[row.current_stage - 1].KEY)
    if row.block_kind not in PROVIDER_BLOCKS or out_of_order is None or _is_at_work(tx, row):
        return False
    wanted = resolve_providers(tx, row.site_id, settings).engines
    engines, changed = dict(settings.engines), []
    for stage_module in STAGES[row.current_stage - 1 :]:
        old, new = engines.get(stage_module.KEY), wanted.get(stage_module.KEY)
        if old is None or _server(old) != _server(out_of_order) or _choice(old) == _choice(new):
            continue
        if stage_module.PLANS_WHOLE_STAGE and _is_planned(tx, row, stage_module.NUMBER):
            continue
        engines.pop(stage_module.KEY) if new is None else engines.update({stage_module.KEY: new})
        changed.append(stage_module)
    if not changed:
        return False
    fresh = RunSettings.from_json(row.settings | {"engines": engines})
    tx.execute(
        update(run)
        .where(run.c.id == row.id)
        .values(
            settings=fresh.to_json(),
            history=load_history(tx, row.site_id, fresh),
            settings_version=run.c.settings_version + 1,
        )
    )
    for stage_module in changed:
        _change(
            tx,
            row,
            stage_module,
            settings.provider_label(stage_module.KEY),
            fresh.provider_label(stage_module.KEY),
        )
    return True


def _change(tx, row, stage_module, old: str, new: str) -> None:
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == stage_module.NUMBER)
        .values(provider=new)
    )
    aside = ProviderRequest.reject_unused(
        tx, row.id, stage_module.NUMBER, f"put aside: {new} works here now"
    )
    credits.release(tx, aside)
    paid = f" · {len(aside):,} answers of unfinished items are put aside" if aside else ""
    RunEvent.log(
        tx,
        row.id,
        "engine",
        f"Stage {stage_module.NUMBER} goes on with {new} in place of {old}{paid}",
        level="warning",
        stage=stage_module.NUMBER,
    )


def _is_at_work(tx, row) -> bool:
    return tx.execute(
        select(exists().where(run_stage.c.run_id == row.id, run_stage.c.active > 0))
    ).scalar()


def _is_planned(tx, row, number: int) -> bool:
    """Return whether the one plan of a stage is made: nobody is asked any more."""
    return tx.execute(
        select(
            exists().where(
                StageResult.run_id == row.id,
                StageResult.stage == number,
                StageResult.name == "plan",
            )
        )
    ).scalar()


def _server(engine: dict) -> tuple:
    return engine["provider"], engine["endpoint"]


def _choice(engine: dict | None) -> tuple | None:
    return engine and tuple(engine.get(name) for name in CHOICE)
