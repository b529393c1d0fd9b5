"""Resolve a host name within a time limit."""

import ipaddress
import socket
import threading

from igny8.outbound.allowlist import (
    Address,
)

LOOKUP_TIMEOUT_S = 5.0  # that a name may take to be looked up


def resolve_host(host: str, port: int, seconds: float = LOOKUP_TIMEOUT_S) -> tuple[Address, ...]:
    """Return a host's addresses; raise OSError if it is unknown, TimeoutError after `seconds`."""
    try:
        return (ipaddress.ip_address(host),)
    except ValueError:
        pass
    found: dict = {}

    def ask() -> None:
        try:
            found["rows"] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found["error"] = error if isinstance(error, OSError) else socket.gaierror(str(error))

    asking = threading.Thread(target=ask, name="lookup", daemon=True)
    asking.start()
    asking.join(seconds)
    if "error" in found:
        raise found["error"]
    if "rows" not in found:
        raise TimeoutError(f"the name {host} was not found within {seconds:.0f} s")
    return tuple(
        dict.fromkeys(ipaddress.ip_address(row[4][0].partition("%")[0]) for row in found["rows"])
    )
