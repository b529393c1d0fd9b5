"""Real processes: a backup taken by the command while a run goes on, restored elsewhere, ends as the run itself."""

import zipfile
from contextlib import contextmanager

import pytest

from tests.chaos import checker
from tests.chaos.harness import Chaos
from tests.chaos.world import WORKER
from tests.conftest import DATABASES
from tests.servers import Postgres, running

pytestmark = pytest.mark.chaos
SEED, KEYWORDS = 3, 6
SLOW = "latency=0.5"  # so that something is in work at any moment


@pytest.fixture(scope="module", params=DATABASES)
def chaos(request, tmp_path_factory):
    """Return a corpus of 6 keywords whose undisturbed run is known, on either database."""
    with _server(request.param) as server:
        chaos = Chaos(
            tmp_path_factory.mktemp(f"backup_{request.param}"),
            keywords=KEYWORDS,
            seed=SEED,
            provider="demonstration",
            server=server,
        )
        assert chaos.run_undisturbed().broken == []
        yield chaos


@contextmanager
def _server(kind: str):
    if kind == "sqlite":
        yield None
        return
    with running(Postgres()) as server:
        yield server


def test_a_backup_of_a_running_product_restores_and_ends_as_the_undisturbed_run(chaos):
    world, archive = chaos.begun.copy(chaos.folder / "taken"), chaos.folder / "copy.zip"
    try:
        world.start(*WORKER, IGNY8_DEMO=SLOW)
        world.watch(lambda s: s.processed > KEYWORDS, "clusters, and some ideas")
        told = world.must("backup", str(archive))
    finally:
        world.close()
    assert "The encryption key and the cookie secret are not in it" in told and zipfile.is_zipfile(
        archive
    )
    there = chaos.first.bare(chaos.folder / "restored")
    assert "1 run had not ended" in there.must("restore", str(archive))
    assert checker.check(there.file, images=there.images, deletions=False) == []
    try:
        there.start(*WORKER)
        state = there.watch_to_the_end()
    finally:
        there.close()
    assert (state, there.broken, there.hash()) == ("completed", [], chaos.expected)


def test_a_restore_is_refused_while_the_product_runs(chaos):
    world, archive = chaos.begun.copy(chaos.folder / "in_use"), chaos.folder / "before.zip"
    world.must("backup", str(archive))
    try:
        process = world.start(*WORKER, IGNY8_DEMO=SLOW)
        world.watch(lambda s: s.processed > 0, "some work")
        code, said = world.command("restore", str(archive), "--force")
    finally:
        world.close()
    assert code == 1 and "Stop IGNY8 everywhere" in said
    assert world.server is not None or str(process.pid) in said
