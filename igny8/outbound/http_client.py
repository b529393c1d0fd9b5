"""The HTTP client for other servers: checked addresses, time and size limits, no redirects."""

import ssl
from functools import lru_cache

import httpcore2
import httpx2

from igny8.errors import ExternalError
from igny8.outbound.addresses import parse_url
from igny8.outbound.allowlist import EMPTY_ALLOWLIST, Allowlist
from igny8.outbound.checked_network import CONNECT_TIMEOUT_S, CheckedNetwork, Lookup
from igny8.outbound.host_lookup import resolve_host
from igny8.outbound.response_body import (
    UNPACKED,
    ResponseBody,
    content_coding,
    translate_errors,
)

HTTPError = httpx2.HTTPError  # base of the errors that a request of these clients can raise
NOT_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout)  # nothing was sent
Client = httpx2.Client
Response = httpx2.Response
READ_TIMEOUT_S = 120.0  # between two reads
REQUEST_DEADLINE_S = 300.0  # for a whole request
MAX_RESPONSE_BYTES = 24 * 1024 * 1024  # of a response body
SENT_HEADERS = frozenset(
    (
        b"host",
        b"accept",
        b"authorization",
        b"api-key",
        b"content-type",
        b"content-length",
        b"content-disposition",
        b"transfer-encoding",
        b"webhook-id",
        b"webhook-timestamp",
        b"webhook-signature",
    )
)  # the only request headers that are sent: nothing about this machine or its tools
FIXED_HEADERS = (
    (b"User-Agent", b"IGNY8"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
)
PACKING_HEADERS = (b"content-encoding", b"content-length")


def make_client(
    allowed: Allowlist = EMPTY_ALLOWLIST,
    deadline: float = REQUEST_DEADLINE_S,
    largest: int = MAX_RESPONSE_BYTES,
    lookup: Lookup = resolve_host,
) -> httpx2.Client:
    """Return a client that sends requests only to checked addresses.

    Requests raise ForbiddenAddress for an address that is not allowed, ExternalError for a response
    that is too large or cannot be decompressed, and httpx2's own errors otherwise. `deadline` is
    the time limit of a whole request in seconds.
    """
    return httpx2.Client(
        transport=make_transport(allowed, deadline, largest, lookup),
        trust_env=False,
        follow_redirects=False,
        timeout=timeouts(deadline),
    )


def make_transport(
    allowed: Allowlist = EMPTY_ALLOWLIST,
    deadline: float = REQUEST_DEADLINE_S,
    largest: int = MAX_RESPONSE_BYTES,
    lookup: Lookup = resolve_host,
) -> "CheckedTransport":
    """Return the transport of such a client, for libraries with their own client."""
    return CheckedTransport(CheckedNetwork(allowed, deadline, largest, lookup), largest)


def timeouts(deadline: float) -> httpx2.Timeout:
    """Return the timeouts of a request; a longer deadline also applies to the first byte."""
    read = deadline if deadline > REQUEST_DEADLINE_S else READ_TIMEOUT_S
    return httpx2.Timeout(read, connect=CONNECT_TIMEOUT_S)


class CheckedTransport(httpx2.BaseTransport):
    """Checks each request, strips its headers and sends it over CheckedNetwork."""

    def __init__(
        self, network: httpcore2.NetworkBackend, max_bytes: int = MAX_RESPONSE_BYTES
    ) -> None:
        self._max_bytes = max_bytes
        self._pool = httpcore2.ConnectionPool(
            ssl_context=default_ssl_context(), network_backend=network, max_keepalive_connections=0
        )  # every request looks its name up again

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and return its response, including redirects."""
        parse_url(str(request.url))
        headers = [
            (name, value) for name, value in request.headers.raw if name.lower() in SENT_HEADERS
        ]
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with translate_errors(request):
            answer = self._pool.handle_request(
                httpcore2.Request(
                    request.method,
                    url,
                    headers=[*headers, *FIXED_HEADERS],
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        coding = content_coding(answer.headers)
        if coding not in UNPACKED:
            answer.close()
            raise ExternalError(
                f"{request.url.host} compresses its answers ({coding}) although told not to.",
                kind="bad_answer",
                permanent=True,
            )
        plain = [
            pair for pair in answer.headers if pair[0].lower() not in PACKING_HEADERS or not coding
        ]
        body = ResponseBody(answer, request, coding, self._max_bytes)
        return httpx2.Response(answer.status, headers=plain, stream=body)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


@lru_cache(maxsize=1)
def default_ssl_context() -> ssl.SSLContext:
    """Return the TLS context with the system's certificates, or those of SSL_CERT_FILE."""
    return httpx2.create_ssl_context()
