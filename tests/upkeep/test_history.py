"""Deleting old history: what goes, what stays, and that every identity of the numbers still holds."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, func, select, update

from igny8 import clock, progress
from igny8.cli import upkeep
from igny8.engine.runs import retry, start_run
from igny8.errors import ActionRefused, ExternalError
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import (
    AuditEntry,
    Content,
    CreditAccount,
    CreditEntry,
    Image,
    ProviderRequest,
    Run,
    RunEvent,
    RunItem,
    RunStage,
    StageResult,
)
from igny8.upkeep import doctor, history, vacuum
from tests.chaos import checker
from tests.factories import make_keywords
from tests.fakes import FakeProvider

DETAILS = (RunItem, RunEvent, StageResult)
KEPT = (Run, RunStage, CreditAccount, CreditEntry, Content, Image, ProviderRequest)


@pytest.fixture
def runs(site, drain):
    """Return the ids of two ended runs of the site, the older one first."""
    for start in (0, 8):
        make_keywords(site.id, 8, start)
        start_run.start_run(site.id)
        drain()
    with read_transaction() as tx:
        return list(tx.execute(select(Run.id).order_by(Run.id)).scalars())


def count(model, run_id=None) -> int:
    query = select(func.count()).select_from(model.__table__)
    if run_id is not None:
        query = query.where(model.__table__.c.run_id == run_id)
    with read_transaction() as tx:
        return tx.execute(query).scalar_one()


def prune(days: float = -1, with_audit: bool = True) -> history.History:
    return history.prune(clock.now() - timedelta(days=days), with_audit, "test")


def test_details_of_old_runs_are_deleted_and_the_rest_kept(runs, file, site):
    before = {model: count(model) for model in KEPT}
    expected = history.measure(clock.now() + timedelta(days=1), with_audit=False)
    assert expected.items == count(RunItem, runs[0]) and expected.log_lines > 0
    assert prune(with_audit=False) == expected
    assert [count(model, runs[0]) for model in DETAILS] == [0, 0, 0]
    assert all(count(model, runs[1]) for model in (RunItem, RunEvent))
    assert {model: count(model) for model in KEPT} == before
    assert checker.check(file) == []


def test_snapshots_of_pruned_runs_add_up_and_say_so(runs, site):
    with read_transaction() as tx:
        row = tx.execute(select(Run.__table__).where(Run.id == runs[0])).one()
    before = progress.run_detail(site, row.public_id)
    prune()
    after = progress.run_detail(site, row.public_id)
    assert checker.check_snapshot(after) == []
    for part in ("global_progress", "metrics"):
        assert after[part] == before[part]


def test_dry_run_deletes_nothing(app, runs, monkeypatch):
    monkeypatch.setattr(upkeep, "open_database", lambda: app)
    with write_transaction() as tx:
        tx.execute(update(Run).values(finished_at=clock.now() - timedelta(days=91)))
    before = {model: count(model) for model in (*DETAILS, *KEPT, AuditEntry)}
    said = CliRunner().invoke(upkeep.prune, ["--older-than", "90d", "--dry-run"]).output
    assert said.startswith("Would delete: ") and "of 1 run;" in said and "Kept: articles" in said
    assert {model: count(model) for model in before} == before
    said = CliRunner().invoke(upkeep.prune, ["--older-than", "90d", "--vacuum"]).output
    assert said.startswith("Deleted: ") and "The database has" in said
    assert count(RunItem, runs[0]) == 0


def test_newest_and_young_runs_keep_their_details(runs):
    assert prune(days=1).runs == 0
    assert prune().runs == 1
    assert prune().runs == 0  # repeating it finds nothing
    assert count(RunItem, runs[1]) > 0


def test_open_runs_and_what_they_retry_are_kept(site, drain):
    make_keywords(site.id, 8)
    refusal = ExternalError("no", permanent=True)
    start_run.start_run(site.id)
    drain(FakeProvider(fails={"propose": lambda topic: refusal}))
    retry.retry_failed(site.id)
    with read_transaction() as tx:
        assert history.prunable_runs(tx, clock.now() + timedelta(days=1)) == []


def test_failed_items_of_a_pruned_run_cannot_be_retried(runs, site):
    with write_transaction() as tx:
        tx.execute(
            update(RunStage)
            .where(RunStage.run_id == runs[0], RunStage.number == 6)
            .values(failed=RunStage.failed + 1, done=RunStage.done - 1)
        )
        row = tx.execute(select(Run.__table__).where(Run.id == runs[0])).one()
    assert progress.run_detail(site, row.public_id)["run"]["can"]["retry"]
    prune()
    assert not progress.run_detail(site, row.public_id)["run"]["can"]["retry"]
    with pytest.raises(ActionRefused, match="deleted to save space"):
        retry.retry_failed(site.id, row.public_id)


def test_old_audit_entries_are_deleted_and_pruning_is_audited(site):
    with write_transaction() as tx:
        for _ in range(3):
            AuditEntry.log(tx, "sign in", "me")
        tx.execute(update(AuditEntry).values(at=clock.now() - timedelta(days=100)))
        AuditEntry.log(tx, "sign in", "you")
    assert prune(days=90, with_audit=False).audit_entries == 0
    assert prune(days=90).audit_entries == 3
    with read_transaction() as tx:
        left = tx.execute(select(AuditEntry.who, AuditEntry.action).order_by(AuditEntry.id)).all()
    assert left == [("you", "sign in"), ("test", "history: prune"), ("test", "history: prune")]


def test_next_run_works_after_pruning(runs, site, drain, file):
    prune()
    make_keywords(site.id, 8, 16)
    start_run.start_run(site.id)
    drain()
    assert checker.check(file) == []


@pytest.mark.parametrize("age", ["90", "0d", "-1d", "d", "90m", "999y"])
def test_unclear_ages_are_refused(age):
    result = CliRunner().invoke(upkeep.prune, ["--older-than", age])
    assert result.exit_code == 2


def test_vacuum_frees_space(site):
    make_keywords(site.id, 20_000)
    with write_transaction() as tx:
        tx.execute(delete(RunEvent))
        tx.exec_driver_sql("DELETE FROM keyword")
    db.session.remove()
    before, after = vacuum.vacuum()
    assert after < before if db.engine.dialect.name == "sqlite" else after <= before


def test_doctor_names_the_sizes(site):
    [finding] = [f for f in doctor.run_checks() if f.area == "sizes"]
    assert finding.level == "ok" and "database" in finding.text and "free space" in finding.text
