"""Time metrics: the last backup, and each site's last and next run."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily

from igny8.upkeep.last_backup import LastBackup


def backup_and_run_times(
    sites: dict[str, dict[str, Any]], backup: LastBackup | None
) -> Iterator[GaugeMetricFamily]:
    """Return gauges in Unix seconds; a missing time has no sample."""
    made = GaugeMetricFamily(
        "igny8_last_backup_timestamp_seconds", "When the last verified backup was made."
    )
    if backup is not None:
        made.add_metric([], backup.made_at.timestamp())
    yield made
    for key, name, text in (
        ("last_run", "last", "When a site's last successful run ended."),
        ("next_run", "next", "When a site's next scheduled run starts."),
    ):
        family = GaugeMetricFamily(f"igny8_{name}_run_timestamp_seconds", text, labels=["site"])
        for slug, times in sites.items():
            if times[key] is not None:
                family.add_metric([slug], times[key])
        yield family
