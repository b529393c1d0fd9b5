"""Let a run that its provider blocks continue with the one that its site has chosen since."""

from dataclasses import replace

from sqlalchemy import Connection, Row, exists, select, update

from igny8.engine.billing import credits
from igny8.models import ProviderRequest, Run, RunEvent, RunSettings, RunStage, StageResult
from igny8.stages import STAGES, StageModule
from igny8.stages.learned_rates import load_history
from igny8.stages.provider_choice import resolve_providers

run, run_stage = Run.__table__, RunStage.__table__
# kinds of blocks that another provider can end
PROVIDER_BLOCKS = ("credentials", "money", "address", "model", "provider", "rate limit")
CHOICE_KEYS = ("provider", "endpoint", "model", "embedding")


def switch_provider(tx: Connection, row: Row) -> bool:
    """Change the stages of the blocking provider to the site's current choice.

    `row` is the locked run; a run that is not blocked keeps its choice. Replies that were not
    charged to an item are rejected, so that no text is made by two models: their tokens and money
    stay counted, their credits are released. Return False if nothing changed or an item is still
    active.
    """
    settings = RunSettings.from_json(row.settings)
    blocking = settings.providers.get(STAGES[row.current_stage - 1].KEY)
    if row.block_kind not in PROVIDER_BLOCKS or blocking is None or _has_active_items(tx, row):
        return False
    wanted = resolve_providers(tx, row.site_id, settings).providers
    providers, changed = dict(settings.providers), []
    for stage in STAGES[row.current_stage - 1 :]:
        old, new = providers.get(stage.KEY), wanted.get(stage.KEY)
        is_blocked = old is not None and _endpoint(old) == _endpoint(blocking)
        if not is_blocked or _choice(old) == _choice(new):
            continue
        if stage.PLANS_WHOLE_STAGE and _has_plan(tx, row, stage.NUMBER):
            continue
        if new is None:
            providers.pop(stage.KEY)
        else:
            providers[stage.KEY] = new
        changed.append(stage)
    if changed:
        _write(tx, row, settings, replace(settings, providers=providers), changed)
    return bool(changed)


def _write(
    tx: Connection, row: Row, old: RunSettings, new: RunSettings, stages: list[StageModule]
) -> None:
    """Store the new settings of a run and switch these stages."""
    values = {"settings": new.to_json(), "history": load_history(tx, row.site_id, new)}
    version = run.c.settings_version + 1
    tx.execute(update(run).where(run.c.id == row.id).values(settings_version=version, **values))
    for stage in stages:
        labels = old.provider_label(stage.KEY), new.provider_label(stage.KEY)
        _switch_stage(tx, row, stage.NUMBER, *labels)


def _switch_stage(tx: Connection, row: Row, number: int, old: str, new: str) -> None:
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == row.id, run_stage.c.number == number)
        .values(provider=new)
    )
    reason = f"not used: {new} replaces its provider"
    rejected = ProviderRequest.reject_unused(tx, row.id, number, reason)
    credits.release(tx, rejected)
    message = f"Stage {number} continues with {new} in place of {old}"
    message += f" · {len(rejected):,} answers of unfinished items are not used" if rejected else ""
    RunEvent.log(tx, row.id, "engine", message, level="warning", stage=number)


def _has_active_items(tx: Connection, row: Row) -> bool:
    is_active = exists().where(run_stage.c.run_id == row.id, run_stage.c.active > 0)
    return bool(tx.execute(select(is_active)).scalar())


def _has_plan(tx: Connection, row: Row, number: int) -> bool:
    """Return whether a stage's single planning request is done, so that no request follows."""
    is_plan = (StageResult.run_id == row.id) & (StageResult.stage == number)
    has_plan = exists().where(is_plan, StageResult.name == "plan")
    return bool(tx.execute(select(has_plan)).scalar())


def _endpoint(choice: dict) -> tuple:
    return choice["provider"], choice["endpoint"]


def _choice(choice: dict | None) -> tuple | None:
    return None if choice is None else tuple(choice.get(name) for name in CHOICE_KEYS)
