"""The same promises on a team's servers: PostgreSQL for the state, Redis or PostgreSQL for the queue."""

import pytest

from tests.chaos import scenarios
from tests.chaos.harness import Chaos
from tests.chaos.world import WEB, WORKER
from tests.conftest import DATABASES
from tests.servers import Postgres, Redis, running

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif("postgresql" not in DATABASES, reason="no PostgreSQL here"),
]
SEED = 5
scenarios.load()


@pytest.fixture(scope="module")
def redis():
    with running(Redis()) as server:
        yield server


@pytest.fixture(scope="module")
def server():
    with running(Postgres(durable=True)) as server:
        yield server


@pytest.fixture(scope="module")
def chaos(tmp_path_factory, server, redis):
    """Return a small corpus whose undisturbed run on PostgreSQL and Redis is known."""
    print(f"seed {SEED}")
    chaos = Chaos(tmp_path_factory.mktemp("team"), 12, SEED, "demonstration", server, redis)
    assert chaos.run_undisturbed().broken == []
    return chaos


def test_a_run_killed_on_a_teams_servers_ends_as_if_nothing_had_been(chaos):
    kills, crew = scenarios.module("kills"), (WEB, WORKER)
    chaos.must_survive(
        "kill-both", lambda chaos, world: kills.kill_at_random(chaos, world, crew, crew, times=2)
    )


@pytest.mark.parametrize("name", ["restart-postgresql", "redis-stopped"])
def test_what_happens_to_a_teams_servers_delays_and_loses_nothing(chaos, name):
    chaos.must_survive(name)


def test_who_freezes_holds_up_nobody_on_a_teams_servers(chaos):
    chaos.must_survive("freeze", scenarios.module("kills").freeze_in_turn(2))


def test_the_queue_may_be_in_postgresql_too(tmp_path, server):
    server.run("CREATE DATABASE bell")
    chaos = Chaos(
        tmp_path / "bell", 8, SEED, server=server, queue=server.url("bell").replace("+psycopg", "")
    )
    assert chaos.run_undisturbed().broken == []
