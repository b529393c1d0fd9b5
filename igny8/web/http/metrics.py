"""Figures for Prometheus: the state from the database in one read, and how long polls took in this process.

The state is the same whichever process answers, so it needs no sharing. Polls are measured in each process: with
one process they are in memory; where several serve (gunicorn), the library's own way shares them through files in
PROMETHEUS_MULTIPROC_DIR, and any process answers with the sum. A label with the pid would leave gaps instead, for
each scrape reaches only one of them, and a new series with each restart.
"""

import hmac
import os

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from igny8 import clock, progress
from igny8.upkeep import last_backup
from igny8.version import version
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
    "How long the answers to polls took, by what was polled.",
    ["page"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
    registry=None,
)
SHARED_DIR_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")


def register(app: Flask) -> None:
    """Measure the polls of this app."""
    app.before_request(_start_timer)
    app.after_request(_stop_timer)


@bp.get("/metrics")
def show() -> Response:
    """Answer the figures, to whoever may read them, in the form that was asked for."""
    if not _may_read():
        abort(
            403,
            "Figures are given with the token of IGNY8_METRICS_TOKEN, to administrators who are signed in, and "
            "to programs on this machine where neither a token is set nor a proxy is named.",
        )
    registry = CollectorRegistry()
    registry.register(DatabaseCollector())
    registry.register(
        POLL_SECONDS
    ) if SHARED_DIR_VARIABLE not in os.environ else MultiProcessCollector(registry)
    encode, kind = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=kind)


class DatabaseCollector:
    """The figures of the database, made anew for each scrape."""

    def collect(self):
        """Return one family a figure."""
        seen = progress.metric_values(version())
        info = InfoMetricFamily("igny8", "Which code answers.")
        info.add_metric([], {"version": version()})
        yield info
        yield _gauge(
            "runs", "Runs by state.", ["state"], {(state,): n for state, n in seen["runs"].items()}
        )
        yield _gauge(
            "runs_stalled",
            "Open runs that stand still because no worker is running.",
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
            "For how long the item that waits longest could have been taken.",
            [],
            {(): seen["queue_age"]},
        )
        yield _gauge("workers_online", "Workers alive.", [], {(): seen["workers"]["online"]})
        yield _gauge(
            "worker_slots",
            "Items that the workers alive can work on at once.",
            [],
            {(): seen["workers"]["slots"]},
        )
        yield _gauge(
            "workers_other_version",
            "Workers alive that run other code than what answers.",
            [],
            {(): seen["workers"]["other_version"]},
        )
        yield _gauge(
            "clock_skew_seconds",
            "The furthest clock of a worker against the database server's.",
            [],
            {(): seen["workers"]["skew"]},
        )
        yield _gauge(
            "item_crashes",
            "How often items were given back because their worker died.",
            [],
            {(): seen["crashes"]},
        )
        yield _gauge(
            "items_quarantined",
            "Items set aside after three crashes.",
            [],
            {(): seen["quarantined"]},
        )
        yield from self._providers(seen["providers"])
        yield from backup_and_run_times(seen["sites"], last_backup.load())
        yield _gauge(
            "data_free_bytes", "Room left where the data folder is.", [], {(): seen["free_bytes"]}
        )

    def _providers(self, providers):
        yield _gauge(
            "provider_requests",
            "Paid requests of the last ten minutes by how they ended.",
            ["provider", "state"],
            {(p["provider"], state): n for p in providers for state, n in p["requests"].items()},
        )
        yield _gauge(
            "provider_errors_in_a_row",
            "Errors of a provider since a request went well.",
            ["provider"],
            {(p["provider"],): p["errors"] for p in providers},
        )
        yield _gauge(
            "provider_shut",
            "1 while a provider's gate is shut.",
            ["provider"],
            {(p["provider"],): float(p["is_shut"]) for p in providers},
        )


def _gauge(name: str, what: str, labels: list[str], values: dict) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"igny8_{name}", what, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _may_read() -> bool:
    """Return whether this request has the token or an administrator's session, or where there is neither a token
    nor a proxy, comes from this machine itself.

    What comes through a proxy on this machine comes from this machine too, and need not show it: where one is named
    (IGNY8_PROXY_HOPS), nothing is taken for local. Where none is named, what shows signs of one is not, either.
    """
    settings = current_app.config["SETTINGS"]
    if g.current_user is not None and g.current_user.is_superuser:
        return True
    if settings.metrics_token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.metrics_token}".encode())
    if settings.proxy_hops:
        return False
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return (
        request.remote_addr in LOOPBACK
        and name.lower() in OWN_NAMES
        and not any(header in request.headers for header in PROXY_HEADERS)
    )


def _start_timer() -> None:
    if request.endpoint in POLLED_ENDPOINTS:
        g.poll_began = clock.monotonic()


def _stop_timer(response):
    if "poll_began" in g:
        seconds = clock.monotonic() - g.poll_began
        POLL_SECONDS.labels(POLLED_ENDPOINTS[request.endpoint]).observe(seconds)
    return response
