"""Forecast a run: rates, expected work, the progress bar, and the time left.

Pure functions over plain values. A pipeline has S stages (S = 7); every sequence below has one
entry per stage, in order. A stage that a run skips passes its items through: no seconds, one
output each. Formulas: docs/progress.md#the-progress-bar (branching process with learned means).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PRIOR_WEIGHT = 8.0  # items: what the prior counts for
# items of earlier runs that count at most, so that a change of the site is noticed
HISTORY_WEIGHT = 200.0
CLOSING_SHARE = 0.01  # of all work: consumed only by the end of the run
DURATION_CV = 0.6  # coefficient of variation of an item's duration
CREDITS_CV = 0.5  # coefficient of variation of an item's credits
BAND_Z_SCORE = 1.2816  # standard deviations of an 80 % range
MIN_ITEMS_FOR_ETA = 5  # finished items before a time is shown without history
SPEED_WINDOW_S = 10.0  # the speed of a run is measured over at least this time
MAX_SPEED_FACTOR = 20.0  # slower or faster than the work suggests
# spread of the speed to come: always, and per e-fold that the factor is off
SPEED_UNCERTAINTY = (0.1, 0.35)
MAX_UPPER_BOUND_RATIO = 2.0  # a shown upper bound this many times too high is replaced
NEGLIGIBLE_S = 5.0  # upper bounds below this are never too high


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of one stage: items processed, items forwarded, seconds of work, credits."""

    processed: float = 0.0
    forwarded: float = 0.0
    seconds: float = 0.0
    credits: float = 0.0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.processed + other.processed,
            self.forwarded + other.forwarded,
            self.seconds + other.seconds,
            self.credits + other.credits,
        )

    def capped(self, weight: float) -> "Totals":
        """Return the same means, based on at most `weight` items."""
        if self.processed <= weight:
            return self
        share = weight / self.processed
        return Totals(weight, self.forwarded * share, self.seconds * share, self.credits * share)


@dataclass(frozen=True, slots=True)
class Rate:
    """The means of one stage: seconds, outputs and credits per item, based on `seen` items.

    `output_uncertainty` is the standard deviation of the mean outputs, as a share of them.
    `precomputed_share` is the share of the seconds that was already spent on every unfinished item,
    where one computation precedes the items of a stage.
    """

    seconds: float
    outputs: float
    credits: float = 0.0
    seen: float = 0.0
    output_uncertainty: float = 0.0
    precomputed_share: float = 0.0

    @property
    def seconds_left(self) -> float:
        """Return the seconds that an unfinished item still takes."""
        return self.seconds * (1.0 - self.precomputed_share)


@dataclass(frozen=True, slots=True)
class EstimateRange:
    """A range and its middle, in one unit."""

    low: float
    mid: float
    high: float


PASS_THROUGH = Rate(0.0, 1.0, 0.0, math.inf)


def updated_rate(prior: Rate, seen: Totals, weight: float = PRIOR_WEIGHT) -> Rate:
    """Return the rate after the totals `seen`; the prior counts like `weight` items."""
    count = weight + seen.processed
    return Rate(
        (weight * prior.seconds + seen.seconds) / count,
        (weight * prior.outputs + seen.forwarded) / count,
        (weight * prior.credits + seen.credits) / count,
        seen.processed,
        prior.output_uncertainty * math.sqrt(weight / count),
    )


def work_per_item(rates: Sequence[Rate]) -> list[float]:
    """Return D: the seconds of work that one item of each stage causes, with its descendants."""
    return _cost_with_descendants(rates, [rate.seconds_left for rate in rates])


def _cost_with_descendants(rates: Sequence[Rate], costs: Sequence[float]) -> list[float]:
    """Return the cost of one item of each stage with its descendants; alone it costs `costs`."""
    whole = [0.0] * (len(rates) + 1)
    for s in range(len(rates) - 1, -1, -1):
        whole[s] = costs[s] + rates[s].outputs * whole[s + 1]
    return whole[:-1]


def expected_arrivals(
    rates: Sequence[Rate], remaining: Sequence[float], finished: Sequence[bool] | None = None
) -> list[float]:
    """Return x: the items still expected to arrive in each stage.

    x₁ = 0 and xₛ₊₁ = yₛ · (remainingₛ + xₛ); nothing arrives from a stage that is `finished`.
    """
    expected = [0.0]
    for s in range(len(rates) - 1):
        over = finished is not None and finished[s]
        expected.append(0.0 if over else rates[s].outputs * (remaining[s] + expected[s]))
    return expected


