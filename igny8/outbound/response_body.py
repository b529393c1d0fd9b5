"""Response bodies: decompressed up to a limit, with errors translated to those of httpx2."""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpcore2
import httpx2

from igny8.errors import ExternalError

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


class ResponseBody(httpx2.SyncByteStream):
    """A response body: decompressed if needed, with translated errors."""

    def __init__(
        self, answer: httpcore2.Response, request: httpx2.Request, coding: str, max_bytes: int
    ) -> None:
        self._answer, self._request = answer, request
        self._coding, self._max_bytes = coding, max_bytes

    def __iter__(self) -> Iterator[bytes]:
        with translate_errors(self._request):
            pieces = self._answer.iter_stream()
            yield from _unpacked(pieces, self._coding, self._max_bytes) if self._coding else pieces

    def close(self) -> None:
        """Close the response."""
        self._answer.close()


def content_coding(headers: list[tuple[bytes, bytes]]) -> str:
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
def translate_errors(request: httpx2.Request) -> Iterator[None]:
    """Translate httpcore2's errors to httpx2's, which callers and the SDK expect."""
    try:
        yield
    except tuple(HTTPX_ERRORS) as error:
        kind = next(known for raised, known in HTTPX_ERRORS.items() if isinstance(error, raised))
        raise kind(str(error), request=request) from error
