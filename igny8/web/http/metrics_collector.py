"""Collect the figures of runs, workers and providers for /metrics."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

from igny8 import progress
from igny8.upkeep import last_backup, sizes
from igny8.version import version
from igny8.web.http.time_metrics import backup_and_run_times

STORED_KINDS = ("database", "images", "uploads", "logs", "backups", "aside")


class DatabaseCollector:
    """Collects the state of the database for each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Yield one metric family per metric."""
        seen = progress.metric_values(version())
        info = InfoMetricFamily("igny8", "Version of the code that serves this page.")
        info.add_metric([], {"version": version()})
        yield info
        yield from self._runs(seen)
        yield from self._workers(seen)
        yield from self._crashes(seen)
        yield from self._providers(seen["providers"])
        yield from backup_and_run_times(seen["sites"], last_backup.load())
        stored = sizes.load()
        yield _gauge(
            "stored_bytes",
            "Bytes that the installation stores, by kind.",
            ["kind"],
            {(kind,): getattr(stored, kind) for kind in STORED_KINDS},
        )
        yield _gauge(
            "data_free_bytes", "Free space of the data folder.", [], {(): seen["free_bytes"]}
        )

    def _runs(self, seen: dict[str, Any]) -> Iterator[Metric]:
        yield _gauge(
            "runs", "Runs by state.", ["state"], {(state,): n for state, n in seen["runs"].items()}
        )
        yield _gauge(
            "runs_stalled",
            "Open runs that are stalled because no worker is running.",
            [],
            {(): seen["stalled"]},
        )
        yield _gauge(
            "items",
            "Items of the open runs by stage and state.",
            ["stage", "state"],
            {(str(stage), state): n for (stage, state), n in seen["items"].items()},
        )
        for name, what, place in (
            ("stage_work_seconds", "Seconds of work in the newest 200 runs, by stage.", 0),
            ("stage_worked_items", "Items worked on in the newest 200 runs, by stage.", 1),
        ):
            yield _gauge(
                name,
                what,
                ["stage"],
                {(str(s),): f[place] for s, f in seen["stage_seconds"].items()},
            )
        yield _gauge(
            "queue_age_seconds",
            "Waiting time of the oldest claimable item.",
            [],
            {(): seen["queue_age"]},
        )

    def _workers(self, seen: dict[str, Any]) -> Iterator[Metric]:
        yield _gauge("workers_online", "Live workers.", [], {(): seen["workers"]["online"]})
        yield _gauge(
            "worker_slots",
            "Items that the live workers can process in parallel.",
            [],
            {(): seen["workers"]["slots"]},
        )
        yield _gauge(
            "workers_other_version",
            "Live workers that run a different version.",
            [],
            {(): seen["workers"]["other_version"]},
        )
        yield _gauge(
            "clock_skew_seconds",
            "Largest clock difference between a worker and the database server.",
            [],
            {(): seen["workers"]["skew"]},
        )

    def _crashes(self, seen: dict[str, Any]) -> Iterator[Metric]:
        yield _gauge(
            "item_crashes",
            "Items requeued because their worker crashed.",
            [],
            {(): seen["crashes"]},
        )
        yield _gauge(
            "items_quarantined",
            "Items marked as failed after three crashes.",
            [],
            {(): seen["quarantined"]},
        )

    def _providers(self, providers: list[dict[str, Any]]) -> Iterator[Metric]:
        yield _gauge(
            "provider_requests",
            "Paid requests of the last ten minutes by outcome.",
            ["provider", "state"],
            {(p["provider"], state): n for p in providers for state, n in p["requests"].items()},
        )
        yield _gauge(
            "provider_errors_in_a_row",
            "Consecutive errors of a provider.",
            ["provider"],
            {(p["provider"],): p["errors"] for p in providers},
        )
        yield _gauge(
            "provider_shut",
            "1 while the circuit breaker of a provider is open.",
            ["provider"],
            {(p["provider"],): float(p["is_shut"]) for p in providers},
        )


def _gauge(name: str, what: str, labels: list[str], values: dict) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"igny8_{name}", what, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family
