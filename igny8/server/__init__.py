"""Web server of the one-command mode, and the headers of every response."""

from igny8.server.headers import NO_STORE, SECURITY_HEADERS
from igny8.server.waitress_server import create

__all__ = ["NO_STORE", "SECURITY_HEADERS", "create"]
