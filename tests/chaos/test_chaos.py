"""A short round of what `make chaos` plays for a long while: real processes, killed and started again."""

import pytest

from tests.chaos import scenarios
from tests.chaos.harness import PAID, POINTS, SCENARIOS, Chaos
from tests.chaos.world import SERVE, WORKER

pytestmark = pytest.mark.chaos
SEED = 8
scenarios.load()


@pytest.fixture(scope="module")
def chaos(tmp_path_factory):
    """Return a small corpus, paid for in every stage, whose undisturbed run is known."""
    print(f"seed {SEED}")
    chaos = Chaos(
        tmp_path_factory.mktemp("chaos"), keywords=12, seed=SEED, provider="demonstration"
    )
    chaos.peace = chaos.run_undisturbed()
    return chaos


def test_page_and_command_line_agree_in_an_undisturbed_run(chaos):
    assert (chaos.peace.broken, chaos.peace.state) == ([], "completed")
    assert chaos.peace.samples > 20 and chaos.peace.pictures > 2


@pytest.mark.parametrize("crew", [(WORKER,), (SERVE,)], ids=["worker", "serve"])
def test_a_run_killed_three_times_ends_as_if_nothing_had_been(chaos, crew):
    kills = scenarios.module("kills")
    chaos.must_survive(
        "kill-worker", lambda chaos, world: kills.kill_at_random(chaos, world, crew, crew, times=3)
    )


def test_a_run_whose_workers_die_at_every_fault_point_ends_as_if_nothing_had_been(chaos):
    points = chaos.random.sample((*POINTS[1:], *PAID), 9)
    chaos.must_survive("die-asked", scenarios.module("kills").die_at(*points))


@pytest.mark.parametrize("name", ["sigterm", "web-dies-in-run-now"])
def test_a_run_ends_as_if_nothing_had_been(chaos, name):
    chaos.must_survive(name)


def test_a_run_whose_command_died_is_there(chaos):
    chaos.must_survive("die-begun", scenarios.module("kills").begin_and_die(1))


def test_who_freezes_holds_up_nobody(chaos):
    chaos.must_survive("freeze", scenarios.module("kills").freeze_in_turn(1))


def test_the_harness_finds_a_bug_that_only_a_kill_brings_out(chaos):
    def play(chaos, world):
        process = world.start(*WORKER, IGNY8_FAULT="settled", CHAOS_MUTANT="two_transactions")
        world.watch(lambda s: process.poll() is not None, "death at settled")
        world.mourn(process)
        world.look()
        world.write(
            "UPDATE automation_run SET state = 'cancelled'"
        )  # seen is seen: nobody waits for its end

    result = chaos.play(SCENARIOS["kill-worker"].playing(play))
    assert any("counters:" in line for line in result.broken)
