"""Remaining time and cost of a run, as 80 % ranges."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from igny8.forecast.rates import PRIOR_WEIGHT, Rate, cost_with_descendants, expected_arrivals

DURATION_CV = 0.6  # coefficient of variation of an item's duration
CREDITS_CV = 0.5  # coefficient of variation of an item's credits
BAND_Z_SCORE = 1.2816  # standard deviations of an 80 % range
MAX_UPPER_BOUND_RATIO = 2.0  # a shown upper bound this many times too high is replaced
NEGLIGIBLE_S = 5.0  # upper bounds below this are never too high


@dataclass(frozen=True, slots=True)
class EstimateRange:
    """A range and its middle, in the same unit."""

    low: float
    mid: float
    high: float


def time_left(
    rates: Sequence[Rate], remaining: Sequence[float], parallelism: int = 1
) -> EstimateRange:
    """Return the seconds left: an 80 % log-normal range around the mean."""
    return _cost_range(
        rates,
        remaining,
        [rate.seconds_left for rate in rates],
        DURATION_CV,
        1.0 / max(1, parallelism),
    )


def _cost_range(
    rates: Sequence[Rate],
    remaining: Sequence[float],
    costs: Sequence[float],
    cv: float,
    scale: float,
) -> EstimateRange:
    """Return the cost of all `remaining` items and their descendants: an 80 % log-normal range.

    The variance is that of the branching process plus that of the learned means.
    """
    whole = [*cost_with_descendants(rates, costs), 0.0]
    mean = sum(r * one for r, one in zip(remaining, whole, strict=False))
    variances = _variance_per_item(rates, costs, whole, cv)
    variance = sum(r * one for r, one in zip(remaining, variances, strict=True))
    variance += _variance_of_means(rates, remaining, costs, whole, cv)
    return _log_normal(mean, variance, scale)


def _variance_per_item(
    rates: Sequence[Rate], costs: Sequence[float], whole: Sequence[float], cv: float
) -> list[float]:
    """Return the variance of the cost of one item of each stage with its descendants.

    Outputs per item are Poisson distributed; costs have a coefficient of variation `cv`.
    """
    spread = [0.0] * (len(rates) + 1)
    for s in range(len(rates) - 1, -1, -1):
        rate = rates[s]
        poisson = 0.0 if math.isinf(rate.seen) else rate.outputs * whole[s + 1] ** 2
        spread[s] = (cv * costs[s]) ** 2 + rate.outputs * spread[s + 1] + poisson
    return spread[:-1]


def _variance_of_means(
    rates: Sequence[Rate],
    remaining: Sequence[float],
    costs: Sequence[float],
    whole: Sequence[float],
    cv: float,
) -> float:
    """Return the variance due to uncertain mean costs and mean outputs."""
    reach = [r + x for r, x in zip(remaining, expected_arrivals(rates, remaining), strict=True)]
    of_costs = sum(
        (n * cost * cv) ** 2 / (PRIOR_WEIGHT + rate.seen)
        for n, cost, rate in zip(reach, costs, rates, strict=True)
    )
    of_outputs = sum(
        (n * rate.outputs * following * rate.output_uncertainty) ** 2
        for n, rate, following in zip(reach, rates, whole[1:], strict=True)
    )
    return of_costs + of_outputs


def forecast_run(
    rates: Sequence[Rate], waiting: Sequence[int], parallelism: int = 1
) -> dict[str, Any]:
    """Return {items, seconds, credits} of a run over `waiting` items.

    `items` is per stage, known and expected; `seconds` and `credits` are EstimateRanges.
    """
    reach = [w + x for w, x in zip(waiting, expected_arrivals(rates, waiting), strict=True)]
    return {
        "items": reach,
        "seconds": time_left(rates, waiting, parallelism),
        "credits": _cost_range(rates, waiting, [rate.credits for rate in rates], CREDITS_CV, 1.0),
    }


def is_still_accurate(shown: EstimateRange, fresh: EstimateRange) -> bool:
    """Return whether the displayed range contains the new middle and is not much too wide."""
    return (
        shown.low
        <= fresh.mid
        <= shown.high
        <= max(MAX_UPPER_BOUND_RATIO * fresh.high, NEGLIGIBLE_S)
    )


def _log_normal(mean: float, variance: float, scale: float) -> EstimateRange:
    if mean <= 0:
        return EstimateRange(0.0, 0.0, 0.0)
    sigma2 = math.log1p(variance / mean**2)
    middle = mean / math.sqrt(1 + variance / mean**2)
    factor = math.exp(BAND_Z_SCORE * math.sqrt(sigma2))
    return EstimateRange(scale * middle / factor, scale * mean, scale * max(middle * factor, mean))
