"""Checks before every request: known host names, no cross-site requests, permissions."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from igny8.web.auth import permissions, second_factor
from igny8.web.auth.permissions import SAFE_METHODS

OWN_NAMES = {"localhost", socket.gethostname().lower()}


def register(app: Flask) -> None:
    """Run the checks before everything else."""
    app.before_request_funcs.setdefault(None, [])[:0] = [
        reject_unknown_hosts,
        reject_cross_site_requests,
        permissions.check_request,
        second_factor.require_set_up,
    ]
    app.after_request(run_after_response)


def reject_unknown_hosts() -> None:
    """Raise BadRequest for an unknown host name, which prevents DNS rebinding.

    IP addresses, the names of this machine and the configured names are accepted.
    """
    name = _host_name(request.host)
    if not (
        _is_address(name)
        or name in OWN_NAMES
        or name.endswith(".localhost")
        or name in current_app.config["SETTINGS"].allowed_hosts
    ):
        raise BadRequest(
            f"Unknown host name {name[:60]!r}. If this name is correct, start IGNY8 with "
            f"IGNY8_ALLOWED_HOSTS={name[:60]}; otherwise open IGNY8 by its own address."
        )


def reject_cross_site_requests() -> None:
    """Raise Forbidden for a changing request that another website caused (CSRF)."""
    if request.method not in SAFE_METHODS and not is_same_origin():
        raise Forbidden(
            "This request came from another website and was not carried out. "
            "Open IGNY8 and try again there."
        )


def is_same_origin() -> bool:
    """Return whether a request came from a page of this installation, or from no browser."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None and fetched not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or (origin != "null" and urlsplit(origin).netloc == request.host)


def run_after_response(response: Response) -> Response:
    """Let the function in g.after_response run once the response was sent."""
    after = g.pop("after_response", None)
    if after is not None:
        response.call_on_close(after)
    return response


def _host_name(host: str) -> str:
    """Return the name in a Host header in lower case, without port and brackets."""
    name = host.lower()
    if not name.endswith("]"):
        head, colon, port = name.rpartition(":")
        name = head if colon and port.isdigit() else name
    return name.strip("[]").rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
