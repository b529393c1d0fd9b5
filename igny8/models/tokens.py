"""Random words that open something, and the form in which they are kept: a hash, never the word."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return a word that cannot be guessed (256 bits)."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the form in which such a word is kept; it is random, so one quick hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def setup_token(secret: str) -> str:
    """Return the token of the first account: known to who has the secret of this installation alone."""
    return hmac.new(secret.encode(), b"igny8 first account", hashlib.sha256).hexdigest()
