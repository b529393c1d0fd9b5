"""A short round of what `make chaos` plays for a long while: real processes, killed and started again."""

import pytest

from tests.chaos.harness import PAID, POINTS, Chaos

pytestmark = pytest.mark.chaos
SEED = 8


@pytest.fixture(scope="module")
def chaos(tmp_path_factory):
    """Return a corpus of 60 keywords whose undisturbed run is known."""
    print(f"seed {SEED}")
    chaos = Chaos(tmp_path_factory.mktemp("chaos"), keywords=60, seed=SEED)
    chaos.peace = chaos.run_undisturbed()
    return chaos


def assert_good(result) -> None:
    assert (result.broken, result.state, result.same) == ([], "completed", True), result.name


def test_page_and_command_line_agree_in_an_undisturbed_run(chaos):
    assert (chaos.peace.broken, chaos.peace.state) == ([], "completed")
    assert chaos.peace.samples > 20 and chaos.peace.pictures > 2


@pytest.mark.parametrize("who", ["worker", "serve"])
def test_a_run_killed_twice_ends_as_if_nothing_had_been(chaos, who):
    assert_good(chaos.kill_at_random(who, times=2))


@pytest.mark.parametrize("point", POINTS)
def test_a_run_whose_worker_dies_at_a_fault_point_ends_as_if_nothing_had_been(chaos, point):
    assert_good(chaos.kill_at_point(point, 1 if point == "begun" else chaos.random.randint(1, 6)))


@pytest.fixture(scope="module")
def paid(tmp_path_factory):
    """Return a corpus whose undisturbed run, paid for in every stage, is known."""
    chaos = Chaos(tmp_path_factory.mktemp("paid"), keywords=6, seed=SEED, provider="demonstration")
    chaos.peace = chaos.run_undisturbed()
    return chaos


@pytest.mark.parametrize("point", PAID)
def test_a_worker_that_dies_around_a_paid_request_charges_and_writes_nothing_twice(paid, point):
    assert (paid.peace.broken, paid.peace.state) == ([], "completed")
    assert_good(paid.kill_at_point(point, paid.random.randint(2, 12)))


def test_the_harness_finds_a_bug_that_only_a_kill_brings_out(chaos):
    result = chaos.kill_at_point("settled", mutant="two_transactions")
    assert any("I2" in line for line in result.broken)
