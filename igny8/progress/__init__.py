"""The one picture of a run. Page, partial, JSON and command line show this and nothing else.

Looking never moves anything: this room reads, and answers in plain values.
"""

from igny8.progress.estimate import estimate
from igny8.progress.lists import events, history, items, sites_overview
from igny8.progress.metrics import gauges
from igny8.progress.snapshot import run_detail, snapshot, tag_of, with_glance
from igny8.progress.stuck_runs import standing
from igny8.progress.workers import fleet

__all__ = [
    "estimate",
    "events",
    "fleet",
    "gauges",
    "history",
    "items",
    "run_detail",
    "sites_overview",
    "snapshot",
    "standing",
    "tag_of",
    "with_glance",
]
