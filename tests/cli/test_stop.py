"""SIGTERM claims nothing new and finishes or releases active items (docs/engine.md#shutdown)."""

import json
import signal

import pytest

from tests.chaos import checker
from tests.chaos.installation import SITE, WORKER
from tests.chaos.scenario_runner import ScenarioRunner
from tests.providers.openai_compatible.server import Say, model_server

pytestmark = pytest.mark.chaos


def rows(installation, query: str) -> list:
    with checker.looking_at(installation.file) as db:
        return [tuple(row) for row in db.execute(query)]


def end(installation, process) -> str:
    """Send SIGTERM, see that the process ends well, and return its log."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    installation.processes.remove(process)
    return (installation.folder / "worker.log").read_text()


@pytest.fixture
def installation(tmp_path):
    """An installation with a run of 60 keywords that nobody works on yet."""
    runner = ScenarioRunner(tmp_path, keywords=60, seed=1)
    yield runner.begun
    runner.begun.close()


def test_stop_finishes_active_items_and_claims_nothing(installation):
    process = installation.start(*WORKER)
    installation.sample_until(lambda s: s.processed > 60, "texts in the making")
    log = end(installation, process)
    sample = installation.sample()
    assert (installation.violations, sum(stage["active"] for stage in sample.stages.values())) == (
        [],
        0,
    )
    assert (
        "Stopping: work in progress is finished first." in log
        and "Stopped." in log
        and "Traceback" not in log
    )
    assert rows(installation, "SELECT count(*) FROM worker WHERE stopped_at IS NULL") == [(0,)]
    assert rows(installation, "SELECT count(*) FROM run_item WHERE crashes > 0") == [(0,)]


def test_item_of_a_hanging_provider_is_requeued_untried(installation):
    with model_server() as server:
        server.will(Say(hang=True))
        installation.env |= {"IGNY8_AI_BASE_URL": server.url, "IGNY8_AI_MODEL": "slow"}
        installation.run_command("cancel", SITE)
        process = installation.start("worker", "--workers", "1")
        assert json.loads(installation.run_command("run", SITE, "--json"))["run"]["open"]
        installation.sample_until(lambda s: server.asked, "a request")
        log = end(installation, process)
    sample = installation.sample()
    assert (installation.violations, sum(stage["active"] for stage in sample.stages.values())) == (
        [],
        0,
    )
    assert sample.latest["state"] == "running" and "Traceback" not in log
    assert rows(
        installation, "SELECT max(attempt), max(crashes) FROM run_item WHERE state = 'queued'"
    ) == [(0, 0)]
