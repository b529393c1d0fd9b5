"""The same promises on a team's servers: PostgreSQL for the state, Redis or PostgreSQL for the queue."""

import pytest

from tests.chaos import scenarios
from tests.chaos.installation import WEB, WORKER
from tests.chaos.scenario_runner import ScenarioRunner
from tests.conftest import DATABASES
from tests.servers import Postgres, Redis, running

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif("postgresql" not in DATABASES, reason="no PostgreSQL here"),
]
SEED = 5
scenarios.load_all()


@pytest.fixture(scope="module")
def redis():
    with running(Redis()) as server:
        yield server


@pytest.fixture(scope="module")
def server():
    with running(Postgres(durable=True)) as server:
        yield server


@pytest.fixture(scope="module")
def runner(tmp_path_factory, server, redis):
    """Return a small corpus whose undisturbed run on PostgreSQL and Redis is known."""
    print(f"seed {SEED}")
    runner = ScenarioRunner(
        tmp_path_factory.mktemp("team"), 12, SEED, "demonstration", server, redis
    )
    assert runner.run_undisturbed().violations == []
    return runner


def test_killed_run_on_team_servers_ends_normally(runner):
    kills, crew = scenarios.module("kills"), (WEB, WORKER)
    runner.assert_survives(
        "kill-both",
        lambda runner, installation: kills.kill_at_random(
            runner, installation, crew, crew, times=2
        ),
    )


@pytest.mark.parametrize("name", ["restart-postgresql", "redis-stopped"])
def test_team_server_outages_lose_nothing(runner, name):
    runner.assert_survives(name)


def test_frozen_process_on_team_servers_blocks_nobody(runner):
    runner.assert_survives("freeze", scenarios.module("kills").freeze_in_turn(2))


def test_queue_in_postgresql_works(tmp_path, server):
    server.run("CREATE DATABASE bell")
    runner = ScenarioRunner(
        tmp_path / "bell", 8, SEED, server=server, queue=server.url("bell").replace("+psycopg", "")
    )
    assert runner.run_undisturbed().violations == []
