"""The web server: what every answer carries, and how long and how many it bears."""

import logging
import resource

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from igny8 import clock
from igny8.server.epoll_loop import Bell, Watched

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
NOT_KEPT = ("Cache-Control", "no-store")
THREADS = 8
CONNECTIONS = 4000  # at once: a page that is open keeps one
OTHER_FILES = 200  # that the process has open beside them: database, queue, pictures that are sent
IDLE = 30  # seconds in which nothing comes on a connection
HEAD_WITHIN, WHOLE_WITHIN = (
    30.0,
    600.0,
)  # seconds for the head of a request, and for all of it, drop by drop
LARGEST_HEAD = 64 * 1024

log = logging.getLogger(__name__)


class Refusal(ErrorTask):
    """The answer to what is no HTTP: it carries the same headers as a page."""

    def execute(self) -> None:
        self.response_headers.extend([*HEADERS.items(), NOT_KEPT])
        super().execute()


class Channel(HTTPChannel):
    """A connection that does not wait for ever for a request that comes drop by drop."""

    error_task_class = Refusal
    patience = (HEAD_WITHIN, WHOLE_WITHIN)
    unread_for = IDLE
    _begun = 0.0
    _unread: tuple = (
        None,
        0.0,
    )  # when it was last active while something waits to be read, and since when that is so

    def __init__(self, server, sock, addr, adj, map=None):
        super().__init__(server, sock, addr, adj, map)
        self.server = Bell(server, self)

    def received(self, data):
        was_waiting = self.request is not None
        taken = super().received(data)
        now = clock.monotonic()
        if self.request is None:
            self._begun = 0.0
        elif not was_waiting or not self._begun:
            self._begun = now
        elif now - self._begun > self.patience[bool(self.request.headers_finished)]:
            self.will_close = True
        return taken

    def is_unread(self) -> bool:
        """Return whether something has waited too long for the other side to read any of it; asked every few seconds.

        waitress itself would wait for ever, and keep a thread for whom more than its buffer holds is waiting.
        """
        active, now = self.last_activity if self.total_outbufs_len else None, clock.monotonic()
        if active is None or active != self._unread[0]:
            self._unread = (active, now)
        return active is not None and now - self._unread[1] > self.unread_for


def server(app: Flask, host: str, port: int):
    """Return a server for the app that listens already; OSError when it cannot."""
    watched = Watched()
    made = create_server(
        app,
        map=watched,
        host=host,
        port=port,
        threads=THREADS,
        ident=None,
        connection_limit=connections(),
        channel_timeout=IDLE,
        cleanup_interval=5,
        asyncore_use_poll=True,
        max_request_header_size=LARGEST_HEAD,
        log_socket_errors=False,
        # what a proxy says counts only where one is configured, and then Flask reads it
        clear_untrusted_proxy_headers=not app.config["SETTINGS"].proxy_hops,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
    )
    for one in (made, *watched.values()):
        one.channel_class, one.asyncore = Channel, watched
    return made


def connections() -> int:
    """Return how many connections are borne at once: CONNECTIONS, or what the system's limit of open files leaves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return CONNECTIONS
    borne = max(soft // 2, soft - OTHER_FILES)
    log.warning(
        "a process may open %d files here, so %d connections are borne at once instead of %d; raise the limit "
        "(ulimit -n %d, or LimitNOFILE=%d of the service)",
        soft,
        borne,
        CONNECTIONS,
        wanted,
        wanted,
    )
    return borne
