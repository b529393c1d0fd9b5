"""Real processes: a backup taken by the command while a run goes on, restored elsewhere, ends as the run itself."""

import zipfile
from contextlib import contextmanager

import pytest

from tests.chaos import checker
from tests.chaos.installation import WORKER
from tests.chaos.scenario_runner import ScenarioRunner
from tests.conftest import DATABASES
from tests.servers import Postgres, running

pytestmark = pytest.mark.chaos
SEED, KEYWORDS = 3, 6
SLOW = "latency=0.5"  # so that something is in work at any moment


@pytest.fixture(scope="module", params=DATABASES)
def runner(request, tmp_path_factory):
    """Return a corpus of 6 keywords whose undisturbed run is known, on either database."""
    with _server(request.param) as server:
        runner = ScenarioRunner(
            tmp_path_factory.mktemp(f"backup_{request.param}"),
            keywords=KEYWORDS,
            seed=SEED,
            provider="demonstration",
            server=server,
        )
        assert runner.run_undisturbed().violations == []
        yield runner


@contextmanager
def _server(kind: str):
    if kind == "sqlite":
        yield None
        return
    with running(Postgres()) as server:
        yield server


def test_backup_during_a_run_restores_to_the_same_result(runner):
    installation, archive = runner.begun.copy(runner.folder / "taken"), runner.folder / "copy.zip"
    try:
        installation.start(*WORKER, IGNY8_DEMO=SLOW)
        installation.sample_until(lambda s: s.processed > KEYWORDS, "clusters, and some ideas")
        told = installation.run_command("backup", str(archive))
    finally:
        installation.close()
    assert "The encryption key and the cookie secret are not in it" in told and zipfile.is_zipfile(
        archive
    )
    there = runner.first.empty_copy(runner.folder / "restored")
    assert "1 run had not ended" in there.run_command("restore", str(archive))
    assert checker.check(there.file, images=there.images, deletions=False) == []
    try:
        there.start(*WORKER)
        state = there.sample_until_end()
    finally:
        there.close()
    assert (state, there.violations, there.hash()) == ("completed", [], runner.expected)


def test_restore_is_refused_while_processes_run(runner):
    installation, archive = (
        runner.begun.copy(runner.folder / "in_use"),
        runner.folder / "before.zip",
    )
    installation.run_command("backup", str(archive))
    try:
        process = installation.start(*WORKER, IGNY8_DEMO=SLOW)
        installation.sample_until(lambda s: s.processed > 0, "some work")
        code, said = installation.command("restore", str(archive), "--force")
    finally:
        installation.close()
    assert code == 1 and "Stop IGNY8 everywhere" in said
    assert installation.server is not None or str(process.pid) in said
