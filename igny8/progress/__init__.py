"""The one picture of a run. Page, partial, JSON and command line show this and nothing else.

Looking never moves anything: this room reads, and answers in plain values.
"""

from igny8.progress.estimate import estimate
from igny8.progress.lists import events, history, items, sites_overview
from igny8.progress.snapshot import glance, run_detail, snapshot, tag

__all__ = ["estimate", "events", "glance", "history", "items", "run_detail", "sites_overview", "snapshot", "tag"]
