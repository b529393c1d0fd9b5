"""Settings of signing in: second factor, OpenID Connect, a proxy's header, roles of groups.

All come from environment variables; an invalid value raises ConfigError.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from igny8.errors import ConfigError
from igny8.outbound.addresses import ForbiddenAddress, parse_url
from igny8.outbound.allowlist import Address, Network

Env = Mapping[str, str]

SECOND_FACTOR_CHOICES = ("", "administrators", "everyone")
SITE_ROLES = ("viewer", "editor", "reviewer", "administrator")
ADMIN = "admin"  # an administrator of the installation
DEFAULT_SCOPES = "openid profile email"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")


@dataclass(frozen=True)
class RoleRule:
    """Members of `group` get `role` on the site with the slug `site`; None: admins everywhere."""

    group: str
    site: str | None
    role: str


@dataclass(frozen=True)
class OidcSettings:
    """An OpenID Connect provider, and whom of its accounts to let in."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str
    scopes: str
    groups_claim: str
    allowed_domains: frozenset[str] = frozenset()
    required_claim: tuple[str, str] | None = None

    @property
    def host_and_port(self) -> str:
        """Return the provider's host and port in the form of an allowlist entry."""
        where = parse_url(self.issuer)
        host = f"[{where.host}]" if ":" in where.host else where.host
        return f"{host}:{where.port}"


@dataclass(frozen=True)
class ProxySignIn:
    """A proxy that signs people in and names them in a header; `peers` are its addresses."""

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
    oidc, proxy = _oidc(env), _proxy(env)
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
        roles=_roles(env.get("IGNY8_SIGN_IN_ROLES") or ""),
    )


def _choice(env: Env, name: str, choices: tuple[str, ...]) -> str:
    value = (env.get(name) or "").strip().lower()
    if value not in choices:
        raise ConfigError(
            f"{name}: {value!r} is not known; use {' or '.join(filter(None, choices))}, "
            "or leave it out."
        )
    return value


def _oidc(env: Env) -> OidcSettings | None:
    issuer = (env.get("IGNY8_OIDC_ISSUER") or "").strip()
    if not issuer:
        return None
    _check_issuer(issuer)
    client_id = (env.get("IGNY8_OIDC_CLIENT_ID") or "").strip()
    if not client_id:
        raise ConfigError("IGNY8_OIDC_CLIENT_ID: enter the client id that the provider gave you.")
    name, _, value = (env.get("IGNY8_OIDC_REQUIRED_CLAIM") or "").strip().partition("=")
    if name and not value:
        raise ConfigError("IGNY8_OIDC_REQUIRED_CLAIM: write NAME=VALUE, such as groups=igny8.")
    scopes = (env.get("IGNY8_OIDC_SCOPES") or DEFAULT_SCOPES).split()
    return OidcSettings(
        issuer=issuer,
        client_id=client_id,
        client_secret=env.get("IGNY8_OIDC_CLIENT_SECRET") or "",
        label=(env.get("IGNY8_OIDC_NAME") or "").strip() or urlsplit(issuer).hostname or issuer,
        scopes=" ".join(dict.fromkeys(("openid", *scopes))),
        groups_claim=(env.get("IGNY8_OIDC_GROUPS_CLAIM") or "groups").strip(),
        allowed_domains=_domains(env.get("IGNY8_OIDC_ALLOWED_DOMAINS") or ""),
        required_claim=(name, value) if name else None,
    )


def _check_issuer(issuer: str) -> None:
    try:
        where = parse_url(issuer)
        is_fine = not re.search("[?#]", issuer) and (
            issuer.startswith("https://") or where.host in LOOPBACK_HOSTS
        )
    except ForbiddenAddress:
        is_fine = False
    if not is_fine:
        raise ConfigError(
            "IGNY8_OIDC_ISSUER: write the https address of the provider, such as "
            "https://id.example.com/realms/main, without what follows a ? or #."
        )


def _domains(text: str) -> frozenset[str]:
    domains = frozenset(one.strip().lower().lstrip("@") for one in text.split(",") if one.strip())
    wrong = sorted(one for one in domains if not _is_domain(one))
    if wrong:
        raise ConfigError(
            f"IGNY8_OIDC_ALLOWED_DOMAINS: {wrong[0]!r} is not a domain; write comma-separated "
            "domains of e-mail addresses, such as example.com."
        )
    return domains


def _is_domain(text: str) -> bool:
    labels = text.split(".")
    return len(labels) > 1 and all(re.fullmatch(r"[a-z0-9-]+", label) for label in labels)


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


def _roles(text: str) -> tuple[RoleRule, ...]:
    """Return the rules of a text such as “it=admin; seo=green-garden:editor”."""
    rules = []
    for line in filter(None, (one.strip() for one in text.split(";"))):
        group, _, target = line.rpartition("=")
        site, _, role = target.strip().rpartition(":")
        if group.strip() and target.strip() == ADMIN:
            rules.append(RoleRule(group.strip(), None, ADMIN))
        elif group.strip() and site and role in SITE_ROLES:
            rules.append(RoleRule(group.strip(), site, role))
        else:
            raise ConfigError(
                f"IGNY8_SIGN_IN_ROLES: {line!r} is not a rule; write GROUP=admin or "
                f"GROUP=SITE:ROLE with one of the roles {', '.join(SITE_ROLES)}, separated by ;"
            )
    return tuple(rules)
