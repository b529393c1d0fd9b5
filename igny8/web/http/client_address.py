"""Where a request comes from: its address block, and whether it is from this machine."""

from flask import request

PROXY_HEADERS = ("Forwarded", "X-Real-Ip", "Via")
PROXY_HEADER_PREFIX = "x-forwarded-"
LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")


def address_block() -> str:
    """Return the address of the client, of IPv6 the /64 network, which one person may own."""
    address = request.remote_addr or ""
    return ":".join(address.split(":")[:4]) if ":" in address else address


def is_from_this_machine() -> bool:
    """Return whether a program on this machine sent the request, without a proxy in between.

    Only meaningful where no proxy is configured: then the headers of one mean that somebody else
    asked it.
    """
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return (
        request.remote_addr in LOOPBACK and name.lower() in OWN_NAMES and not _came_through_proxy()
    )


def _came_through_proxy() -> bool:
    return any(header in request.headers for header in PROXY_HEADERS) or any(
        name.lower().startswith(PROXY_HEADER_PREFIX) for name, _ in request.headers
    )
