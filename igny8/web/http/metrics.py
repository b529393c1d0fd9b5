"""Metrics for Prometheus: the state of the database, and the response times of polls.

The scraped process reads the state from the database. Poll times are kept in the memory of each
process; with several processes (gunicorn), the Prometheus library adds them up through files in
PROMETHEUS_MULTIPROC_DIR.
"""

import hmac
import os

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from igny8 import clock
from igny8.web.http.client_address import is_from_this_machine
from igny8.web.http.metrics_collector import DatabaseCollector

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


def _may_read() -> bool:
    """Return whether the request may read the metrics.

    It needs the metrics token or the session of an administrator. Without a configured token or
    proxy, local requests without proxy headers are accepted.
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
