"""Time-based one-time codes (TOTP, RFC 6238) and recovery codes as the second factor of a user."""

import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from igny8 import clock
from igny8.extensions import db
from igny8.models.base import Executor, Model, changed_one, created_column
from igny8.models.encryption import decrypt, encrypt
from igny8.models.tokens import hash_token
from igny8.models.user import User

STEP_S = 30
ACCEPTED_STEPS = (-1, 0, 1)  # clocks of phones differ by up to a step
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without signs that look alike
RECOVERY_GROUPS, RECOVERY_GROUP_CHARS = 4, 4  # 79 bits: a plain hash is enough
user = User.__table__


class RecoveryCode(Model):
    """One recovery code of a user, as a hash; it is deleted when it is used."""

    __tablename__ = "recovery_code"

    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(
        db.Integer, db.ForeignKey("app_user.id", ondelete="CASCADE"), nullable=False, index=True
    )
    code_hash = db.Column(db.String(64), nullable=False)
    created_at = created_column()

    __table_args__ = {"sqlite_autoincrement": True}


def start(tx: Connection, user_id: int) -> None:
    """Store a new pending secret, unless the second factor is on; it counts after `confirm`."""
    tx.execute(
        update(user)
        .where(user.c.id == user_id, user.c.second_factor_at.is_(None))
        .values(encrypted_totp_secret=encrypt(pyotp.random_base32()), totp_step=None)
    )


def pending_uri(row: Row) -> str | None:
    """Return the otpauth:// address of a user's (a row) secret that awaits confirmation."""
    if row.encrypted_totp_secret is None or row.second_factor_at is not None:
        return None
    totp = pyotp.TOTP(decrypt(row.encrypted_totp_secret))
    return totp.provisioning_uri(name=row.name, issuer_name="IGNY8")


def confirm(tx: Connection, row: Row, code: str) -> bool:
    """Turn on the second factor if the code of the pending secret is correct."""
    if row.second_factor_at is not None or not check_code(tx, row, code):
        return False
    tx.execute(update(user).where(user.c.id == row.id).values(second_factor_at=clock.now()))
    return True


def disable(tx: Connection, user_id: int) -> None:
    """Turn off the second factor of a user; delete its secret and recovery codes."""
    tx.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    tx.execute(
        update(user)
        .where(user.c.id == user_id)
        .values(encrypted_totp_secret=None, second_factor_at=None, totp_step=None)
    )


def check_code(tx: Connection, row: Row, code: str) -> bool:
    """Return whether a code of the app is correct and was not used before.

    Raise DecryptError if the secret was encrypted with another key.
    """
    digits = "".join(code.split())
    if row.encrypted_totp_secret is None or not (digits.isascii() and digits.isdigit()):
        return False
    step = _matching_step(decrypt(row.encrypted_totp_secret), digits, clock.now())
    return step is not None and _use_step(tx, row, step)


def new_recovery_codes(tx: Connection, user_id: int) -> list[str]:
    """Replace the recovery codes of a user and return them; they are not available later."""
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    rows = [{"user_id": user_id, "code_hash": _hash_code(user_id, code)} for code in codes]
    tx.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    tx.execute(insert(RecoveryCode), rows)
    return codes


def use_recovery_code(tx: Connection, user_id: int, code: str) -> bool:
    """Delete a recovery code of a user; return False if it does not exist."""
    is_code = RecoveryCode.code_hash == _hash_code(user_id, code)
    statement = delete(RecoveryCode).where(RecoveryCode.user_id == user_id, is_code)
    return changed_one(tx, statement)


def recovery_codes_left(tx: Executor, user_id: int) -> int:
    """Return how many recovery codes of a user are unused."""
    return tx.execute(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    ).scalar_one()


def _matching_step(secret: str, digits: str, now: datetime) -> int | None:
    """Return the time step that a code belongs to, or None."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    for step in (current + offset for offset in ACCEPTED_STEPS):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def _use_step(tx: Connection, row: Row, step: int) -> bool:
    """Store the last used step; return False if this or a later one was used already."""
    is_same_secret = user.c.encrypted_totp_secret == row.encrypted_totp_secret
    is_later = user.c.totp_step.is_(None) | (user.c.totp_step < step)
    own = update(user).where(user.c.id == row.id, is_same_secret, is_later)
    return changed_one(tx, own.values(totp_step=step))


def _new_code() -> str:
    return "-".join(
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_GROUP_CHARS))
        for _ in range(RECOVERY_GROUPS)
    )


def _hash_code(user_id: int, code: str) -> str:
    """Return the hash of a recovery code, ignoring spacing."""
    return hash_token(f"{user_id} {''.join(filter(str.isalnum, code.lower()))}")
