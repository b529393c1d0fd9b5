"""A short round of `publish-to-a-real-wordpress`: workers die, each line is cut, on both databases."""

import pytest

from tests.chaos import scenarios
from tests.chaos.scenario_runner import SCENARIOS, ScenarioRunner
from tests.servers import Postgres, running
from tests.wordpress.server import why_not

SEED, KEYWORDS, TEXTS, KILLS = 8, 40, 2, 4
pytestmark = [pytest.mark.chaos, pytest.mark.skipif(bool(why_not()), reason=why_not())]
scenarios.load_all()


@pytest.fixture
def server(database):
    """Return a durable PostgreSQL server, or None for SQLite."""
    if database == "sqlite":
        yield None
        return
    with running(Postgres(durable=True)) as server:
        yield server


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_workers_and_cut_lines_leave_one_post_each(tmp_path, server):
    publish = scenarios.module("real_wordpress").publish_for_real
    runner = ScenarioRunner(tmp_path / "chaos", KEYWORDS, SEED, server=server)
    how = SCENARIOS["publish-to-a-real-wordpress"].playing(
        lambda runner, installation: publish(runner, installation, TEXTS, KILLS, ("after",))
    )
    result = runner.play(how)
    assert result.is_good, result
