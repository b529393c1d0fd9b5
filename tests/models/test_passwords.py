"""Passwords: no password opens an account that does not exist, and the refusal costs the same work."""

import pytest
from argon2.exceptions import VerifyMismatchError

from igny8.models.passwords import DUMMY_HASH, HASHER, hash_password, verify_password

PASSWORD = "seven calm otters"


def test_password_matches_only_its_own_hash():
    hashed = hash_password(PASSWORD)
    assert verify_password(PASSWORD, hashed)
    assert not verify_password(PASSWORD + "!", hashed)


def test_missing_account_takes_as_long_as_a_real_one():
    assert not verify_password(PASSWORD, None)
    assert not HASHER.check_needs_rehash(DUMMY_HASH)
    with pytest.raises(VerifyMismatchError):
        HASHER.verify(DUMMY_HASH, PASSWORD)
