"""Secrets at rest: sealed with a key that lies outside of the database."""

import base64
import hashlib
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from igny8.errors import Igny8Error
from igny8.redaction import register_secrets


class DecryptError(Igny8Error):
    """A secret that the keys of this process do not open; it stays as it is."""


class Cipher:
    """Seals with the first of its keys, and opens with any of them."""

    def __init__(self, keys: tuple[str, ...]):
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in keys])

    def encrypt(self, secret: str) -> str:
        """Return a secret in the form in which it may be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, sealed: str) -> str:
        """Return the secret; raise InvalidToken when no key opens it."""
        return self._fernet.decrypt(sealed.encode()).decode()

    def can_decrypt(self, sealed: str) -> bool:
        """Say whether one of the keys opens it."""
        try:
            self.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def re_encrypt(self, sealed: str) -> str:
        """Return the same secret, sealed with the first key."""
        return self._fernet.rotate(sealed.encode()).decode()


def cipher(keys: tuple[str, ...] | None = None) -> Cipher:
    """Return the box of these keys, or of those that hold now: another process may have made a new one."""
    return Cipher(keys or current_app.config["SETTINGS"].current_encryption_keys())


def encrypt(secret: str) -> str:
    """Return a secret in the form in which it may be stored."""
    register_secrets(secret)
    return cipher().encrypt(secret)


def decrypt(sealed: str) -> str:
    """Return the secret; raise Locked when no key of this installation opens it."""
    try:
        secret = cipher().decrypt(sealed)
    except InvalidToken as error:
        raise DecryptError(
            "The stored key is locked: it was sealed with another encryption key. Give this machine the file "
            "encryption.key (or IGNY8_ENCRYPTION_KEY) that it was stored with, or enter the key again."
        ) from error
    register_secrets(secret)
    return secret


def is_undecryptable(sealed: str | None) -> bool:
    """Say whether something is stored that no key of this installation opens."""
    return bool(sealed) and not cipher().can_decrypt(sealed)


def fingerprint(*parts: str) -> str:
    """Return a short name for what must not be read, such as an address with its key."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@cache
def _derive(key: str) -> bytes:
    """Return the key of the cipher that follows from a key of the installation."""
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"igny8 endpoint keys").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
