"""Encrypt secrets at rest with a key that is stored outside the database."""

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
    """A stored secret that no key of this process can decrypt; it is left unchanged."""


class Cipher:
    """Encrypts with the first of its keys and decrypts with any of them."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in keys])

    def encrypt(self, secret: str) -> str:
        """Return the encrypted secret."""
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, sealed: str) -> str:
        """Return the secret; raise InvalidToken if no key decrypts it."""
        return self._fernet.decrypt(sealed.encode()).decode()

    def can_decrypt(self, sealed: str) -> bool:
        """Return whether one of the keys decrypts it."""
        try:
            self.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def re_encrypt(self, sealed: str) -> str:
        """Return the same secret, encrypted with the first key."""
        return self._fernet.rotate(sealed.encode()).decode()


def cipher(keys: tuple[str, ...] | None = None) -> Cipher:
    """Return the cipher of these keys, or of the current ones, which may be rotated at any time."""
    return Cipher(keys or current_app.config["SETTINGS"].current_encryption_keys())


def encrypt(secret: str) -> str:
    """Return a secret encrypted for storage, and register it for redaction in logs."""
    register_secrets(secret)
    return cipher().encrypt(secret)


def decrypt(sealed: str) -> str:
    """Return the secret; raise DecryptError if no key of this installation decrypts it."""
    try:
        secret = cipher().decrypt(sealed)
    except InvalidToken as error:
        raise DecryptError(
            "The stored key is locked: it was encrypted with another encryption key. Give this "
            "machine the file encryption.key (or IGNY8_ENCRYPTION_KEY) that it was stored with, "
            "or enter the key again."
        ) from error
    register_secrets(secret)
    return secret


def is_undecryptable(sealed: str | None) -> bool:
    """Return whether a stored secret cannot be decrypted by any key of this installation."""
    return sealed is not None and sealed != "" and not cipher().can_decrypt(sealed)


def fingerprint(*parts: str) -> str:
    """Return a short hash that identifies secret text, such as an address with its key."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@cache
def _derive(key: str) -> bytes:
    """Return the Fernet key derived from an encryption key."""
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"igny8 endpoint keys").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
