"""A client connection of waitress, with limits for slow clients.

These classes replace the ones that waitress names in public class attributes (`channel_class`,
`parser_class`, `task_class`, `error_task_class`); tests/server/ fails when a new version ignores
them.
"""

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from igny8 import clock
from igny8.server.headers import NO_STORE, SECURITY_HEADERS

IDLE_TIMEOUT_S = 20
HEAD_TIMEOUT_S = 30.0
REQUEST_TIMEOUT_S = 600.0  # for a whole upload


class ErrorResponse(ErrorTask):
    """Answer a malformed request with the headers of a page."""

    def execute(self) -> None:
        """Write the response."""
        self.response_headers.extend([*SECURITY_HEADERS.items(), NO_STORE])
        super().execute()


class Response(WSGITask):
    """Answer a request; close the connection after an htmx request.

    waitress checks the state of every open connection many times per second. Polling pages would
    keep connections open without need: 1,000 of them cost the loop more than their requests
    (docs/decisions/0020-web-server.md).
    """

    def build_response_header(self) -> bytes:
        """Return the status line and the headers."""
        if self.request.headers.get("HX_REQUEST") == "true":
            self.set_close_on_finish()
        return super().build_response_header()


class Connection(HTTPChannel):
    """A connection that is closed if a request arrives or a response is read too slowly."""

    task_class = Response
    error_task_class = ErrorResponse
    head_timeout_s = HEAD_TIMEOUT_S
    request_timeout_s = REQUEST_TIMEOUT_S
    unread_timeout_s = IDLE_TIMEOUT_S
    request_started: float | None = None
    unread_since: float | None = None
    unread_activity = 0.0

    def received(self, data: bytes) -> bool:
        """Receive data of a request; close the connection if the request takes too long.

        waitress has a timeout for silence, but not for a request that arrives byte by byte.
        """
        was_started = self.request is not None
        taken = super().received(data)
        if self.request is None:
            self.request_started = None
        elif not was_started or self.request_started is None:
            self.request_started = clock.monotonic()
        elif clock.monotonic() - self.request_started > self._request_limit():
            self.will_close = True
        return taken

    def writable(self) -> bool:
        """Return whether there is data to send; close it if the client does not read.

        waitress calls this about once per second. It would wait for the client indefinitely, using
        a thread if the response is larger than its buffer.
        """
        if self._is_unread():
            self.handle_close()
            return False
        return super().writable()

    def handle_close(self) -> None:
        """Close the connection, and free the body of an incomplete request.

        waitress leaves its temporary file to the garbage collector.
        """
        super().handle_close()
        if self.request is not None:
            self.request.close()

    def _request_limit(self) -> float:
        return self.request_timeout_s if self.request.headers_finished else self.head_timeout_s

    def _is_unread(self) -> bool:
        if not self.total_outbufs_len:
            self.unread_since = None
            return False
        now = clock.monotonic()
        if self.unread_since is None or self.unread_activity != self.last_activity:
            self.unread_since, self.unread_activity = now, self.last_activity
        return now - self.unread_since > self.unread_timeout_s
