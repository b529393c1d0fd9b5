"""The HTTP client for other servers: checked addresses, time and size limits, no redirects."""

import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import httpcore2
import httpx2

from igny8 import clock
from igny8.errors import ExternalError
from igny8.outbound.addresses import (
    Address,
    check_addresses,
    normalize_host,
    parse_url,
)
from igny8.outbound.allowlist import EMPTY_ALLOWLIST, Allowlist
from igny8.outbound.host_lookup import resolve_host

HTTPError = httpx2.HTTPError  # base of the errors that a request of these clients can raise
NOT_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout)  # nothing was sent
Client = httpx2.Client
Response = httpx2.Response
Lookup = Callable[[str, int, float], tuple[Address, ...]]
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = (
    10.0,
    120.0,
)  # to connect; between two reads
REQUEST_DEADLINE_S = 300.0  # for a whole request
MAX_RESPONSE_BYTES = 24 * 1024 * 1024  # of a response body
MAX_HEADER_BYTES = 256 * 1024  # of its head, in addition
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
# How answers may be packed although they were asked not to be → the window of zlib for it.
UNPACKED = {
    "": 0,
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}
UNPACK_STEP_BYTES = 256 * 1024
HTTPX_ERRORS = {
    httpcore2.ConnectTimeout: httpx2.ConnectTimeout,
    httpcore2.TimeoutException: httpx2.ReadTimeout,
    httpcore2.ConnectError: httpx2.ConnectError,
    httpcore2.NetworkError: httpx2.ReadError,
    httpcore2.ProtocolError: httpx2.RemoteProtocolError,
}


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
        with _translate_errors(request):
            answer = self._pool.handle_request(
                httpcore2.Request(
                    request.method,
                    url,
                    headers=[*headers, *FIXED_HEADERS],
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        coding = _coding(answer.headers)
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
        body = _Body(answer, request, coding, self._max_bytes)
        return httpx2.Response(answer.status, headers=plain, stream=body)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class CheckedNetwork(httpcore2.NetworkBackend):
    """Connects to addresses only after all addresses of the host have been checked."""

    def __init__(self, allowed: Allowlist, deadline: float, largest: int, lookup: Lookup) -> None:
        self._allowed, self._deadline, self._largest, self._lookup = (
            allowed,
            deadline,
            largest,
            lookup,
        )
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a connection to the first of the host's addresses that accepts one."""
        ends_at = clock.monotonic() + self._deadline
        host = normalize_host(host.strip("[]"))
        try:
            found = self._lookup(host, port, min(timeout or CONNECT_TIMEOUT_S, self._deadline))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        check_addresses(host, port, found, self._allowed)
        refused: Exception = httpcore2.ConnectError(f"there is no address for {host}")
        for address in found:
            left = ends_at - clock.monotonic()
            if left <= 0:
                raise httpcore2.ConnectTimeout(f"no connection to {host} in time")
            try:
                stream = self._plain.connect_tcp(
                    str(address),
                    port,
                    min(timeout or CONNECT_TIMEOUT_S, left),
                    local_address,
                    socket_options,
                )
                return _Limited(stream, ends_at, self._largest + MAX_HEADER_BYTES)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                refused = error
        raise refused

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable | None = None
    ) -> httpcore2.NetworkStream:
        """Refuse Unix sockets."""
        raise httpcore2.ConnectError("Unix sockets are not allowed")


class _Limited(httpcore2.NetworkStream):
    """A connection with a deadline and a limit on received bytes."""

    def __init__(self, stream: httpcore2.NetworkStream, ends_at: float, largest: int) -> None:
        self._stream, self._ends_at, self._left, self._largest = stream, ends_at, largest, largest

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        found = self._stream.read(max_bytes, self._wait(timeout, httpcore2.ReadTimeout))
        self._left -= len(found)
        if self._left < 0:
            raise ExternalError(
                f"the answer is larger than {(self._largest - MAX_HEADER_BYTES) / 2**20:.0f} MB",
                kind="bad_answer",
                may_be_billed=True,
                permanent=True,
            )
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._wait(timeout, httpcore2.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Return the connection with TLS; the certificate must match the host name."""
        safe = self._stream.start_tls(
            ssl_context, server_hostname, self._wait(timeout, httpcore2.ConnectTimeout)
        )
        return _Limited(safe, self._ends_at, self._left)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def _wait(self, timeout: float | None, late: type[Exception]) -> float:
        left = self._ends_at - clock.monotonic()
        if left <= 0:
            raise late("the answer took too long")
        return left if timeout is None else min(timeout, left)


class _Body(httpx2.SyncByteStream):
    """A response body: decompressed if needed, with translated errors."""

    def __init__(
        self, answer: httpcore2.Response, request: httpx2.Request, coding: str, max_bytes: int
    ) -> None:
        self._answer, self._request = answer, request
        self._coding, self._max_bytes = coding, max_bytes

    def __iter__(self) -> Iterator[bytes]:
        with _translate_errors(self._request):
            pieces = self._answer.iter_stream()
            yield from _unpacked(pieces, self._coding, self._max_bytes) if self._coding else pieces

    def close(self) -> None:
        self._answer.close()


def _coding(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the content coding of a body, "" for none."""
    values = [
        value.decode("latin-1") for name, value in headers if name.lower() == b"content-encoding"
    ]
    codings = [one.strip().lower() for value in values for one in value.split(",")]
    return ",".join(one for one in codings if one not in ("identity", ""))


def _unpacked(pieces: Iterable[bytes], coding: str, max_bytes: int) -> Iterator[bytes]:
    """Yield a decompressed gzip or deflate body; raise ExternalError beyond `max_bytes`."""
    unpacker, left = zlib.decompressobj(UNPACKED[coding]), max_bytes
    try:
        for piece in pieces:
            packed = piece
            while packed:
                plain = unpacker.decompress(packed, UNPACK_STEP_BYTES)
                packed = unpacker.unconsumed_tail
                left -= len(plain)
                if left < 0:
                    raise ExternalError(
                        f"the answer is larger than {max_bytes / 2**20:.0f} MB",
                        kind="bad_answer",
                        may_be_billed=True,
                        permanent=True,
                    )
                yield plain
        yield unpacker.flush()
        if not unpacker.eof:
            raise zlib.error("it is broken off")
    except zlib.error as error:
        raise ExternalError(
            f"the answer cannot be unpacked ({coding})", kind="bad_answer", may_be_billed=True
        ) from error


@contextmanager
def _translate_errors(request: httpx2.Request) -> Iterator[None]:
    """Translate httpcore2's errors to httpx2's, which callers and the SDK expect."""
    try:
        yield
    except tuple(HTTPX_ERRORS) as error:
        kind = next(known for raised, known in HTTPX_ERRORS.items() if isinstance(error, raised))
        raise kind(str(error), request=request) from error


@lru_cache(maxsize=1)
def default_ssl_context() -> ssl.SSLContext:
    """Return the TLS context with the system's certificates, or those of SSL_CERT_FILE."""
    return httpx2.create_ssl_context()
