"""The one picture of a run. Page, partial, JSON and command line show this and nothing else.

Looking never moves anything: this room reads, and answers in plain values.
"""

from igny8.progress.estimate import estimate
from igny8.progress.lists import events, history, items, sites_overview
from igny8.progress.metrics import metric_values
from igny8.progress.snapshot import add_tag_columns, run_detail, run_tag, snapshot
from igny8.progress.stuck_runs import find_stuck_runs
from igny8.progress.workers import workers_overview

__all__ = [
    "estimate",
    "events",
    "workers_overview",
    "metric_values",
    "history",
    "items",
    "run_detail",
    "sites_overview",
    "snapshot",
    "find_stuck_runs",
    "run_tag",
    "add_tag_columns",
]
