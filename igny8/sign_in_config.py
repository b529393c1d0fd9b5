"""Settings of signing in: second factor, OpenID Connect, proxy header, roles of groups.

All come from environment variables; an invalid value raises ConfigError.
"""

import ipaddress
import re
from dataclasses import dataclass

from igny8.env_values import Env
from igny8.errors import ConfigError
from igny8.oidc_config import OidcSettings, load_oidc
from igny8.outbound.allowlist import Address, Network
from igny8.role_rules import RoleRule, read_roles

SECOND_FACTOR_CHOICES = ("", "administrators", "everyone")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")


@dataclass(frozen=True)
class ProxySignIn:
    """A proxy that authenticates users and names them in a header; `peers` are its addresses."""

    header: str
    groups_header: str
    peers: tuple[Network, ...]
    sign_out_url: str = ""

    def is_peer(self, text: str) -> bool:
        """Return whether a connection from this address comes from the proxy."""
        try:
            address: Address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        return any(address.version == one.version and address in one for one in self.peers)


@dataclass(frozen=True)
class SignInSettings:
    """How people sign in; `local` is by user name and password."""

    local: bool = True
    second_factor: str = ""
    oidc: OidcSettings | None = None
    proxy: ProxySignIn | None = None
    roles: tuple[RoleRule, ...] = ()


LOCAL_ONLY = SignInSettings()


def load(env: Env) -> SignInSettings:
    """Return the settings of an environment; raise ConfigError."""
    oidc, proxy = load_oidc(env), _proxy(env)
    local = _choice(env, "IGNY8_LOCAL_SIGN_IN", ("", "on", "off")) != "off"
    if not local and oidc is None and proxy is None:
        raise ConfigError(
            "IGNY8_LOCAL_SIGN_IN: with “off” nobody could sign in. Set IGNY8_OIDC_ISSUER or "
            "IGNY8_SIGN_IN_HEADER too, or leave it out."
        )
    return SignInSettings(
        local=local,
        second_factor=_choice(env, "IGNY8_SECOND_FACTOR", SECOND_FACTOR_CHOICES),
        oidc=oidc,
        proxy=proxy,
        roles=read_roles(env.get("IGNY8_SIGN_IN_ROLES") or ""),
    )


def _choice(env: Env, name: str, choices: tuple[str, ...]) -> str:
    value = (env.get(name) or "").strip().lower()
    if value not in choices:
        raise ConfigError(
            f"{name}: {value!r} is not known; use {' or '.join(filter(None, choices))}, "
            "or leave it out."
        )
    return value


def _proxy(env: Env) -> ProxySignIn | None:
    header = (env.get("IGNY8_SIGN_IN_HEADER") or "").strip()
    groups = (env.get("IGNY8_SIGN_IN_GROUPS_HEADER") or "").strip()
    if not header:
        return None
    for name, value in (("IGNY8_SIGN_IN_HEADER", header), ("IGNY8_SIGN_IN_GROUPS_HEADER", groups)):
        if value and not HEADER_NAME.fullmatch(value):
            raise ConfigError(f"{name}: {value!r} is not a header name, such as Remote-User.")
    url = (env.get("IGNY8_SIGN_OUT_URL") or "").strip()
    if url and not url.startswith(("https://", "http://", "/")):
        raise ConfigError("IGNY8_SIGN_OUT_URL: write the address that signs out of the proxy.")
    return ProxySignIn(header, groups, _peers(env.get("IGNY8_SIGN_IN_HEADER_FROM") or ""), url)


def _peers(text: str) -> tuple[Network, ...]:
    """Return the networks of a comma-separated list, which must not be empty."""
    help_text = (
        "write the address of the proxy that sets the header, such as 127.0.0.1, or several with "
        "commas; a network such as 10.0.0.0/24 trusts every machine in it."
    )
    try:
        peers = tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError as error:
        raise ConfigError(f"IGNY8_SIGN_IN_HEADER_FROM: {error}; {help_text}") from error
    if not peers or any(one.prefixlen == 0 for one in peers):
        raise ConfigError(f"IGNY8_SIGN_IN_HEADER_FROM: {help_text}")
    return peers