def work_left(rates: Sequence[Rate], remaining: Sequence[float]) -> float:
    """Return R: the seconds of work of all unfinished items and their descendants."""
    return sum(r * d for r, d in zip(remaining, work_per_item(rates), strict=True))


def work_done(rates: Sequence[Rate], processed: Sequence[float]) -> float:
    """Return the seconds of work of all finished items, at the current rates."""
    return sum(p * rate.seconds for p, rate in zip(processed, rates, strict=True))


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
    """Return the percentage to show: rounded down, 100 only when the run has ended well."""
    return 100 if ended_well else min(99, math.floor(100 * (1.0 - bar_remaining) + 1e-9))


def open_bar_parts(
    bar_remaining: float,
    rates: Sequence[Rate],
    remaining: Sequence[float],
    expected: Sequence[float],
) -> list[float]:
    """Return how `bar_remaining` divides among the stages by their remaining work.

    When no work is left and the run has not ended, it belongs to the last stage.
    """
    work = [
        (r + x) * rate.seconds_left for r, x, rate in zip(remaining, expected, rates, strict=True)
    ]
    total = sum(work)
    if total <= 0:
        return [0.0] * (len(rates) - 1) + [bar_remaining]
    return [bar_remaining * w / total for w in work]


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

    The variance is that of the branching process (outputs per item are Poisson distributed, costs
    have a coefficient of variation `cv`) plus that of the learned means.
    """
    whole = [*_cost_with_descendants(rates, costs), 0.0]
    spread = [0.0] * (len(rates) + 1)
    for s in range(len(rates) - 1, -1, -1):
        rate = rates[s]
        poisson = 0.0 if math.isinf(rate.seen) else rate.outputs * whole[s + 1] ** 2
        spread[s] = (cv * costs[s]) ** 2 + rate.outputs * spread[s + 1] + poisson
    reach = [r + x for r, x in zip(remaining, expected_arrivals(rates, remaining), strict=True)]
    doubt = sum(
        (n * cost * cv) ** 2 / (PRIOR_WEIGHT + rate.seen)
        for n, cost, rate in zip(reach, costs, rates, strict=True)
    )
    doubt += sum(
        (n * rate.outputs * following * rate.output_uncertainty) ** 2
        for n, rate, following in zip(reach, rates, whole[1:], strict=True)
    )
    mean = sum(r * one for r, one in zip(remaining, whole, strict=False))
    return _log_normal(mean, sum(r * spread[s] for s, r in enumerate(remaining)) + doubt, scale)


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


@dataclass(frozen=True, slots=True)
class SpeedFactor:
    """How many seconds of active time a run takes per second of work.

    `factor` was measured up to `since` (the run's active seconds); `work` (seconds) and `claims`
    have been added since then.
    """

    factor: float = 1.0
    since: float = 0.0
    work: float = 0.0
    claims: int = 0

    def after(self, spent: float, work: float) -> "SpeedFactor":
        """Return the factor after a claim of `work` seconds, at `spent` active seconds of the run.

        A busy machine or a slow server shows within a few claims, however long the history is.
        """
        done, claims = self.work + work, self.claims + 1
        passed = spent - self.since
        if claims < MIN_ITEMS_FOR_ETA or passed < SPEED_WINDOW_S or done <= 0:
            return SpeedFactor(self.factor, self.since, done, claims)
        seen = min(MAX_SPEED_FACTOR, max(1 / MAX_SPEED_FACTOR, passed / done))
        return SpeedFactor(math.sqrt(self.factor * seen), spent)


def apply_speed_factor(span: EstimateRange, factor: float) -> EstimateRange:
    """Return a range of work as a range of time, wider the further the factor is from 1."""
    always, each = SPEED_UNCERTAINTY
    wider = math.exp(BAND_Z_SCORE * math.hypot(always, each * math.log(factor)))
    return EstimateRange(span.low * factor / wider, span.mid * factor, span.high * factor * wider)


def is_still_accurate(shown: EstimateRange, fresh: EstimateRange) -> bool:
    """Return whether the shown range contains the new middle and is not far too wide."""
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
