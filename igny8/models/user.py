"""Who may come in: a name, a password, and whether the whole installation is theirs to look after."""

import unicodedata

from sqlalchemy import exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from igny8 import clock
from igny8.errors import ActionRefused
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, created_column

MAX_NAME_CHARS = 80
LOOKALIKE_SCRIPTS = {"LATIN", "CYRILLIC", "GREEK"}  # scripts whose letters are taken for each other


class User(Model):
    """`is_first` is true for one account and NULL for all others: so that two first accounts cannot be made."""

    __tablename__ = "app_user"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(MAX_NAME_CHARS), nullable=False)
    name_key = db.Column(db.String(2 * MAX_NAME_CHARS), nullable=False, unique=True)
    password = db.Column(db.String(200), nullable=False)
    password_at = db.Column(UtcDateTime, nullable=False, default=clock.now)
    is_admin = db.Column(db.Boolean, nullable=False, default=False)
    is_first = db.Column(db.Boolean, unique=True)
    disabled = db.Column(db.Boolean, nullable=False, default=False)
    created_at = created_column()

    __table_args__ = (
        db.CheckConstraint("is_first IS NULL OR is_first", name="first"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def create(tx, name: str, password: str, is_admin: bool = False, is_first: bool = False) -> int:
        """Add an account with a kept password; return its id. Raises Refused when the name is taken, or the
        first account is there already.
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
                raise ActionRefused(
                    "The first account is there already. Sign in with it."
                ) from error
            raise ActionRefused(f"The name {name!r} is taken. Choose another one.") from error

    @staticmethod
    def name_problem(name: str) -> str | None:
        """Return what is wrong with a name in one sentence: it must look like no other one; None when it is fine."""
        if any(unicodedata.category(sign)[0] == "C" for sign in name):
            return "A name is made of signs that can be seen: this one holds one that cannot."
        scripts = {
            unicodedata.name(sign, "").split()[0] for sign in name if sign.isalpha()
        } & LOOKALIKE_SCRIPTS
        if len(scripts) > 1:
            return "Letters of one script, please: this name mixes letters that look alike."
        return None

    @staticmethod
    def exists(tx) -> bool:
        """Return whether there is an account."""
        return tx.execute(select(exists().where(User.id.is_not(None)))).scalar_one()

    @staticmethod
    def find(tx, name: str):
        """Return the row of an account by its name, however it is spelt, or None."""
        table = User.__table__
        return tx.execute(
            select(table).where(table.c.name_key == User.normalise_name(name))
        ).first()

    @staticmethod
    def fetch(tx, user_id: int):
        """Return the row of an account by its id, or None."""
        table = User.__table__
        return tx.execute(select(table).where(table.c.id == user_id)).first()

    @staticmethod
    def set_password(tx, user_id: int, password: str) -> None:
        """Keep another password (in its kept form)."""
        tx.execute(
            update(User)
            .where(User.id == user_id)
            .values(password=password, password_at=clock.now())
        )

    @staticmethod
    def set_admin(tx, user_id: int, is_admin: bool) -> None:
        """Make an account an administrator of the installation, or not; raises Refused for the last one."""
        User._change(tx, user_id, {"is_admin": is_admin}, loses=not is_admin)

    @staticmethod
    def set_disabled(tx, user_id: int, disabled: bool) -> None:
        """Shut an account out, or let it in again; raises Refused for the last administrator."""
        User._change(tx, user_id, {"disabled": disabled}, loses=disabled)

    @staticmethod
    def _change(tx, user_id: int, values: dict, loses: bool) -> None:
        table = User.__table__
        admins = (
            tx.execute(
                select(table.c.id)
                .where(table.c.is_admin, table.c.disabled.is_(False))
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
        """Return the form in which two spellings of a name are the same."""
        return " ".join(unicodedata.normalize("NFKC", name).casefold().split())[
            : 2 * MAX_NAME_CHARS
        ]
