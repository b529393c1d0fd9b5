"""Check addresses before a request: syntax, DNS lookup, public or private network."""

import ipaddress
import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlsplit

from igny8.errors import ExternalError
from igny8.outbound.allowlist import (
    EMPTY_ALLOWLIST,
    Address,
    Allowlist,
    ends_in_number,
    is_host_name,
)
from igny8.outbound.host_lookup import LOOKUP_TIMEOUT_S, resolve_host
from igny8.outbound.public_addresses import (
    METADATA_ADDRESSES,
    is_public,
    is_reserved_or_wraps_private,
    unmapped,
)

DEFAULT_PORTS = {"http": 80, "https": 443}
PRIVATE_ENDINGS = (".localhost", ".local", ".lan", ".home", ".internal", ".home.arpa")
MAX_SHOWN_CHARS = 60


class ForbiddenAddress(ExternalError):
    """An address to which no request may be sent.

    `entry` is the allowlist entry that would permit it, None if none can.
    """

    def __init__(self, message: str, entry: str | None = None) -> None:
        super().__init__(message, kind="address", permanent=True)
        self.entry = entry


@dataclass(frozen=True, slots=True)
class ParsedUrl:
    """Scheme, normalised host and port of an address."""

    scheme: str
    host: str
    port: int


def parse_url(url: str) -> ParsedUrl:
    """Return scheme, host and port of an address; raise ForbiddenAddress for unusual syntax."""
    if any(not "!" <= c <= "~" or c == "\\" for c in url):
        raise ForbiddenAddress(
            "Write the address without spaces and in plain letters (a name in other letters begins "
            "with xn--)."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ForbiddenAddress(f"{_shown(url)} is not an address.") from error
    if parts.scheme.lower() not in DEFAULT_PORTS:
        raise ForbiddenAddress("Only addresses that begin with https:// or http:// are allowed.")
    if "@" in parts.netloc:
        raise ForbiddenAddress("Write the address without a user and a password in it.")
    if port == 0 or ("[" not in parts.netloc and parts.netloc.endswith(":")):
        raise ForbiddenAddress(f"{_shown(url)} has no port after its colon.")
    return ParsedUrl(
        parts.scheme.lower(), normalize_host(host), port or DEFAULT_PORTS[parts.scheme.lower()]
    )


def normalize_host(host: str) -> str:
    """Return a host name or IP address in normal form; raise ForbiddenAddress otherwise."""
    found = host.lower()
    if ":" in found:
        try:
            return (
                str(unmapped(ipaddress.IPv6Address(found))) if "%" not in found else _refuse(host)
            )
        except ValueError:
            _refuse(host)
    if ends_in_number(found):
        try:
            return str(ipaddress.IPv4Address(found))
        except ValueError:
            _refuse(host)
    return found if is_host_name(found) else _refuse(host)


def check_addresses(
    host: str, port: int, found: tuple[Address, ...], allowed: Allowlist = EMPTY_ALLOWLIST
) -> None:
    """Raise Forbidden unless every address of a host is public or allowed."""
    for address in map(unmapped, found):
        where = host if host == str(address) else f"{host} leads to {address}, which"
        if (
            address in METADATA_ADDRESSES
            or address.is_multicast
            or address.is_unspecified
            or is_reserved_or_wraps_private(address)
        ):
            raise ForbiddenAddress(f"{where} is never allowed.")
        if is_public(address) or allowed.covers(host, port, address):
            continue
        entry = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise ForbiddenAddress(
            f"{where} lies inside of this machine or network. An administrator may allow it: under "
            f"Settings, Advanced, Private addresses, or with IGNY8_OUTBOUND_ALLOW={entry}.",
            entry if Allowlist.of(entry).covers(host, port, address) else None,
        )


def check_url(
    url: str, allowed: Allowlist = EMPTY_ALLOWLIST, seconds: float = LOOKUP_TIMEOUT_S
) -> ParsedUrl:
    """Return the parts of an address to store; raise ForbiddenAddress if it is not allowed.

    An unknown host name is accepted, because it is checked again with every request.
    """
    found = parse_url(url)
    try:
        addresses = resolve_host(found.host, found.port, seconds)
    except OSError:
        return found
    check_addresses(found.host, found.port, addresses, allowed)
    return found


def is_private_host(host: str) -> bool:
    """Return whether a host is, judged by its text alone, on this machine or network."""
    try:
        return not is_public(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return "." not in host or host.endswith(PRIVATE_ENDINGS)


def _refuse(host: str) -> NoReturn:
    raise ForbiddenAddress(
        f"{_shown(host)} is not spelled as a host is: write a name such as api.openai.com without "
        "a dot at its end, or an IP address such as 192.168.1.20."
    )


def _shown(text: str) -> str:
    return re.sub(r"[^!-~]", "?", text)[:MAX_SHOWN_CHARS] or "This"
