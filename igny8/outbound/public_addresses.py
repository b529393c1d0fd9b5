"""Tell public addresses from those of the local network or a cloud's metadata service."""

import ipaddress

from igny8.outbound.allowlist import (
    Address,
)

# Networks that tools and Python versions classify differently: never public here.
NON_PUBLIC_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",
        ),
    )
)
# Metadata services of clouds, which hand out credentials: never allowed.
METADATA_ADDRESSES = frozenset(
    map(
        ipaddress.ip_address,
        ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"),
    )
)
NAT64_NETWORK = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet."""
    return (
        address.is_global
        and not address.is_multicast
        and not any(
            address.version == network.version and address in network
            for network in NON_PUBLIC_NETWORKS
        )
    )


def unmapped(address: Address) -> Address:
    """Return the IPv4 address of an IPv4-mapped IPv6 one; others unchanged."""
    return getattr(address, "ipv4_mapped", None) or address


def is_reserved_or_wraps_private(address: Address) -> bool:
    """Return whether an address is reserved or wraps a private one (NAT64, 6to4, Teredo)."""
    if address.version == 4:
        return address.is_reserved
    wrapped = [address.sixtofour, *(address.teredo or ())]
    if address in NAT64_NETWORK:
        wrapped.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return any(not is_public(inner) for inner in wrapped if inner is not None)
