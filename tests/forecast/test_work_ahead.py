"""What is still to come: learned means, expected arrivals, work, and the range of the time left."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8.forecast import (
    PASS_THROUGH,
    EstimateRange,
    Rate,
    SpeedFactor,
    Totals,
    apply_speed_factor,
    expected_arrivals,
    forecast_run,
    is_still_accurate,
    time_left,
    updated_rate,
    work_left,
    work_per_item,
)
from igny8.formatting import format_duration_range
from tests.forecast.strategies import STAGES, counts, rates, tallies


@given(rates, counts)
def test_expected_arrivals_follow_the_formula(known, remaining):
    expected = expected_arrivals(known, remaining)
    assert expected[0] == 0
    for s in range(STAGES - 1):
        assert expected[s + 1] == known[s].outputs * (remaining[s] + expected[s])


@given(rates, counts, st.integers(0, STAGES))
def test_finished_stage_has_no_expected_arrivals(known, remaining, over):
    finished = [s < over for s in range(STAGES)]
    remaining = [0 if end else count for end, count in zip(finished, remaining, strict=True)]
    expected = expected_arrivals(known, remaining, finished)
    assert expected[: over + 1] == [0] * min(over + 1, STAGES)


@given(rates, counts)
def test_work_left_includes_expected_items(known, remaining):
    expected = expected_arrivals(known, remaining)
    one_by_one = sum(
        (r + x) * rate.seconds for r, x, rate in zip(remaining, expected, known, strict=True)
    )
    assert work_left(known, remaining) == pytest.approx(one_by_one, rel=1e-9)


@given(rates)
def test_item_work_includes_its_outputs(known):
    work = [*work_per_item(known), 0.0]
    for s, rate in enumerate(known):
        assert work[s] == rate.seconds + rate.outputs * work[s + 1]


@given(rates, counts, st.integers(0, STAGES - 1))
def test_skipped_stage_passes_its_inputs_on(known, remaining, absent):
    known[absent], remaining[absent] = PASS_THROUGH, 0
    expected = expected_arrivals(known, remaining)
    if absent + 1 < STAGES:
        assert expected[absent + 1] == expected[absent]


@given(
    st.builds(Rate, st.floats(0, 100), st.floats(0, 10), st.floats(0, 10)),
    tallies,
    st.floats(1, 50),
)
def test_learned_mean_lies_between_prior_and_observations(prior, seen, weight):
    rate = updated_rate(prior, seen, weight)
    if seen.processed > 1e-6:
        low, high = sorted((prior.seconds, seen.seconds / seen.processed))
        assert low - 1e-6 <= rate.seconds <= high * (1 + 1e-9) + 1e-6
    assert updated_rate(prior, Totals(), weight).outputs == pytest.approx(prior.outputs)
    assert rate.seen == seen.processed


@given(tallies, st.floats(1, 1000))
def test_capped_tally_keeps_its_means(seen, weight):
    capped = seen.capped(weight)
    assert capped.processed <= max(weight, 0) + 1e-9
    assert capped.seconds * seen.processed == pytest.approx(
        seen.seconds * capped.processed, rel=1e-6, abs=1e-6
    )


@given(rates, counts, st.integers(1, 32))
def test_range_contains_its_middle_and_workers_share_the_time(known, remaining, workers):
    alone, shared = time_left(known, remaining), time_left(known, remaining, workers)
    assert 0 <= alone.low <= alone.mid <= alone.high < math.inf
    assert shared.mid * workers == pytest.approx(alone.mid)


@given(rates, counts)
def test_estimate_counts_waiting_and_expected_items(known, waiting):
    ahead = forecast_run(known, waiting)
    assert all(items >= count for items, count in zip(ahead["items"], waiting, strict=True))
    assert ahead["credits"].low <= ahead["credits"].high


def test_credit_range_follows_the_output_uncertainty():
    known = [Rate(1.0, 0.5, output_uncertainty=0.6)] + [Rate(1.0, 1.0, credits=10.0)] * (STAGES - 1)
    ahead = forecast_run(known, [100] + [0] * (STAGES - 1))
    assert (
        ahead["credits"].low < 0.6 * ahead["credits"].mid
        and ahead["credits"].high > 1.5 * ahead["credits"].mid
    )
    known[0] = Rate(1.0, 0.5, seen=10_000.0)
    sure = forecast_run(known, [100] + [0] * (STAGES - 1))
    assert sure["credits"].mid == ahead["credits"].mid
    assert (
        sure["credits"].low > ahead["credits"].low and sure["credits"].high < ahead["credits"].high
    )


@given(rates, counts)
def test_credits_are_forecast_like_seconds(known, waiting):
    as_costs = [
        Rate(0.0, rate.outputs, rate.seconds, rate.seen, rate.output_uncertainty) for rate in known
    ]
    assert forecast_run(as_costs, waiting)["credits"].mid == pytest.approx(
        forecast_run(known, waiting)["seconds"].mid
    )


@given(rates)
def test_no_work_takes_no_time(known):
    assert time_left(known, [0] * STAGES) == EstimateRange(0.0, 0.0, 0.0)


@given(st.floats(0, 5e6), st.floats(0, 5e6))
def test_range_in_words_contains_the_range_in_seconds(a, b):
    low, high = sorted((a, b))
    low_words, high_words = seconds_of(format_duration_range(low, high))
    assert low_words <= low * 1.0001 + 1e-9
    assert high_words >= min(high, 34e6) * 0.9999


def seconds_of(words: str) -> tuple[float, float]:
    """Return the seconds that a text like “10–20 min” or “under 10 s” stands for."""
    sizes = {"s": 1, "min": 60, "h": 3600, "days": 86400}
    *_, numbers, unit = words.replace("about ", "").replace("under ", "0–").split()
    low, _, high = numbers.partition("–")
    return float(low) * sizes[unit] * (not words.startswith("about")), float(high or low) * sizes[
        unit
    ]


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_duration_words_are_never_an_empty_range(a, b):
    low, high = seconds_of(format_duration_range(min(a, b), max(a, b)))
    assert low < high


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_shown_range_stays_until_the_new_estimate_leaves_it(low, high, middle):
    low, high = sorted((low, high))
    assert is_still_accurate(EstimateRange(low, low, high), EstimateRange(0, middle, 1e9)) == (
        low <= middle <= high
    )


def test_too_wide_a_range_is_replaced():
    assert not is_still_accurate(EstimateRange(0, 15, 40), EstimateRange(0.5, 1, 2))
    assert is_still_accurate(EstimateRange(0, 2, 4), EstimateRange(0.5, 1, 2))


@pytest.mark.parametrize("slower", [0.5, 1.0, 6.0])
def test_time_left_adapts_to_the_measured_speed(slower):
    pace = SpeedFactor()
    for claim in range(1, 91):
        pace = pace.after(slower * claim, 1.0)
    to_come = apply_speed_factor(EstimateRange(29.5, 30, 30.5), pace.factor)
    assert to_come.low <= 30 * slower <= to_come.high


def test_range_widens_with_the_speed_error():
    calm, slow = (apply_speed_factor(EstimateRange(9, 10, 11), factor) for factor in (1.0, 6.0))
    assert slow.high / slow.low > 2 * calm.high / calm.low


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 5, "under 10 s"),
        (11, 19, "10–20 s"),
        (2400, 3500, "40–60 min"),
        (3700, 7000, "1–2 h"),
        (0, 50, "under 50 s"),
        (900, 900, "about 15 min"),
        (200_000, 400_000, "2–5 days"),
    ],
)
def test_duration_ranges_are_readable(low, high, words):
    assert format_duration_range(low, high) == words
