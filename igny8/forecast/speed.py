"""The measured speed of a run: seconds of active time per second of work."""

import math
from dataclasses import dataclass

from igny8.forecast.time_left import BAND_Z_SCORE, EstimateRange

MIN_ITEMS_FOR_ETA = 5  # finished items before a time is shown without history
SPEED_WINDOW_S = 10.0  # the speed of a run is measured over at least this time
MAX_SPEED_FACTOR = 20.0  # slower or faster than the work suggests
# spread of the speed to come: always, and per e-fold that the factor is off
SPEED_UNCERTAINTY = (0.1, 0.35)


@dataclass(frozen=True, slots=True)
class SpeedFactor:
    """The measured speed of a run: seconds of active time per second of estimated work.

    `factor` was measured up to `since` (the run's active seconds); `work` (seconds) and `claims`
    have been added since then.
    """

    factor: float = 1.0
    since: float = 0.0
    work: float = 0.0
    claims: int = 0

    def after(self, spent: float, work: float) -> "SpeedFactor":
        """Return the factor after a claim of `work` seconds, at `spent` active seconds of the run.

        It adapts to a busy machine or a slow server within a few claims, regardless of the history.
        """
        done, claims = self.work + work, self.claims + 1
        passed = spent - self.since
        if claims < MIN_ITEMS_FOR_ETA or passed < SPEED_WINDOW_S or done <= 0:
            return SpeedFactor(self.factor, self.since, done, claims)
        seen = min(MAX_SPEED_FACTOR, max(1 / MAX_SPEED_FACTOR, passed / done))
        return SpeedFactor(math.sqrt(self.factor * seen), spent)


def apply_speed_factor(span: EstimateRange, factor: float) -> EstimateRange:
    """Return a range of work as a range of time, wider if the factor is far from 1."""
    always, each = SPEED_UNCERTAINTY
    wider = math.exp(BAND_Z_SCORE * math.hypot(always, each * math.log(factor)))
    return EstimateRange(span.low * factor / wider, span.mid * factor, span.high * factor * wider)
