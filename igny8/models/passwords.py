"""Passwords: which are good enough, and the form in which they are kept (argon2id)."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn import zxcvbn

MIN_CHARS, MAX_CHARS = 10, 256  # characters
MAX_SCORED_CHARS = 72  # the judge's cost grows fast with the length
MIN_SCORE = 3  # of 4, on the scale of zxcvbn: more than a hundred million guesses
# OWASP's password storage cheat sheet, argon2id: 19 MiB, two passes, one lane
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
DUMMY_HASH = HASHER.hash("a password that nobody has")


def password_problem(password: str, *known: str) -> str | None:
    """Return what is wrong with a new password in one sentence, None when it is good enough.

    `known` are words that an attacker knows too, such as the account's name.
    """
    password = _normalised(password)
    if len(password) < MIN_CHARS:
        return f"Use at least {MIN_CHARS} characters; a few words in a row are easy to remember."
    if len(password) > MAX_CHARS:
        return f"Use at most {MAX_CHARS} characters."
    rest = password.casefold()
    for word in known:
        rest = rest.replace(word.casefold(), "")
    if (
        len(rest.strip()) < MIN_CHARS // 2
        or zxcvbn(password[:MAX_SCORED_CHARS], [*known, "igny8"])["score"] < MIN_SCORE
    ):
        return "This is among the first passwords that are tried. Use a few words that do not belong together."
    return None


def hash_password(password: str) -> str:
    """Return the form in which a password is kept."""
    return HASHER.hash(_normalised(password))


def verify_password(password: str, hashed: str | None) -> bool:
    """Return whether a password is the kept one; without one (None) it takes as long to say no."""
    try:
        return HASHER.verify(hashed or DUMMY_HASH, _normalised(password)) and hashed is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def _normalised(password: str) -> str:
    """Return a password in one spelling, whatever keyboard it came from; cut where none can be that long."""
    return unicodedata.normalize("NFKC", password[: 4 * MAX_CHARS])
