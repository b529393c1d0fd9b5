"""Connections to checked addresses only, with a deadline and a limit on received bytes."""

import ssl
from collections.abc import Callable, Iterable

import httpcore2

from igny8 import clock
from igny8.errors import ExternalError
from igny8.outbound.addresses import Address, check_addresses, normalize_host
from igny8.outbound.allowlist import Allowlist

Lookup = Callable[[str, int, float], tuple[Address, ...]]
CONNECT_TIMEOUT_S = 10.0
MAX_HEADER_BYTES = 256 * 1024  # of the head of a response, in addition to its body


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
