"""Rotate the encryption key: re-encrypt every stored secret without any downtime."""

import secrets
from typing import Any

from sqlalchemy import Column, select, update

from igny8.config import Config
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.key_files import write_key_file
from igny8.models import NotificationChannel, ProviderEndpoint, PublishingTarget, User
from igny8.models.encryption import DecryptError, cipher, decrypt

ENCRYPTED_COLUMNS = (
    User.__table__.c.encrypted_totp_secret,
    ProviderEndpoint.__table__.c.encrypted_key,
    PublishingTarget.__table__.c.encrypted_secret,
    NotificationChannel.__table__.c.encrypted_secret,
)  # every column that holds encrypted values
KEY_IN_ENVIRONMENT_MESSAGE = (
    "The encryption key comes from IGNY8_ENCRYPTION_KEY. Put a new key of at least 16 random "
    "characters before it (NEW,OLD), restart everything with both, then run this command again; "
    "after that, remove the old key."
)


def rotate_key(settings: Config) -> int:
    """Re-encrypt all secrets with a new key; return how many there are.

    Raises DecryptError, having changed nothing, if a secret cannot be decrypted. If the key is in
    its file, a new key is created. The file contains both keys while secrets are re-encrypted, so
    every process can decrypt every secret at any time.
    """
    _check_decryptable()
    if settings.key_file is None:
        if len(settings.encryption_keys) < 2:
            raise Igny8Error(KEY_IN_ENVIRONMENT_MESSAGE)
        return _reencrypt(settings.encryption_keys)
    fresh = secrets.token_urlsafe(48)
    keys = (fresh, *settings.current_encryption_keys())
    write_key_file(settings.key_file, keys)
    moved = _reencrypt(keys)
    write_key_file(settings.key_file, (fresh,))
    _reencrypt(keys)  # secrets stored in between by a process that had read the file before
    return moved


def _check_decryptable() -> None:
    """Raise DecryptError if a secret cannot be decrypted, before anything is changed."""
    for column in ENCRYPTED_COLUMNS:
        for sealed in _stored_secrets(column):
            try:
                decrypt(sealed)
            except DecryptError as locked:
                raise DecryptError(f"Nothing was changed. {locked}") from locked


def _reencrypt(keys: tuple[str, ...]) -> int:
    """Re-encrypt secrets that do not use the first key; return the number of secrets."""
    first, every = cipher(keys[:1]), cipher(keys)
    count = 0
    for column in ENCRYPTED_COLUMNS:
        found = _stored_secrets(column)
        count += len(found)
        for sealed in found:
            if not first.can_decrypt(sealed):
                with write_transaction() as tx:
                    tx.execute(
                        update(column.table)
                        .where(column == sealed)
                        .values({column: every.re_encrypt(sealed)})
                    )
    return count


def _stored_secrets(column: Column[Any]) -> list[str]:
    with read_transaction() as tx:
        return list(tx.execute(select(column).where(column.is_not(None))).scalars())
