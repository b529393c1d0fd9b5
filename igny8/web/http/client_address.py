"""The client of a request: its address block, and whether it is on this machine."""

from flask import request

PROXY_HEADERS = ("Forwarded", "X-Real-Ip", "Via")
PROXY_HEADER_PREFIX = "x-forwarded-"
LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")


def address_block() -> str:
    """Return the client's address; for IPv6 the /64 network, which one person may own."""
    address = request.remote_addr or ""
    return ":".join(address.split(":")[:4]) if ":" in address else address


def is_from_this_machine() -> bool:
    """Return whether a local program sent the request without a proxy.

    Only meaningful if no proxy is configured: proxy headers then mean that the request came from
    elsewhere.
    """
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return (
        request.remote_addr in LOOPBACK and name.lower() in OWN_NAMES and not _came_through_proxy()
    )


def _came_through_proxy() -> bool:
    return any(header in request.headers for header in PROXY_HEADERS) or any(
        name.lower().startswith(PROXY_HEADER_PREFIX) for name, _ in request.headers
    )
