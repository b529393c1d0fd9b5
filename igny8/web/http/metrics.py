"""Metrics for Prometheus: the state of the database, and the response times of polls.

The state is read from the database by whichever process is scraped. Poll times are kept in the
memory of each process; with several processes (gunicorn), the Prometheus library sums them up
through files in PROMETHEUS_MULTIPROC_DIR.
"""

import hmac
import os
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CollectorRegistry, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from igny8 import clock, progress
from igny8.upkeep import last_backup, sizes
from igny8.version import version
from igny8.web.http.client_address import is_from_this_machine
from igny8.web.http.time_metrics import backup_and_run_times

bp = Blueprint("metrics", __name__)
POLLED_ENDPOINTS = {
    "automation.live": "automation",
    "sites.live": "sites",
    "workers.live": "workers",
    "api.run_progress": "api",
}
POLL_SECONDS = Histogram(
    "igny8_poll_seconds",
    "Response time of polls, by page.",
    ["page"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    registry=None,
)
STORED_KINDS = ("database", "images", "uploads", "logs", "backups", "aside")
SHARED_DIR_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def register(app: Flask) -> None:
    """Measure the response times of polls."""
    app.before_request(_start_timer)
    app.after_request(_stop_timer)


@bp.get("/metrics")
def show() -> Response:
    """Return the metrics in the format of the Accept header, or 403."""
    if not _may_read():
        abort(
            403,
            "Metrics need the token in IGNY8_METRICS_TOKEN or a signed-in administrator. Without "
            "token and proxy, programs on this machine may read them.",
        )
    registry = CollectorRegistry()
    registry.register(DatabaseCollector())
    registry.register(
        POLL_SECONDS
    ) if SHARED_DIR_VARIABLE not in os.environ else MultiProcessCollector(registry)
    encode, kind = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=kind)


class DatabaseCollector:
    """Collects the state of the database for each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Yield one metric family per figure."""
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


def _may_read() -> bool:
    """Return whether the request may read the metrics.

    It needs the metrics token or the session of an administrator. Without a configured token or
    proxy, requests from this machine are accepted, unless their headers show a proxy.
    """
    settings = current_app.config["SETTINGS"]
    if g.current_user is not None and g.current_user.is_superuser:
        return True
    if settings.metrics_token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.metrics_token}".encode())
    if settings.proxy_hops:
        return False
    return is_from_this_machine()


def _start_timer() -> None:
    if request.endpoint in POLLED_ENDPOINTS:
        g.poll_began = clock.monotonic()


def _stop_timer(response: Response) -> Response:
    if "poll_began" in g:
        seconds = clock.monotonic() - g.poll_began
        POLL_SECONDS.labels(POLLED_ENDPOINTS[request.endpoint or ""]).observe(seconds)
    return response
