"""Secrets at rest: sealed with a key that lies outside of the database."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

from igny8.errors import Igny8Error


class Locked(Igny8Error):
    """A secret that the keys of this process do not open; it stays as it is."""


def seal(secret: str) -> str:
    """Return a secret in the form in which it may be stored."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the secret; raise Locked when no key of this process opens it."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Locked("The stored key is locked: it was sealed with another encryption key. Give this machine the file "
                     "encryption.key (or IGNY8_ENCRYPTION_KEY) that it was stored with, or enter the key again."
                     ) from error


def fingerprint(*parts: str) -> str:
    """Return a short name for what must not be read, such as an address with its key."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _box() -> MultiFernet:
    """Return what seals with the first key and opens with any of them."""
    keys = current_app.config["SETTINGS"].encryption_keys
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"igny8 endpoint keys").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
