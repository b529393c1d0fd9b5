"""P12: SIGTERM takes nothing new, finishes what is in work, gives back unharmed what does not end, and signs off."""

import json
import signal

import pytest

from tests.chaos import checker
from tests.chaos.harness import Chaos
from tests.chaos.world import SITE, WORKER
from tests.providers.openai_compatible.server import Say, model_server

pytestmark = pytest.mark.chaos


def rows(world, query: str) -> list:
    with checker.looking_at(world.file) as db:
        return [tuple(row) for row in db.execute(query)]


def end(world, process) -> str:
    """Send SIGTERM, see that the process ends well, and return its log."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    world.processes.remove(process)
    return (world.folder / "worker.log").read_text()


@pytest.fixture
def world(tmp_path):
    """An installation with a run of 60 keywords that nobody works on yet."""
    chaos = Chaos(tmp_path, keywords=60, seed=1)
    yield chaos.begun
    chaos.begun.close()


def test_what_is_in_work_is_finished_and_nothing_new_is_taken(world):
    process = world.start(*WORKER)
    world.watch(lambda s: s.processed > 60, "texts in the making")
    log = end(world, process)
    sample = world.look()
    assert (world.broken, sum(stage["active"] for stage in sample.stages.values())) == ([], 0)
    assert (
        "Stopping: work in progress is finished first." in log
        and "Stopped." in log
        and "Traceback" not in log
    )
    assert rows(world, "SELECT count(*) FROM worker WHERE stopped_at IS NULL") == [(0,)]
    assert rows(world, "SELECT count(*) FROM run_item WHERE crashes > 0") == [(0,)]


def test_an_item_whose_provider_hangs_is_given_back_as_if_it_had_not_been_tried(world):
    with model_server() as server:
        server.will(Say(hang=True))
        world.env |= {"IGNY8_AI_BASE_URL": server.url, "IGNY8_AI_MODEL": "slow"}
        world.must("cancel", SITE)
        process = world.start("worker", "--workers", "1")
        assert json.loads(world.must("run", SITE, "--json"))["run"]["open"]
        world.watch(lambda s: server.asked, "a request")
        log = end(world, process)
    sample = world.look()
    assert (world.broken, sum(stage["active"] for stage in sample.stages.values())) == ([], 0)
    assert sample.latest["state"] == "running" and "Traceback" not in log
    assert rows(
        world, "SELECT max(attempt), max(crashes) FROM run_item WHERE state = 'queued'"
    ) == [(0, 0)]
