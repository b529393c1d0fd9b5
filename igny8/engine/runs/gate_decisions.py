"""Decisions of people at a gate: approve, reject, postpone, continue, change the gates.

Protocol: docs/engine.md#gates.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, select, update

from igny8.engine.runs import gates
from igny8.engine.runs.end_items import LATER_KIND, REJECTED_KIND, enrol_followers, skip_items
from igny8.engine.runs.transitions import advance
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import GateDecision, Gates, Run, RunEvent, RunItem, RunSettings, SiteSettings
from igny8.models.gate import APPROVED, FOR_APPROVAL, REJECTED
from igny8.stages import STAGES, get_stage

run, item = Run.__table__, RunItem.__table__
REJECT = "reject"  # the function of the stages with a gate
DECIDED_STAGES = range(2, len(STAGES) + 1)  # the stages whose subjects people can decide about
LEFT_FOR_LATER = "left for a later run"


def decide(
    tx: Connection,
    site_id: int,
    ids: Sequence[int],
    stage: int,
    verdict: str,
    by: str,
    reason: str = "",
) -> int:
    """Approve or reject subjects of a stage, such as ideas (stage 3); return how many.

    Rejected subjects are disabled, and an open run skips them. Decisions also hold for later runs.
    Subjects that the stage would not take any more are ignored.
    """
    row = Run.lock_open_run(tx, site_id)
    waiting = get_stage(stage).waiting_query(site_id, _settings(tx, row, site_id))
    subject = next(iter(waiting.selected_columns))
    matching = waiting.with_only_columns(subject).where(subject.in_(ids)).order_by(None)
    found = list(tx.execute(matching).scalars())
    GateDecision.record(tx, site_id, stage, found, verdict, by, reason)
    outputs = []
    if verdict == REJECTED:
        reject = getattr(get_stage(stage), REJECT)
        outputs = reject(tx, site_id, found, reason)
    if row is not None and found:
        if verdict == REJECTED:
            text = f"rejected by {by}" + (f": {reason}" if reason else "")
            skip_items(tx, row, stage, found, REJECTED_KIND, text)
            enrol_followers(tx, row, stage, outputs)
        message = f"{len(found):,} of stage {stage} {verdict} by {by}"
        RunEvent.log(tx, row.id, verdict, message, stage=stage)
        Run.recheck_wait(tx, site_id)
    return len(found)


def continue_run(site_id: int, by: str, public_id: str | None = None) -> bool:
    """Continue a waiting run and postpone what is not approved yet to a later run.

    If the run waits after its first results, the remaining items are processed. Return False if it
    does not wait for a decision. Raise ActionRefused if it waits until articles are reviewed.
    """
    with write_transaction() as tx:
        row = Run.lock_open_run(tx, site_id)
        if row is None or (public_id is not None and row.public_id != public_id):
            return False
        if row.block_kind == "reading":
            raise ActionRefused("The run goes on when you have reviewed some of its articles.")
        if row.block_kind == "first":
            _pass_first(tx, row)
        elif not _leave_for_later(tx, row):
            return False
        RunEvent.log(tx, row.id, "resume", f"Continued by {by}", stage=row.current_stage)
        Run.recheck_wait(tx, site_id)
        run_id = row.id
    advance(run_id)
    return True


def change_gates(site_id: int, wanted: Gates) -> None:
    """Store the gates of a site; an open run applies them from its next item on."""
    with write_transaction() as tx:
        row = Run.lock_open_run(tx, site_id)
        limit = wanted.reading_limit
        SiteSettings.change(tx, site_id, gates=wanted.to_json(), reading_limit=limit)
        if row is not None and row.state in ("running", "paused", "blocked"):
            gates.hold(tx, row, row.current_stage)
        Run.recheck_wait(tx, site_id)
    advance_open_run(site_id)


def advance_open_run(site_id: int) -> None:
    """Advance the open run of a site right after decisions, without waiting for a worker."""
    with read_transaction() as tx:
        row = Run.find_open(tx, site_id)
    if row is not None:
        advance(row.id)


def forget(tx: Connection, site_id: int, ids: Sequence[int], stage: int) -> int:
    """Delete decisions about subjects of a stage; return how many there were."""
    Run.lock_open_run(tx, site_id)
    return GateDecision.forget(tx, stage, ids)


def _pass_first(tx: Connection, row: Row) -> None:
    passed = [*row.gates_passed, row.current_stage]
    tx.execute(update(run).where(run.c.id == row.id).values(gates_passed=passed))


def _leave_for_later(tx: Connection, row: Row) -> int:
    """Skip the items of the current stage that wait for approval; return how many."""
    held = select(item.c.subject_id).where(
        item.c.run_id == row.id,
        item.c.stage == row.current_stage,
        item.c.state == "queued",
        item.c.held == FOR_APPROVAL,
    )
    ids = list(tx.execute(held).scalars())
    return skip_items(tx, row, row.current_stage, ids, LATER_KIND, LEFT_FOR_LATER)


def _settings(tx: Connection, row: Row | None, site_id: int) -> RunSettings:
    return RunSettings.load(tx, site_id) if row is None else RunSettings.from_json(row.settings)


__all__ = ["APPROVED", "REJECTED", "advance_open_run", "change_gates", "continue_run", "decide"]
