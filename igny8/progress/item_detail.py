"""Everything about one item of a run, for its page."""

from typing import Any

from sqlalchemy import Row

from igny8.extensions import read_transaction
from igny8.models import Run, RunSettings
from igny8.models.queries import run_items, runs
from igny8.models.queries.lineage import lineage
from igny8.providers.prompts import select_prompt
from igny8.stages import get_stage
from igny8.stages.base import MAX_ATTEMPTS, voice_of
from igny8.stages.learned_rates import run_rates

# key of a stage: the prompts that a model gets there (igny8/providers/prompts)
PROMPTS_OF_STAGE = {
    "cluster": ("names",),
    "ideate": ("role", "ideas"),
    "write": ("role", "rules", "opening", "section"),
    "describe": ("role", "images"),
}


def item_detail(site: Row[Any], item_id: int) -> dict[str, Any] | None:
    """Return the details of an item of a site; None if there is no such item.

    `usual_seconds` is the mean time of an item of its stage in this run so far; `prompts` are
    (name, version, text) of the prompts of the stage.
    """
    with read_transaction() as tx:
        row = run_items.find(tx, site.id, item_id)
        if row is None:
            return None
        run = tx.execute(Run.__table__.select().where(Run.id == row.run_id)).one()
        stages = runs.stages_of(tx, row.run_id)
        settings = RunSettings.from_json(run.settings)
        stage = get_stage(row.stage)
        return {
            "item": row,
            "run": run,
            "stage_key": stage.KEY,
            "provider": stages[row.stage - 1].provider,
            "max_attempts": MAX_ATTEMPTS + row.crashes,
            "usual_seconds": run_rates(settings, run.history, stages)[row.stage - 1].seconds,
            "requests": run_items.requests_of(tx, row),
            "events": run_items.events_of(tx, row),
            "prompts": _prompts(stage.KEY, settings),
            "lineage": lineage(tx, row.stage, row.subject_id),
        }


def _prompts(key: str, settings: RunSettings) -> list[tuple[str, str, str]]:
    if key not in settings.providers:
        return []
    changed = voice_of(settings).prompts
    names = PROMPTS_OF_STAGE.get(key, ())
    return [(name, *select_prompt(name, changed)) for name in names]
