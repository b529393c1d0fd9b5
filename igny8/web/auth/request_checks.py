"""Checks before every request: known host names, no cross-site requests, permissions."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from igny8.web.auth import permissions
from igny8.web.auth.endpoint_permissions import SAFE_METHODS
from igny8.web.auth.second_factor_required import require_set_up
from igny8.web.http.public_address import host_name

OWN_NAMES = {"localhost", socket.gethostname().lower()}
HEALTH_ENDPOINTS = ("health.live", "health.ready")


def register(app: Flask) -> None:
    """Run the checks before everything else."""
    app.before_request_funcs.setdefault(None, [])[:0] = [
        reject_unknown_hosts,
        reject_cross_site_requests,
        permissions.check_request,
        require_set_up,
    ]
    app.after_request(run_after_response)


def reject_unknown_hosts() -> None:
    """Raise BadRequest for an unknown host name, which prevents DNS rebinding.

    IP addresses, local names and the configured names are accepted; health checks from the local
    network may use any name.
    """
    name = host_name(request.host)
    if not (
        _is_address(name)
        or name in _known_names()
        or name.endswith(".localhost")
        or _is_health_check_from_nearby()
    ):
        current_app.logger.warning(
            "refused the host name %r: known are addresses and %s",
            request.host[:200],
            ", ".join(sorted(_known_names())),
        )
        raise BadRequest(
            f"Unknown host name {name[:60]!r}. If this name is correct, start IGNY8 with "
            f"IGNY8_ALLOWED_HOSTS={name[:60]}; otherwise open IGNY8 by its own address."
        )


def reject_cross_site_requests() -> None:
    """Raise Forbidden for a changing request that another website caused (CSRF)."""
    if request.method not in SAFE_METHODS and not is_same_origin():
        current_app.logger.warning(
            "refused a request from origin %r (Sec-Fetch-Site %r): it was sent to %r",
            request.headers.get("Origin", "")[:200],
            request.headers.get("Sec-Fetch-Site", "")[:20],
            request.host_url,
        )
        raise Forbidden(
            "This request came from another website and was not carried out. "
            "Open IGNY8 and try again there."
        )


def is_same_origin() -> bool:
    """Return whether a request came from a page of this installation or from no browser."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None and fetched not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    public = current_app.config["SETTINGS"].public_url
    return (
        origin is None
        or (public is not None and origin == public.origin)
        or (origin != "null" and urlsplit(origin).netloc == request.host)
    )


def run_after_response(response: Response) -> Response:
    """Call the function in g.after_response after the response was sent."""
    after = g.pop("after_response", None)
    if after is not None:
        response.call_on_close(after)
    return response


def _known_names() -> set[str]:
    settings = current_app.config["SETTINGS"]
    public = settings.public_url
    return OWN_NAMES | settings.allowed_hosts | ({public.host} if public else set())


def _is_health_check_from_nearby() -> bool:
    """Return whether a health check came from the local network."""
    address = request.remote_addr or ""
    if request.endpoint not in HEALTH_ENDPOINTS or not _is_address(address):
        return False
    client = ip_address(address)
    return client.is_private or client.is_loopback or client.is_link_local


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
