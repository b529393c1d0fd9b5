"""Users: name, password hash and administrator flag."""

import unicodedata
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from igny8 import clock
from igny8.errors import ActionRefused
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Executor, Model, created_column

MAX_NAME_CHARS = 80
NO_PASSWORD = "!"  # no hash is like this, so no password fits # nosec B105
LOOKALIKE_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK"}


class User(Model):
    """`is_first` is true for one user and NULL for others, so that there is only one first user.

    The second factor is on from `second_factor_at`; `totp_step` is the time step of its last used
    code. `password` is NO_PASSWORD for users who sign in only elsewhere.
    """

    __tablename__ = "app_user"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(MAX_NAME_CHARS), nullable=False)
    name_key = db.Column(db.String(2 * MAX_NAME_CHARS), nullable=False, unique=True)
    password = db.Column(db.String(200), nullable=False)
    password_at = db.Column(UtcDateTime, nullable=False, default=clock.now)
    is_admin = db.Column(db.Boolean, nullable=False, default=False)
    is_first = db.Column(db.Boolean, unique=True)
    disabled = db.Column(db.Boolean, nullable=False, default=False)
    encrypted_totp_secret = db.Column("totp_sealed", db.Text, key="encrypted_totp_secret")
    totp_step = db.Column(db.Integer)
    second_factor_at = db.Column(UtcDateTime)
    created_at = created_column()

    __table_args__ = (
        db.CheckConstraint("is_first IS NULL OR is_first", name="first"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def create(
        tx: Connection, name: str, password: str, is_admin: bool = False, is_first: bool = False
    ) -> int:
        """Create a user with a password hash; return its id.

        Raise ActionRefused if the name is taken or, with `is_first`, if there is a first user.
        """
        try:
            with tx.begin_nested():
                return tx.execute(
                    insert(User)
                    .values(
                        name=name,
                        name_key=User.normalise_name(name),
                        password=password,
                        is_admin=is_admin,
                        is_first=True if is_first else None,
                    )
                    .returning(User.id)
                ).scalar_one()
        except IntegrityError as error:
            if is_first and User.exists(tx):
                raise ActionRefused("The first account exists already. Sign in with it.") from error
            raise ActionRefused(f"The name {name!r} is taken. Choose another one.") from error

    @staticmethod
    def name_problem(name: str) -> str | None:
        """Return why a name could be mistaken for another one, or None."""
        if any(unicodedata.category(sign)[0] == "C" for sign in name):
            return "The name contains an invisible character."
        scripts = {
            unicodedata.name(sign, "").split()[0] for sign in name if sign.isalpha()
        } & LOOKALIKE_SCRIPTS
        if len(scripts) > 1:
            return "The name mixes letters of several scripts that look alike. Use one script."
        return None

    @staticmethod
    def exists(tx: Executor) -> bool:
        """Return whether there is any user."""
        return tx.execute(select(exists().where(User.id.is_not(None)))).scalar_one()

    @staticmethod
    def find(tx: Executor, name: str) -> Row[Any] | None:
        """Return the row of a user by name, ignoring case and spacing, or None."""
        table = User.__table__
        return tx.execute(
            select(table).where(table.c.name_key == User.normalise_name(name))
        ).first()

    @staticmethod
    def get(tx: Executor, user_id: int) -> Row[Any]:
        """Return the row of an existing user."""
        table = User.__table__
        return tx.execute(select(table).where(table.c.id == user_id)).one()

    @staticmethod
    def fetch(tx: Executor, user_id: int) -> Row[Any] | None:
        """Return the row of a user by id, or None."""
        table = User.__table__
        return tx.execute(select(table).where(table.c.id == user_id)).first()

    @staticmethod
    def lock_unchanged(tx: Connection, row: Row[Any]) -> bool:
        """Lock a user (a row read before); return whether the password may still be used.

        A parallel password change or block waits for the lock, and then ends the new session.
        """
        table = User.__table__
        query = select(table.c.password, table.c.disabled).where(table.c.id == row.id)
        now = tx.execute(query.with_for_update()).first()
        return now is not None and not now.disabled and now.password == row.password

    @staticmethod
    def set_password(tx: Connection, user_id: int, password: str) -> None:
        """Store a new password hash."""
        tx.execute(
            update(User)
            .where(User.id == user_id)
            .values(password=password, password_at=clock.now())
        )

    @staticmethod
    def set_admin(tx: Connection, user_id: int, is_admin: bool) -> None:
        """Grant or revoke the administrator role; raise ActionRefused for the last one."""
        User._change(tx, user_id, {"is_admin": is_admin}, loses=not is_admin)

    @staticmethod
    def set_disabled(tx: Connection, user_id: int, disabled: bool) -> None:
        """Disable or enable a user; raise ActionRefused for the last administrator."""
        User._change(tx, user_id, {"disabled": disabled}, loses=disabled)

    @staticmethod
    def _change(tx: Connection, user_id: int, values: dict, loses: bool) -> None:
        table = User.__table__
        admins = (
            tx.execute(
                select(table.c.id)
                .where(table.c.is_admin, table.c.disabled.is_(False))
                .order_by(table.c.id)  # everybody locks in the same order
                .with_for_update()
            )
            .scalars()
            .all()
        )
        if loses and list(admins) == [user_id]:
            raise ActionRefused(
                "This is the last administrator. Make another account an administrator first."
            )
        tx.execute(update(table).where(table.c.id == user_id).values(**values))

    @staticmethod
    def normalise_name(name: str) -> str:
        """Return the form of a name used for comparison: NFKC, case-folded, single spaces."""
        return " ".join(unicodedata.normalize("NFKC", name).casefold().split())[
            : 2 * MAX_NAME_CHARS
        ]
