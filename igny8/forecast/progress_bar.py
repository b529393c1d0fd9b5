"""The progress bar: its remaining share, and how that is divided among the stages."""

import math
from collections.abc import Sequence

from igny8.forecast.rates import Rate, work_done, work_left

CLOSING_SHARE = 0.01  # of all work: consumed only by the end of the run


def closing_work(
    rates: Sequence[Rate], processed: Sequence[float], remaining: Sequence[float]
) -> float:
    """Return W_F: the work of ending the run, 1 % of all work, always above zero."""
    begun = sum(
        r * rate.seconds * rate.precomputed_share for r, rate in zip(remaining, rates, strict=True)
    )
    total = work_done(rates, processed) + begun + work_left(rates, remaining)
    return max(CLOSING_SHARE * total, 1e-9)


def advance_bar(
    bar_remaining: float,
    stage: int,
    count: float,
    rates: Sequence[Rate],
    processed: Sequence[float],
    remaining: Sequence[float],
) -> float:
    """Return the remaining share of the bar after `count` items of `stage` (0-based) ended.

    q ← q · (1 − count · dₛ / (R + W_F)), where q is `bar_remaining`; `processed`, `remaining` are
    the counts just before. A fractional count stands for work done before the items. The result
    lies in (0, q].
    """
    if count <= 0:
        return bar_remaining
    left = work_left(rates, remaining) + closing_work(rates, processed, remaining)
    share = min(1.0, count * rates[stage].seconds_left / left) if left > 0 else 0.0
    return max(bar_remaining * (1.0 - share), bar_remaining * 1e-9)


def percentage(bar_remaining: float, ended_well: bool) -> int:
    """Return the displayed percentage: rounded down, 100 only when the run has succeeded."""
    return 100 if ended_well else min(99, math.floor(100 * (1.0 - bar_remaining) + 1e-9))


def open_bar_parts(
    bar_remaining: float,
    rates: Sequence[Rate],
    remaining: Sequence[float],
    expected: Sequence[float],
) -> list[float]:
    """Divide `bar_remaining` among the stages by their remaining work.

    If no work is left and the run has not ended, all of it belongs to the last stage.
    """
    work = [
        (r + x) * rate.seconds_left for r, x, rate in zip(remaining, expected, rates, strict=True)
    ]
    total = sum(work)
    if total <= 0:
        return [0.0] * (len(rates) - 1) + [bar_remaining]
    return [bar_remaining * w / total for w in work]
