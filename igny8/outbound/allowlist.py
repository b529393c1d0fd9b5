"""The allowlist: private hosts, addresses and networks that requests may be sent to."""

import ipaddress
import re
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
ENDS_IN_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")
# Where an allowed name may lead: this machine, private networks and VPNs.
PRIVATE_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        (
            "127.0.0.0/8",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "::1/128",
            "fc00::/7",
        ),
    )
)
ENTRY_HELP = (
    "write a host, a host:port, an address or a network, such as gpu.lan:8000, 192.168.1.20 or "
    "10.0.0.0/24"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a host name or a network, with one port or any."""

    text: str
    host: str | None
    network: Network | None
    port: int | None


@dataclass(frozen=True, slots=True)
class Allowlist:
    """All entries of an allowlist."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, *texts: str) -> "Allowlist":
        """Return the list of these lines; raise ValueError naming the first invalid one."""
        return cls(tuple(map(parse_entry, texts)))

    def __add__(self, other: "Allowlist") -> "Allowlist":
        return Allowlist(tuple(dict.fromkeys((*self.entries, *other.entries))))

    def covers(self, host: str, port: int, address: Address) -> bool:
        """Return whether an address of a host is allowed."""
        return any(
            one.port in (None, port)
            and (
                one.host == host and any(_in(address, home) for home in PRIVATE_NETWORKS)
                if one.network is None
                else _in(address, one.network)
            )
            for one in self.entries
        )


EMPTY_ALLOWLIST = Allowlist()


def parse_entry(text: str) -> Entry:
    """Return the entry of a line; raise ValueError with the expected format if invalid."""
    line = text.strip().lower()
    try:
        network = ipaddress.ip_network(line)
        return Entry(
            str(network) if "/" in line else str(network.network_address), None, network, None
        )
    except ValueError:
        pass
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^\[\]:/]+)(?::([1-9][0-9]{0,4}))?", line)
    port = int(found[2]) if found and found[2] else None
    host = found[1].strip("[]") if found else ""
    if not found or (port or 1) > 65535:
        raise ValueError(f"{text!r}: {ENTRY_HELP}")
    try:
        network = ipaddress.ip_network(host)
    except ValueError as error:
        if ends_in_number(host) or not is_host_name(host):
            raise ValueError(f"{text!r}: {ENTRY_HELP}") from error
        return Entry(line, host, None, port)
    return Entry(line, None, network, port)


def is_host_name(host: str) -> bool:
    """Return whether a lower-case host is a name that no tool reads as an IP address."""
    return bool(HOST_NAME.fullmatch(host)) and not ends_in_number(host)


def ends_in_number(host: str) -> bool:
    """Return whether a host ends in a number, which tools read as IPv4 (127.1, 0x7f.1)."""
    return bool(ENDS_IN_NUMBER.fullmatch(host))


def _in(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
