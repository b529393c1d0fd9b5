"""A new key for what is stored sealed: everything is sealed anew, and no moment leaves anything locked."""

import secrets

from sqlalchemy import select, update

from igny8.config import Config, write_key_file
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ProviderEndpoint
from igny8.models.encryption import DecryptError, cipher, decrypt

ENCRYPTED_COLUMNS = (
    ProviderEndpoint.__table__.c.encrypted_key,
)  # every column that holds something sealed
KEY_IN_ENVIRONMENT_MESSAGE = (
    "The encryption key comes from IGNY8_ENCRYPTION_KEY. Put a new one of at least 16 random characters "
    "before it (NEW,OLD), start everything again with both, then run this command once more; after that "
    "the old one can go."
)


def rotate_key(settings: Config) -> int:
    """Seal everything anew and return how many secrets that were; raise, with all as it was, if one is locked.

    With the key in its file a new one is made. The file names both while secrets are moving, so that
    whenever this ends every secret can be opened by whoever reads it.
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
    _reencrypt(keys)  # what somebody sealed in between, having read the file before it changed
    return moved


def _check_decryptable() -> None:
    """Raise Locked when one of the secrets cannot be opened: sealing the others anew would hide which key it needs."""
    for column in ENCRYPTED_COLUMNS:
        for sealed in _stored_secrets(column):
            try:
                decrypt(sealed)
            except DecryptError as locked:
                raise DecryptError(f"Nothing was changed. {locked}") from locked


def _reencrypt(keys: tuple[str, ...]) -> int:
    """Seal with the first key what others sealed; return how many secrets there are."""
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


def _stored_secrets(column) -> list[str]:
    with read_transaction() as tx:
        return list(tx.execute(select(column).where(column.is_not(None))).scalars())
