"""Create the waitress server."""

import errno
import select
from functools import partial

from flask import Flask
from waitress.server import BaseWSGIServer, create_server

from igny8.server.connection import IDLE_TIMEOUT_S, Connection
from igny8.server.request_parser import BodyBudget, RequestParser

try:
    import resource
except ImportError:  # Windows has no limit of open files to raise
    resource = None  # type: ignore[assignment]

THREADS = 8
MAX_CONNECTIONS = 2000
MAX_CONNECTIONS_OF_SELECT = 400  # where there is no poll(): Windows allows 512 sockets
OTHER_FILES = 200  # that the process has open: database, queue, images being sent
MAX_HEAD_BYTES = 64 * 1024
CLEANUP_INTERVAL_S = 5


def create(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """Return a listening server; raise OSError if the address is not available."""
    server = create_server(
        app,
        host=host,
        port=port,
        ipv4=":" not in host,  # one address where a name such as localhost has both
        ipv6=":" in host,
        threads=THREADS,
        ident=None,
        connection_limit=connection_limit(),
        channel_timeout=IDLE_TIMEOUT_S,
        cleanup_interval=CLEANUP_INTERVAL_S,
        asyncore_use_poll=True,
        max_request_header_size=MAX_HEAD_BYTES,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        log_socket_errors=False,
        # Flask reads them where a proxy is configured; elsewhere they show that there is one
        clear_untrusted_proxy_headers=False,
    )
    if not isinstance(server, BaseWSGIServer):  # one server per address
        server.close()
        raise OSError(errno.EADDRNOTAVAIL, "The name has several addresses, choose one of them")
    server.channel_class = _connection_class(app)
    return server


def _connection_class(app: Flask) -> type[Connection]:
    """Return the connection class of one server, with the body limits of the app."""
    parser = partial(
        RequestParser, body_limit=app.extensions["igny8.body_limit"], budget=BodyBudget()
    )
    return type("LimitedConnection", (Connection,), {"parser_class": staticmethod(parser)})


def connection_limit() -> int:
    """Raise the limit of open files if possible; return the maximum number of connections."""
    if not hasattr(select, "poll"):
        return MAX_CONNECTIONS_OF_SELECT
    if resource is None:
        return MAX_CONNECTIONS
    wanted = MAX_CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return min(MAX_CONNECTIONS, max(soft // 2, soft - OTHER_FILES))
