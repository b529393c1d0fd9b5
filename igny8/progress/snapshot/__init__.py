"""Build the snapshot of a run (docs/progress.md) from a limited number of rows: three queries."""

from igny8.progress.snapshot.build import run_detail, snapshot
from igny8.progress.snapshot.tags import add_tag_columns, run_tag

__all__ = ["add_tag_columns", "run_detail", "run_tag", "snapshot"]
