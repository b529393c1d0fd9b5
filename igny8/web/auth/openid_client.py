"""The OpenID Connect client: discovery, authorisation address, and verified claims.

All requests use the checked HTTP client of `igny8.outbound`.
"""

from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from flask import current_app

from igny8 import clock
from igny8.errors import ExternalError
from igny8.oidc_config import LOOPBACK_HOSTS, OidcSettings
from igny8.outbound import http_client
from igny8.outbound.addresses import ForbiddenAddress, parse_url
from igny8.outbound.allowlist import Allowlist
from igny8.web.auth.openid_claims import OpenIdError, verified_claims

DEADLINE_S, MAX_ANSWER_BYTES = 15.0, 2 * 1024 * 1024
DISCOVERY_LIFETIME_S = 600.0
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_discovered: dict[str, tuple[float, dict[str, Any]]] = {}


def discover(settings: OidcSettings) -> dict[str, Any]:
    """Return the provider's metadata, reloaded every DISCOVERY_LIFETIME_S."""
    known = _discovered.get(settings.issuer)
    if known is not None and clock.monotonic() - known[0] < DISCOVERY_LIFETIME_S:
        return known[1]
    address = f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration"
    with _client(settings) as client:
        found = _get_json(client, address)
    if found.get("issuer") != settings.issuer:
        raise OpenIdError(
            f"The provider calls itself {str(found.get('issuer'))[:100]!r}, IGNY8_OIDC_ISSUER is "
            f"{settings.issuer!r}. Both must be the same."
        )
    for name in ENDPOINTS:
        _require_safe(settings, name, found.get(name))
    _discovered[settings.issuer] = (clock.monotonic(), found)
    return found


def forget_metadata() -> None:
    """Clear the cached metadata."""
    _discovered.clear()


def authorization_url(
    settings: OidcSettings, redirect_uri: str, state: str, nonce: str, verifier: str
) -> str:
    """Return the provider's sign-in address with state, nonce and a PKCE challenge."""
    metadata = discover(settings)
    with _client(settings, redirect_uri=redirect_uri) as client:
        url, _ = client.create_authorization_url(
            metadata["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce
        )
    return str(url)


def fetch_claims(
    settings: OidcSettings, code: str, redirect_uri: str, nonce: str, verifier: str
) -> dict[str, Any]:
    """Exchange a code and return the verified claims; raise OpenIdError.

    If the ID token lacks groups or e-mail, claims of the userinfo address are added.
    """
    metadata = discover(settings)
    method = _auth_method(settings, metadata)
    with _client(settings, redirect_uri=redirect_uri, token_endpoint_auth_method=method) as client:
        token = _fetch_token(client, metadata["token_endpoint"], code, verifier)
        keys = _get_json(client, metadata["jwks_uri"])
        claims = verified_claims(settings, token, keys, nonce)
        if settings.groups_claim not in claims or "email" not in claims:
            claims = _user_info(settings, client, metadata, token, claims) | claims
    return claims


def _fetch_token(client: OAuth2Client, endpoint: str, code: str, verifier: str) -> dict[str, Any]:
    """Exchange a code for the provider's token."""
    try:
        token: dict[str, Any] = client.fetch_token(
            endpoint, code=code, code_verifier=verifier, grant_type="authorization_code"
        )
    except (OAuthError, http_client.HTTPError, ExternalError, ValueError) as error:
        raise OpenIdError(f"The provider did not accept the sign-in: {error}") from error
    return token


def sign_out_url(settings: OidcSettings, return_to: str) -> str | None:
    """Return the address that signs out of the provider, or None."""
    try:
        metadata = discover(settings)
        endpoint = metadata.get("end_session_endpoint")
        _require_safe(settings, "end_session_endpoint", endpoint)
    except OpenIdError as error:
        current_app.logger.warning("no sign-out at the provider: %s", error)
        return None
    query = {"client_id": settings.client_id, "post_logout_redirect_uri": return_to}
    return str(add_params_to_uri(str(endpoint), query.items()))


def _client(settings: OidcSettings, **options: Any) -> OAuth2Client:
    """Return Authlib's client with the checked transport."""
    allowed = current_app.config["SETTINGS"].outbound + Allowlist.of(settings.host_and_port)
    return OAuth2Client(
        client_id=settings.client_id,
        client_secret=settings.client_secret or None,
        scope=settings.scopes,
        code_challenge_method="S256",
        transport=http_client.make_transport(allowed, DEADLINE_S, MAX_ANSWER_BYTES),
        trust_env=False,
        follow_redirects=False,
        timeout=http_client.timeouts(DEADLINE_S),
        **options,
    )


def _auth_method(settings: OidcSettings, metadata: dict[str, Any]) -> str:
    if not settings.client_secret:
        return "none"
    offered = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _get_json(client: OAuth2Client, address: str, **headers: str) -> dict[str, Any]:
    try:
        answer = client.request(
            "GET",
            address,
            withhold_token=True,
            auth=None,
            headers={"Accept": "application/json", **headers},
        )
        answer.raise_for_status()
        found = answer.json()
    except (http_client.HTTPError, ExternalError, ValueError) as error:
        raise OpenIdError(f"The provider does not answer at {address}: {error}") from error
    if not isinstance(found, dict):
        raise OpenIdError(f"The provider's answer at {address} is not an object.")
    return found


def _require_safe(settings: OidcSettings, name: str, address: Any) -> None:
    """Raise OpenIdError unless an address is https, or local like the issuer."""
    try:
        where = parse_url(address if isinstance(address, str) else "")
    except ForbiddenAddress as error:
        raise OpenIdError(f"The provider's {name} is not usable: {error}") from error
    issuer = parse_url(settings.issuer)
    if where.scheme != "https" and not (
        where.host in LOOPBACK_HOSTS and issuer.host in LOOPBACK_HOSTS
    ):
        raise OpenIdError(f"The provider's {name} is not an https address.")


def _user_info(
    settings: OidcSettings,
    client: OAuth2Client,
    metadata: dict[str, Any],
    token: dict[str, Any],
    claims: dict[str, Any],
) -> dict[str, Any]:
    """Return the claims of the userinfo address, empty if it has none."""
    address = metadata.get("userinfo_endpoint")
    if not address or not token.get("access_token"):
        return {}
    _require_safe(settings, "userinfo_endpoint", address)
    found = _get_json(client, address, Authorization=f"Bearer {token['access_token']}")
    if found.get("sub") != claims["sub"]:
        raise OpenIdError("The provider's user information is about somebody else.")
    return found
