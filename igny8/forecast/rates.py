"""Rates of the stages, and the work that the items of a run cause at these rates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

PRIOR_WEIGHT = 8.0  # items: what the prior counts for
# items of earlier runs that count at most, so that a change of the site is noticed
HISTORY_WEIGHT = 200.0


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

    `output_uncertainty` is the relative standard deviation of the mean outputs. `precomputed_share`
    is the share of an unfinished item's seconds that is already done, in a stage that starts with
    one computation for all items.
    """

    seconds: float
    outputs: float
    credits: float = 0.0
    seen: float = 0.0
    output_uncertainty: float = 0.0
    precomputed_share: float = 0.0

    @property
    def seconds_left(self) -> float:
        """Return the remaining seconds of an unfinished item."""
        return self.seconds * (1.0 - self.precomputed_share)


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
    return cost_with_descendants(rates, [rate.seconds_left for rate in rates])


def cost_with_descendants(rates: Sequence[Rate], costs: Sequence[float]) -> list[float]:
    """Return the cost of one item of each stage with its descendants; `costs` are without them."""
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
