"""The shared-rest rule: whatever is left of the bar is shared over whatever work is left."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from igny8.forecast import (
    CLOSING_SHARE,
    Rate,
    advance_bar,
    closing_work,
    open_bar_parts,
    percentage,
    work_done,
    work_left,
)
from tests.forecast.strategies import STAGES, counts, positive_seconds, rates, rests

stage_numbers = st.integers(0, STAGES - 1)


@given(rests, stage_numbers, st.integers(0, 1000), rates, counts, counts)
def test_remaining_work_shrinks_but_never_vanishes(q, stage, count, known, processed, remaining):
    remaining[stage] += count
    assert 0 < advance_bar(q, stage, count, known, processed, remaining) <= q


@given(rests, stage_numbers, st.integers(-5, 0), rates, counts, counts)
def test_settling_nothing_changes_nothing(q, stage, count, known, processed, remaining):
    assert advance_bar(q, stage, count, known, processed, remaining) == q


@given(stage_numbers, st.integers(1, 1000), rates, counts, counts)
def test_batch_consumes_its_summed_weight_at_once(stage, count, known, processed, remaining):
    remaining[stage] += count
    left = work_left(known, remaining) + closing_work(known, processed, remaining)
    expected = 1 - count * known[stage].seconds / left
    assert advance_bar(1.0, stage, count, known, processed, remaining) == pytest.approx(
        max(expected, 1e-9), abs=1e-12
    )


@given(
    st.lists(positive_seconds, min_size=STAGES, max_size=STAGES),
    st.lists(st.integers(0, 5), min_size=STAGES, max_size=STAGES),
    st.integers(1, 20),
    st.integers(1, 7),
)
def test_bar_is_exact_with_exact_estimates(durations, yields, first, batch):
    known = [Rate(d, float(y)) for d, y in zip(durations, yields, strict=True)]
    inputs = [first]
    for y in yields[:-1]:
        inputs.append(inputs[-1] * y)
    assume(sum(inputs) < 3000)
    whole = sum(n * d for n, d in zip(inputs, durations, strict=True))
    remaining, processed, q, done = [first] + [0] * (STAGES - 1), [0] * STAGES, 1.0, 0.0
    for stage, total in enumerate(inputs):
        while total > 0:
            now = min(batch, total)
            q = advance_bar(q, stage, now, known, processed, remaining)
            total, done = total - now, done + now * durations[stage]
            processed[stage] += now
            remaining[stage] -= now
            if stage + 1 < STAGES:
                remaining[stage + 1] += now * yields[stage]
            assert 1 - q == pytest.approx(done / (whole * (1 + CLOSING_SHARE)), abs=1e-6)
    assert q == pytest.approx(CLOSING_SHARE / (1 + CLOSING_SHARE), abs=1e-6)


@given(st.data())
def test_bar_of_a_surprising_run_rises_and_stays_below_100(data):
    known = data.draw(rates)
    remaining = data.draw(st.lists(st.integers(0, 6), min_size=STAGES, max_size=STAGES))
    processed, q = [0] * STAGES, 1.0
    for stage in range(STAGES):
        while remaining[stage]:
            count = data.draw(st.integers(1, remaining[stage]))
            before, q = q, advance_bar(q, stage, count, known, processed, remaining)
            assert 0 < q <= before
            assert 0 <= percentage(before, False) <= percentage(q, False) <= 99
            remaining[stage] -= count
            processed[stage] += count
            if stage + 1 < STAGES:
                remaining[stage + 1] += data.draw(st.integers(0, 3))


@given(rests, rates, counts, counts)
def test_open_parts_of_the_bar_sum_to_the_rest(q, known, remaining, expected):
    parts = open_bar_parts(q, known, remaining, expected)
    assert len(parts) == STAGES and min(parts) >= 0
    assert math.fsum(parts) == pytest.approx(q, rel=1e-9)


@given(rests, rates)
def test_open_bar_part_without_work_belongs_to_the_last_stage(q, known):
    nothing = [0] * STAGES
    assert open_bar_parts(q, known, nothing, nothing) == [0] * (STAGES - 1) + [q]


@given(st.floats(0.0, 1.0))
def test_100_percent_is_shown_only_after_success(q):
    assert percentage(q, True) == 100
    assert 0 <= percentage(q, False) <= 99


@given(st.integers(0, 98))
def test_percentage_is_rounded_down(whole):
    assert percentage(1 - (whole + 0.999) / 100, False) == whole
    assert percentage(1 - (whole + 1) / 100, False) == whole + 1


@given(rates, counts, counts)
def test_closing_work_is_one_percent(known, processed, remaining):
    whole = work_done(known, processed) + work_left(known, remaining)
    assert closing_work(known, processed, remaining) == pytest.approx(max(whole / 100, 1e-9))
