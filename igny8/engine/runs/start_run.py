"""Start a run over everything that waits; the database allows one open run per site.

Protocol: docs/engine.md#start.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.exc import IntegrityError

from igny8.engine.fault_injection import fault_point
from igny8.engine.runs.first_articles import first_articles_query
from igny8.engine.runs.run_creation import SettingChanges, StageQuery, insert_run
from igny8.engine.runs.transitions import advance
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import KeywordImport, Run, RunItem, RunSettings, Site
from igny8.stages import STAGES
from igny8.stages.provider_choice import resolve_providers

item = RunItem.__table__
IMPORT_IS_RUNNING = "Keywords are being imported. Start the run when the import has finished."
NOTHING_IS_WAITING = (
    "Nothing is waiting, so there is nothing to do. Import keywords, then start a run."
)


def start_run(
    site_id: int,
    trigger: str = "manual",
    by: str = "owner",
    refuse: bool = False,
    first: int | None = None,
    only: tuple[int, list[int]] | None = None,
) -> tuple[str, bool]:
    """Start a run over everything that waits; return its public id and whether it started.

    `first` limits the number of articles; the rest waits for the next run. `only` (a stage and ids
    of subjects) restricts the run to these subjects.

    An open run of the site is returned instead of a new one. If nothing waits, the run ends at once
    as nothing_to_do and counts as not started; with `refuse`, nothing is written and ActionRefused
    is raised. Raise ActionRefused also if the site does not exist.
    """
    query: StageQuery = _waiting_query
    if only is not None:
        query = _chosen_query(*only)
    elif first is not None:
        query = first_articles_query(first)
    return _start(site_id, trigger, by, query, refuse=refuse, first=first)


def has_pending_work(site_id: int) -> bool:
    """Return whether a run that starts now would have any items."""
    with read_transaction() as tx:
        settings = resolve_providers(tx, site_id)
        queries = (_waiting_query(tx, site_id, settings, stage.NUMBER) for stage in STAGES)
        return any(tx.execute(query.limit(1)).first() is not None for query in queries)


def start_retry_run(
    site_id: int,
    parent: Row,
    by: str,
    item_ids: Sequence[int] | None = None,
    changes: SettingChanges | None = None,
) -> tuple[str, bool]:
    """Start a run of the failed items of an ended run (a row); return as start_run() does.

    `item_ids` selects some of them, None means all. `changes` override settings in the new run.
    """
    query = _failed_query(parent, item_ids)
    return _start(site_id, "manual", by, query, parent, changes=changes)


def _start(
    site_id: int,
    trigger: str,
    by: str,
    query: StageQuery,
    parent: Row | None = None,
    refuse: bool = False,
    first: int | None = None,
    changes: SettingChanges | None = None,
) -> tuple[str, bool]:
    """Insert the run in one transaction, then advance it to its first stage."""
    try:
        with write_transaction() as tx:
            open_run = Run.find_open(tx, site_id)
            if open_run is not None:
                return open_run.public_id, False
            if tx.execute(select(Site.id).where(Site.id == site_id)).first() is None:
                raise ActionRefused("This site does not exist any more. Choose another one.", 404)
            run_id, public_id, count = insert_run(
                tx, site_id, trigger, by, query, parent, first, changes
            )
            if refuse and not count:
                raise _nothing_to_do(tx, site_id)
    except IntegrityError:  # another process started one at the same moment
        with read_transaction() as tx:
            open_run = Run.find_open(tx, site_id)
        if open_run is None:
            raise
        return open_run.public_id, False
    fault_point("begun")
    advance(run_id)
    return public_id, count > 0


def _nothing_to_do(tx: Connection, site_id: int) -> ActionRefused:
    """Return why no run can start: keywords are being imported, or nothing waits."""
    is_importing = tx.execute(select(KeywordImport.pending_rows(site_id)[0])).scalar() is not None
    return ActionRefused(IMPORT_IS_RUNNING if is_importing else NOTHING_IS_WAITING)


def _waiting_query(tx: Connection, site_id: int, settings: RunSettings, number: int) -> Select:
    return STAGES[number - 1].waiting_query(site_id, settings)


def _chosen_query(stage: int, ids: list[int]) -> StageQuery:
    """Return a query function for the chosen subjects of a stage that are waiting."""

    def query(tx: Connection, site_id: int, settings: RunSettings, number: int) -> Select:
        waiting = _waiting_query(tx, site_id, settings, number)
        subject = next(iter(waiting.selected_columns))
        return waiting.where(subject.in_(ids if number == stage else []))

    return query


def _failed_query(parent: Row, item_ids: Sequence[int] | None) -> StageQuery:
    """Return a query function for failed items of an ended run; it resets their subjects.

    `item_ids` are the items to take, None for all.
    """

    def query(tx: Connection, site_id: int, settings: RunSettings, number: int) -> Select:
        failed = select(item.c.subject_id.label("id"), item.c.title, item.c.rank).where(
            item.c.run_id == parent.id, item.c.stage == number, item.c.state == "failed"
        )
        if item_ids is not None:
            failed = failed.where(item.c.id.in_(item_ids))
        reset_failed = getattr(STAGES[number - 1], "reset_failed", None)
        if reset_failed is not None:
            subjects = tx.execute(failed.with_only_columns(item.c.subject_id)).scalars()
            reset_failed(tx, list(subjects))
        return failed

    return query
