"""Fetch pages of a website politely: respect robots.txt, one request at a time, with pauses."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from protego import Protego

from igny8.errors import ExternalError
from igny8.inventory.addresses import is_same_site, normalize
from igny8.outbound.allowlist import Allowlist
from igny8.outbound.http_client import Client, HTTPError, Response, make_client
from igny8.publishing.requests import retry_after

USER_AGENT = "IGNY8"  # as the HTTP client sends it; robots.txt may name it
DEADLINE_S = 60.0  # for a whole request
PAUSE_S = 1.0  # between two requests
MAX_PAUSE_S = 10.0  # a longer Crawl-delay is shortened to it
MAX_HOPS = 5  # redirects of one address
MAX_PAGE_BYTES = 1 * 1024 * 1024  # of a page; what follows is not read
MAX_LIST_BYTES = 50 * 1024 * 1024  # of a sitemap, as its protocol allows
MAX_ROBOTS_BYTES = 500 * 1024
UNPACK_STEP_BYTES = 256 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
WAIT_STATUSES = (429, 503)
DECLARED = re.compile(
    rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE
)
HEADER_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)


class PageError(ExternalError):
    """An address that could not be read; `status` is that of the response, None without one."""

    def __init__(
        self,
        message: str,
        kind: str = "refused",
        permanent: bool = True,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, kind, permanent, retry_after)
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response: its address after redirects, type, and body, cut at the limit if `is_cut`."""

    address: str
    status: int
    content_type: str
    body: bytes
    is_cut: bool = False
    hops: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """Return the body as text, in the declared encoding or UTF-8."""
        named = HEADER_CHARSET.search(self.content_type)
        declared = DECLARED.search(self.body[:4096])
        names = [named[1] if named else "", declared[1].decode() if declared else "", "utf-8"]
        for name in filter(_is_codec, names):
            try:
                return self.body.decode(name, "ignore" if self.is_cut else "strict")
            except UnicodeError:
                continue
        return self.body.decode("utf-8", "replace")


class Fetcher:
    """Client of one website; `pause` is called with the seconds to wait before each request."""

    def __init__(self, home: str, allowed: Allowlist, pause: Callable[[float], None]) -> None:
        self._home, self._pause = home, pause
        self._http: Client = make_client(allowed, DEADLINE_S, MAX_LIST_BYTES + MAX_PAGE_BYTES)
        self._robots: Protego | None = None
        self._has_sent = False

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    @property
    def http(self) -> Client:
        """Return the HTTP client, for requests to an API."""
        return self._http

    @property
    def sitemaps(self) -> list[str]:
        """Return the sitemaps listed in robots.txt."""
        return list(self._rules().sitemaps)

    def is_allowed(self, address: str) -> bool:
        """Return whether robots.txt allows an address of the site."""
        return bool(self._rules().can_fetch(address, USER_AGENT))

    def get(self, address: str, max_bytes: int = MAX_PAGE_BYTES) -> Fetched:
        """Return the response for an address of the site, after redirects.

        Raises PageError for anything but a complete or cut response with status 200.
        """
        hops: list[str] = []
        while True:
            if not self.is_allowed(address):
                raise PageError("robots.txt of the site does not allow this address.", "robots")
            found, location = self._send(address, max_bytes)
            if not location:
                return Fetched(
                    address, found.status, found.content_type, found.body, found.is_cut, tuple(hops)
                )
            hops.append(address)
            address = self._redirected(address, location, hops)

    def wait(self) -> None:
        """Wait for the crawl delay that the site requests."""
        if self._has_sent:
            delay = self._robots.crawl_delay(USER_AGENT) if self._robots else None
            self._pause(min(max(PAUSE_S, delay or 0.0), MAX_PAUSE_S))
        self._has_sent = True

    def _redirected(self, address: str, location: str, hops: list[str]) -> str:
        target = normalize(location, address)
        if target is None:
            raise PageError("It redirects to something that is no web address.")
        if not is_same_site(target, self._home):
            raise PageError(f"It redirects to another site: {target}", "elsewhere")
        if target in hops:
            raise PageError("It redirects in a circle.", "loop")
        if len(hops) > MAX_HOPS:
            raise PageError(f"It redirects more than {MAX_HOPS} times.", "loop")
        return target

    def _send(self, address: str, max_bytes: int) -> tuple[Fetched, str]:
        """Return a response with status 200, or an empty one with its redirect target."""
        self.wait()
        try:
            with self._http.stream("GET", address) as response:
                status = response.status_code
                kind = response.headers.get("content-type", "")
                if status in REDIRECTS and response.headers.get("location"):
                    return Fetched(address, status, kind, b""), response.headers["location"]
                if status != 200:
                    raise _refusal(response)
                body, is_cut = _read(response, max_bytes)
                return Fetched(address, status, kind, body, is_cut), ""
        except HTTPError as error:
            raise PageError(
                f"No complete answer ({type(error).__name__}).", "connection", permanent=False
            ) from error
        except PageError:
            raise
        except ExternalError as error:
            raise PageError(str(error), error.kind) from error

    def _rules(self) -> Protego:
        """Return the rules of robots.txt; raise PageError while the site fails to serve it."""
        if self._robots is None:
            place = urljoin(self._home, "/robots.txt")
            text = ""
            try:
                for _ in range(MAX_HOPS):
                    found, location = self._send(place, MAX_ROBOTS_BYTES)
                    if not location:
                        text = found.text
                        break
                    place = self._redirected(place, location, [])
            except PageError as error:
                # RFC 9309: no file allows everything, a server error nothing
                if not error.permanent or error.kind in ("address", "rate_limit"):
                    raise
            self._robots = Protego.parse(text)
        return self._robots


def unpack(body: bytes, max_bytes: int = MAX_LIST_BYTES) -> bytes:
    """Return the content of a possibly gzip-compressed file; raise PageError beyond the limit."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker, plain, packed = zlib.decompressobj(zlib.MAX_WBITS | 16), bytearray(), body
    try:
        while packed and not unpacker.eof:
            plain += unpacker.decompress(packed, UNPACK_STEP_BYTES)
            packed = unpacker.unconsumed_tail
            if len(plain) > max_bytes:
                raise PageError(f"The file is larger than {max_bytes >> 20} MB unpacked.")
    except zlib.error as error:
        raise PageError("The file cannot be unpacked (gzip).") from error
    return bytes(plain)


def _read(response: Response, max_bytes: int) -> tuple[bytes, bool]:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > max_bytes:
            return bytes(body[:max_bytes]), True
    return bytes(body), False


def _refusal(response: Response) -> PageError:
    status = response.status_code
    if status in WAIT_STATUSES:
        return PageError(
            f"The site asked to wait ({status}).",
            "rate_limit",
            permanent=False,
            retry_after=retry_after(response),
            status=status,
        )
    if status in (404, 410):
        return PageError(f"There is no such page ({status}).", "missing", status=status)
    is_transient = status >= 500 or status in (408, 425)
    kind = "server" if is_transient else "refused"
    return PageError(f"The site answered {status}.", kind, not is_transient, status=status)


def _is_codec(name: str) -> bool:
    try:
        return bool(name) and b"a".decode(name) != ""
    except (LookupError, UnicodeError):  # also for codecs that are no encodings of text
        return False
