"""Normalise addresses of pages, and tell which belong to a site."""

from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

MAX_ADDRESS_CHARS = 2_000
DEFAULT_PORTS = {"http": 80, "https": 443}
TRACKING_PREFIXES = ("utm_",)
TRACKING_NAMES = frozenset(("gclid", "fbclid", "msclkid", "mc_cid", "mc_eid", "replytocom"))
SAFE_IN_PATH = "/:@!$&'()*+,;=~%-._"


def normalize(address: str, base: str = "") -> str | None:
    """Return an address in normal form, relative to `base`; None if it is not a web address.

    Fragments, tracking parameters, user names and default ports are dropped.
    """
    try:
        parts = urlsplit(urljoin(base, address.strip()))
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return None
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    path = quote(parts.path or "/", safe=SAFE_IN_PATH)
    found = urlunsplit((scheme, netloc, path, _query(parts.query), ""))
    return found if len(found) <= MAX_ADDRESS_CHARS and found.isprintable() else None


def is_same_site(address: str, other: str) -> bool:
    """Return whether two normalised addresses have the same host, ignoring “www.” and https.

    Addresses with other ports than the default ones belong to other sites.
    """
    return _place(address) == _place(other)


def path_of(address: str) -> str:
    """Return the part of an address after the host, decoded: /raised-beds."""
    parts = urlsplit(address)
    path = unquote(parts.path) or "/"
    shown = path if path.isprintable() else parts.path
    return f"{shown}?{parts.query}" if parts.query else shown


def words_of(address: str) -> str:
    """Return the last path segment of an address as words: “raised beds”."""
    last = unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2]
    stem = last.rpartition(".")[0] if last.endswith((".html", ".htm", ".php", ".aspx")) else last
    return " ".join(stem.replace("-", " ").replace("_", " ").split())


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [
        (name, value)
        for name, value in pairs
        if name not in TRACKING_NAMES and not name.startswith(TRACKING_PREFIXES)
    ]
    return query if len(kept) == len(pairs) and query.isascii() else urlencode(kept)


def _place(address: str) -> tuple[str, int | None]:
    parts = urlsplit(address)
    usual = DEFAULT_PORTS.get(parts.scheme)
    return (parts.hostname or "").removeprefix("www."), None if parts.port == usual else parts.port
