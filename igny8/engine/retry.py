"""Retry what failed, and nothing else."""

from sqlalchemy import select, update

from igny8.engine.begin import run_again
from igny8.errors import Refused
from igny8.extensions import writing
from igny8.models import ENDED, KeptAnswer, Run, RunEvent, RunItem, RunStage
from igny8.stages import stage

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__


def retry_failed(site_id: int, public_id: str | None = None, by: str = "owner") -> tuple[str, int]:
    """Queue the failed items again; return the public id of the run that carries them and how many.

    In an open run these are the failed items of the stage it is in. After its end a new run of
    just the failed items begins, which names its parent. Raises Refused when nothing can be done.
    """
    with writing() as tx:
        row = Run.find(tx, site_id, public_id)
        if row is None:
            raise Refused("There is no such run on this site.", 404)
        row = Run.hold(tx, row.id)
        failed = dict(tx.execute(select(run_stage.c.number, run_stage.c.failed)
                                 .where(run_stage.c.run_id == row.id, run_stage.c.failed > 0)).all())
        if not failed:
            raise Refused(f"Nothing failed in run #{row.number}, so there is nothing to retry.")
        if row.state not in ENDED:
            return row.public_id, _queue_again(tx, row, failed, by)
    again, started = run_again(site_id, row, by)
    if not started:
        raise Refused("Another run of this site is open. Retry the failed items when it has ended.")
    return again, sum(failed.values())


def _queue_again(tx, row, failed: dict[int, int], by: str) -> int:
    number = row.current_stage
    if row.want == "cancel":
        raise Refused(f"Run #{row.number} is being cancelled. Retry its failed items when it has ended.")
    if number not in failed:
        raise Refused(f"The failed items of run #{row.number} are of stages that it has left. "
                      "Retry them when it has ended.")
    subjects = tx.execute(
        update(item).where(item.c.run_id == row.id, item.c.stage == number, item.c.state == "failed")
        .values(state="queued", turn=1, attempt=0, crashes=0, error=None, error_kind=None, not_before=None,
                finished_at=None, seconds=None).returning(item.c.subject_id)).scalars().all()
    KeptAnswer.forget_errors(tx, row.id, number)
    reopen = getattr(stage(number), "reopen", None)
    if reopen is not None:
        reopen(tx, list(subjects))
    tx.execute(update(run_stage).where(run_stage.c.run_id == row.id, run_stage.c.number == number)
               .values(failed=run_stage.c.failed - len(subjects), queued=run_stage.c.queued + len(subjects)))
    tx.execute(update(run).where(run.c.id == row.id).values(version=run.c.version + 1))
    RunEvent.log(tx, row.id, "retry", f"{len(subjects)} failed items queued again by {by}", stage=number)
    return len(subjects)
