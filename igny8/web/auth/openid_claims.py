"""Verify an ID token of an OpenID Connect provider."""

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from igny8 import clock
from igny8.errors import Igny8Error
from igny8.oidc_config import OidcSettings

CLOCK_TOLERANCE_S = 120
# asymmetric ones alone: a key that only verifies can never sign
ALGORITHMS = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)]


class OpenIdError(Igny8Error):
    """The provider does not respond, or its response cannot be trusted."""


def verified_claims(
    settings: OidcSettings, token: dict[str, Any], keys: Any, nonce: str
) -> dict[str, Any]:
    """Return the claims of an ID token after checking its signature and every claim."""
    expected = {
        "iss": {"essential": True, "values": [settings.issuer]},
        "aud": {"essential": True, "values": [settings.client_id]},
        "sub": {"essential": True},
    }
    request = {
        "nonce": nonce,
        "client_id": settings.client_id,
        "access_token": token.get("access_token"),
    }
    try:
        decoded = jwt.decode(
            token["id_token"],
            key=KeySet.import_key_set(keys),
            registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False),
        )
        claims = CodeIDToken(decoded.claims, decoded.header, expected, request)
        claims.validate(now=int(clock.now().timestamp()), leeway=CLOCK_TOLERANCE_S)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise OpenIdError(f"The provider's ID token is not valid: {error}") from error
    return dict(claims)
