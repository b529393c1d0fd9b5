"""Read-only views of runs, sites and workers, as plain values.

Pages, partials, JSON, the command line and metrics show only these values.
"""

from igny8.progress.estimate import estimate, estimate_ideas
from igny8.progress.item_detail import item_detail
from igny8.progress.lists import events, history, items, next_step_of, sites_overview
from igny8.progress.metrics import metric_values
from igny8.progress.snapshot import add_tag_columns, run_detail, run_tag, snapshot
from igny8.progress.stuck_runs import find_stuck_runs
from igny8.progress.workers import workers_overview

__all__ = [
    "add_tag_columns",
    "estimate",
    "estimate_ideas",
    "events",
    "find_stuck_runs",
    "history",
    "item_detail",
    "items",
    "metric_values",
    "next_step_of",
    "run_detail",
    "run_tag",
    "sites_overview",
    "snapshot",
    "workers_overview",
]
