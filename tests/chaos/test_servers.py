"""The same promises on a team's servers: PostgreSQL for the state, Redis or PostgreSQL for the queue."""

import pytest

from tests.chaos.harness import Chaos
from tests.conftest import DATABASES
from tests.servers import Postgres, Redis, running

pytestmark = [pytest.mark.chaos, pytest.mark.skipif("postgresql" not in DATABASES, reason="no PostgreSQL here")]
SEED = 5


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
    """Return a corpus whose undisturbed run on PostgreSQL and Redis is known."""
    print(f"seed {SEED}")
    chaos = Chaos(tmp_path_factory.mktemp("team"), keywords=40, seed=SEED, server=server, queue=redis.url)
    assert chaos.run_undisturbed().broken == []
    return chaos


def assert_good(result) -> None:
    assert (result.broken, result.state, result.same) == ([], "completed", True), result.name


def test_a_run_killed_on_a_teams_servers_ends_as_if_nothing_had_been(chaos):
    assert_good(chaos.kill_at_random("both", times=2))


def test_a_database_that_crashes_and_comes_back_loses_nothing(chaos):
    assert_good(chaos.restart_database(times=2))


def test_a_queue_that_is_lost_delays_and_loses_nothing(chaos, redis):
    assert_good(chaos.lose_queue(redis))


def test_the_queue_may_be_in_postgresql_too(tmp_path, server):
    server.run("CREATE DATABASE bell")
    chaos = Chaos(tmp_path / "bell", keywords=20, seed=SEED, server=server,
                  queue=server.url("bell").replace("+psycopg", ""))
    assert chaos.run_undisturbed().broken == []
