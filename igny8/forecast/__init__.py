"""Forecast a run: rates, expected work, the progress bar, and the time left.

Pure functions over plain values. A pipeline has S stages (S = 7); every sequence has one entry per
stage, in order. A skipped stage passes its items through: no seconds, one output each. Formulas:
docs/progress.md#the-progress-bar (branching process with learned means).
"""

from igny8.forecast.progress_bar import (
    CLOSING_SHARE,
    advance_bar,
    closing_work,
    open_bar_parts,
    percentage,
)
from igny8.forecast.rates import (
    HISTORY_WEIGHT,
    PASS_THROUGH,
    PRIOR_WEIGHT,
    Rate,
    Totals,
    expected_arrivals,
    updated_rate,
    work_done,
    work_left,
    work_per_item,
)
from igny8.forecast.speed import MIN_ITEMS_FOR_ETA, SpeedFactor, apply_speed_factor
from igny8.forecast.time_left import EstimateRange, forecast_run, is_still_accurate, time_left

__all__ = [
    "CLOSING_SHARE",
    "HISTORY_WEIGHT",
    "MIN_ITEMS_FOR_ETA",
    "PASS_THROUGH",
    "PRIOR_WEIGHT",
    "EstimateRange",
    "Rate",
    "SpeedFactor",
    "Totals",
    "advance_bar",
    "apply_speed_factor",
    "closing_work",
    "expected_arrivals",
    "forecast_run",
    "is_still_accurate",
    "open_bar_parts",
    "percentage",
    "time_left",
    "updated_rate",
    "work_done",
    "work_left",
    "work_per_item",
]
