"""A short round of what `make chaos` plays for a long while: real processes, killed and started again."""

import pytest

from tests.chaos import scenarios
from tests.chaos.installation import SERVE, WORKER
from tests.chaos.scenario_runner import PAID, POINTS, SCENARIOS, ScenarioRunner

pytestmark = pytest.mark.chaos
SEED = 8
scenarios.load_all()


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    """Return a small corpus, paid for in every stage, whose undisturbed run is known."""
    print(f"seed {SEED}")
    runner = ScenarioRunner(
        tmp_path_factory.mktemp("chaos"), keywords=12, seed=SEED, provider="demonstration"
    )
    runner.peace = runner.run_undisturbed()
    return runner


def test_page_and_command_line_agree(runner):
    assert (runner.peace.violations, runner.peace.state) == ([], "completed")
    assert runner.peace.samples > 20 and runner.peace.snapshots > 2


@pytest.mark.parametrize("crew", [(WORKER,), (SERVE,)], ids=["worker", "serve"])
def test_run_killed_three_times_ends_normally(runner, crew):
    kills = scenarios.module("kills")
    runner.assert_survives(
        "kill-worker",
        lambda runner, installation: kills.kill_at_random(
            runner, installation, crew, crew, times=3
        ),
    )


def test_run_survives_a_crash_at_every_fault_point(runner):
    points = runner.random.sample((*POINTS[1:], *PAID), 9)
    runner.assert_survives("die-asked", scenarios.module("kills").die_at(*points))


@pytest.mark.parametrize("name", ["sigterm", "web-dies-in-run-now"])
def test_run_survives_the_scenario(runner, name):
    runner.assert_survives(name)


def test_run_survives_the_death_of_its_start_command(runner):
    runner.assert_survives("die-begun", scenarios.module("kills").begin_and_die(1))


def test_frozen_process_blocks_nobody(runner):
    runner.assert_survives("freeze", scenarios.module("kills").freeze_in_turn(1))


def test_harness_finds_a_bug_that_needs_a_kill(runner):
    def play(runner, installation):
        process = installation.start(
            *WORKER, IGNY8_FAULT="settled", CHAOS_MUTANT="two_transactions"
        )
        installation.sample_until(lambda s: process.poll() is not None, "death at settled")
        installation.note_death(process)
        installation.sample()
        installation.write(
            "UPDATE automation_run SET state = 'cancelled'"
        )  # seen is seen: nobody waits for its end

    result = runner.play(SCENARIOS["kill-worker"].playing(play))
    assert any("counters:" in line for line in result.violations)
