"""Password strength check and hashing (argon2id)."""

import importlib
import unicodedata
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

MIN_CHARS, MAX_CHARS = 10, 256  # characters
MAX_SCORED_CHARS = 72  # the cost of zxcvbn grows fast with the length
MIN_SCORE = 3  # of 4 on the scale of zxcvbn: more than a hundred million guesses
# OWASP's password storage cheat sheet, argon2id: 19 MiB, two passes, one lane
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# no password has this hash; checking one against it takes as long as against a real hash
DUMMY_HASH = (
    f"$argon2id$v=19$m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)


def password_problem(password: str, *known: str) -> str | None:
    """Return the problem with a new password in one sentence, or None if it is strong enough.

    `known` are words that an attacker may know, such as the user name.
    """
    password = _normalised(password)
    if len(password) < MIN_CHARS:
        return f"Use at least {MIN_CHARS} characters; a few words in a row are easy to remember."
    if len(password) > MAX_CHARS:
        return f"Use at most {MAX_CHARS} characters."
    rest = password.casefold()
    for word in known:
        rest = rest.replace(word.casefold(), "")
    if len(rest.strip()) < MIN_CHARS // 2 or _score(password, known) < MIN_SCORE:
        return "This password is easy to guess. Use several unrelated words."
    return None


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return HASHER.hash(_normalised(password))


def verify_password(password: str, hashed: str | None) -> bool:
    """Return whether a password matches a hash; takes the same time without a hash (None)."""
    try:
        return HASHER.verify(hashed or DUMMY_HASH, _normalised(password)) and hashed is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def _score(password: str, known: Sequence[str]) -> int:
    """Return the strength of a password from 0 (weak) to 4 (strong)."""
    zxcvbn = importlib.import_module("zxcvbn")  # takes 12 MB; few processes need it
    score: int = zxcvbn.zxcvbn(password[:MAX_SCORED_CHARS], [*known, "igny8"])["score"]
    return score


def _normalised(password: str) -> str:
    """Return a password in Unicode NFKC, independent of the keyboard; cut if far too long."""
    return unicodedata.normalize("NFKC", password[: 4 * MAX_CHARS])
