"""Real processes: a backup taken by the command while a run goes on, restored elsewhere, ends as the run itself."""

import zipfile
from contextlib import contextmanager

import pytest

from tests.chaos import checker
from tests.chaos.harness import Chaos, World
from tests.conftest import DATABASES
from tests.servers import Postgres, running

pytestmark = pytest.mark.chaos
SEED, KEYWORDS = 3, 20


@pytest.fixture(scope="module", params=DATABASES)
def chaos(request, tmp_path_factory):
    """Return a corpus of 20 keywords whose undisturbed run is known, on either database."""
    with _server(request.param) as server:
        chaos = Chaos(tmp_path_factory.mktemp(f"backup_{request.param}"), keywords=KEYWORDS, seed=SEED, server=server)
        assert chaos.run_undisturbed().broken == []
        yield chaos


@contextmanager
def _server(kind: str):
    if kind == "sqlite":
        yield None
        return
    with running(Postgres()) as server:
        yield server


def empty_world(chaos: Chaos, name: str) -> World:
    """Return an installation that has nothing yet, of the same kind."""
    env = chaos.first.env | {"IGNY8_DATA_DIR": str(chaos.folder / name)}
    if chaos.first.server is not None:
        chaos.first.server.run(f'CREATE DATABASE "{name}"')
        env["DATABASE_URL"] = chaos.first.server.url(name)
    (chaos.folder / name).mkdir()
    return World(chaos.folder / name, env, server=chaos.first.server)


def test_a_backup_of_a_running_product_restores_and_ends_as_the_undisturbed_run(chaos):
    world, archive = chaos._world(chaos.begun), chaos.folder / "copy.zip"
    try:
        world.start("serve", "--workers", "2", CHAOS_THINK="1")  # so that two items are in work at any moment
        world.watch(lambda s: s.processed > KEYWORDS + 2, "clusters, and some ideas")
        told = world.must("backup", str(archive))
    finally:
        world.close()
    assert "The encryption key and the cookie secret are not in it" in told and zipfile.is_zipfile(archive)
    there = empty_world(chaos, "restored")
    assert "1 run had not ended" in there.must("restore", str(archive))
    assert checker.check(there.file, images=there.images, deletions=False) == []
    try:
        there.start("worker", "--workers", "2")
        state = there.watch_to_the_end()
    finally:
        there.close()
    assert (state, there.broken, there.hash()) == ("completed", [], chaos.expected)


def test_a_restore_is_refused_while_the_product_runs(chaos):
    world, archive = chaos._world(chaos.begun), chaos.folder / "before.zip"
    world.must("backup", str(archive))
    try:
        process = world.start("worker", "--workers", "1")
        world.watch(lambda s: s.processed > 0, "some work")
        done = world.command("restore", str(archive), "--force")
    finally:
        world.close()
    assert done.returncode == 1 and "Stop IGNY8 everywhere" in done.stderr
    assert world.server is not None or str(process.pid) in done.stderr
