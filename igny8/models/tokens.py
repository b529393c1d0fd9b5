"""Random tokens and their hashes; only the hash is stored."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return a random token of 256 bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the SHA-256 hash of a token; random tokens need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def setup_token(secret: str) -> str:
    """Return the token for creating the first user, derived from the secret key."""
    return hmac.new(secret.encode(), b"igny8 first account", hashlib.sha256).hexdigest()
