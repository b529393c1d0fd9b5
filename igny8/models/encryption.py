"""Secrets at rest: sealed with a key that lies outside of the database."""

import base64
import hashlib
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from igny8.errors import Igny8Error
from igny8.redaction import hide


class Locked(Igny8Error):
    """A secret that the keys of this process do not open; it stays as it is."""


class Box:
    """Seals with the first of its keys, and opens with any of them."""

    def __init__(self, keys: tuple[str, ...]):
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in keys])

    def seal(self, secret: str) -> str:
        """Return a secret in the form in which it may be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Return the secret; raise InvalidToken when no key opens it."""
        return self._fernet.decrypt(sealed.encode()).decode()

    def opens(self, sealed: str) -> bool:
        """Say whether one of the keys opens it."""
        try:
            self.unseal(sealed)
        except InvalidToken:
            return False
        return True

    def again(self, sealed: str) -> str:
        """Return the same secret, sealed with the first key."""
        return self._fernet.rotate(sealed.encode()).decode()


def box(keys: tuple[str, ...] | None = None) -> Box:
    """Return the box of these keys, or of those that hold now: another process may have made a new one."""
    return Box(keys or current_app.config["SETTINGS"].keys_now())


def seal(secret: str) -> str:
    """Return a secret in the form in which it may be stored."""
    hide(secret)
    return box().seal(secret)


def unseal(sealed: str) -> str:
    """Return the secret; raise Locked when no key of this installation opens it."""
    try:
        secret = box().unseal(sealed)
    except InvalidToken as error:
        raise Locked(
            "The stored key is locked: it was sealed with another encryption key. Give this machine the file "
            "encryption.key (or IGNY8_ENCRYPTION_KEY) that it was stored with, or enter the key again."
        ) from error
    hide(secret)
    return secret


def is_locked(sealed: str | None) -> bool:
    """Say whether something is stored that no key of this installation opens."""
    return bool(sealed) and not box().opens(sealed)


def fingerprint(*parts: str) -> str:
    """Return a short name for what must not be read, such as an address with its key."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@cache
def _derive(key: str) -> bytes:
    """Return the key of the cipher that follows from a key of the installation."""
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"igny8 endpoint keys").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
