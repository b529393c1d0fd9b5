"""Sign records of human review with a key of the installation, and verify them.

Format: docs/review-record.md.
"""

import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from igny8.errors import Igny8Error

ALGORITHM = "Ed25519"  # RFC 8037 with the name of RFC 9864
TYPE = "igny8-review-record+jws"


class InvalidRecord(Igny8Error):
    """A record that was changed since it was signed, or that another installation signed."""


def sign(secret: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return {"record", "jws"}: the record to read, and the same as a signed JWS."""
    key = _private_key(secret)
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.thumbprint()}
    payload = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    return {
        "record": record,
        "jws": jws.serialize_compact(header, payload, key, algorithms=[ALGORITHM]),
    }


def public_key(secret: str) -> dict[str, str]:
    """Return the public key (a JWK) that verifies the records of an installation."""
    key = _private_key(secret)
    shown = {name: str(value) for name, value in key.as_dict(private=False).items()}
    return shown | {"kid": key.thumbprint(), "alg": ALGORITHM, "use": "sig"}


def verify(signed: Any, key: dict[str, str]) -> dict[str, Any]:
    """Return the record that a public key (a JWK) verifies; raise InvalidRecord otherwise."""
    if not isinstance(signed, dict) or not isinstance(signed.get("jws"), str):
        raise InvalidRecord("This is no signed record of review.")
    try:
        found = jws.deserialize_compact(
            signed["jws"], OKPKey.import_key(dict(key)), algorithms=[ALGORITHM]
        )
        record = json.loads(found.payload)
    except (JoseError, ValueError) as error:
        message = "The signature does not match: the record was changed, or another key signed it."
        raise InvalidRecord(message) from error
    if record != signed.get("record"):
        raise InvalidRecord("The readable record differs from what was signed.")
    return record


@cache
def _private_key(secret: str) -> OKPKey:
    """Return the signing key, derived from the secret key of the installation."""
    derive = HKDF(hashes.SHA256(), 32, salt=None, info=b"igny8 review record")
    private = Ed25519PrivateKey.from_private_bytes(derive.derive(secret.encode()))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return OKPKey.import_key(pem)
