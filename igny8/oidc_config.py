"""Settings of an OpenID Connect provider."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from igny8.env_values import Env
from igny8.errors import ConfigError
from igny8.outbound.addresses import ForbiddenAddress, parse_url

DEFAULT_SCOPES = "openid profile email"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class OidcSettings:
    """An OpenID Connect provider, and which of its accounts may sign in."""

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
        """Return the provider's host and port in the format of the allowlist."""
        where = parse_url(self.issuer)
        host = f"[{where.host}]" if ":" in where.host else where.host
        return f"{host}:{where.port}"


def load_oidc(env: Env) -> OidcSettings | None:
    """Return the OpenID Connect provider of the environment, None without an issuer."""
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
