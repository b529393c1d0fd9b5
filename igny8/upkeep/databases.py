"""How each kind of database is copied, judged, moved aside and filled again; both have the same verbs."""

import os
import shutil
import sqlite3
import subprocess  # the database's own programs, without a shell # nosec B404
from contextlib import closing
from pathlib import Path

import psutil
from flask import current_app
from sqlalchemy import inspect, select, text

from igny8.errors import Igny8Error
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import Site, User

SIDE_FILES = ("", "-wal", "-shm", "-journal")
QUEUE_TABLES = "huey*"  # the queue holds no state, and may lie in the same PostgreSQL database


def database():
    """Return the database of the current app as something that can be backed up and restored."""
    return (SqliteDatabase if db.engine.dialect.name == "sqlite" else PostgresDatabase)()


def is_empty() -> bool:
    """Return whether the database holds nothing that could be lost: no site and no account, or not even tables."""
    there = set(inspect(db.engine).get_table_names())
    with read_transaction() as tx:
        return not any(
            tx.execute(select(kind.id).limit(1)).first()
            for kind in (Site, User)
            if kind.__tablename__ in there
        )


def revision_of(rows) -> str:
    """Return the revision of the tables out of the rows of alembic_version; raise when there is none."""
    found = [row[0] for row in rows]
    if len(found) != 1:
        raise Igny8Error("This database has no version, so it is not one of IGNY8's.")
    return found[0]


class SqliteDatabase:
    """A file, copied by SQLite's own backup: the live file is never copied as such."""

    kind, member = "sqlite", "database.sqlite"

    def __init__(self):
        self.path = Path(db.engine.url.database)

    def copy(self, target: Path) -> tuple[str, list]:
        """Write one consistent copy while others go on writing; return (revision, images) of what is in it."""
        try:
            with (
                closing(sqlite3.connect(self.path, timeout=30)) as live,
                closing(sqlite3.connect(target)) as copy,
            ):
                live.backup(copy)  # in one step: a reader in WAL mode holds up no writer
                copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise Igny8Error(
                f"The database could not be copied to {target.parent}: {error}."
            ) from error
        self.verify(target)
        with closing(sqlite3.connect(target)) as copy:
            return revision_of(
                copy.execute("SELECT version_num FROM alembic_version")
            ), _stored_images(copy)

    def verify(self, file: Path) -> None:
        """Raise Igny8Error when a copy is broken."""
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
                told = [row[0] for row in copy.execute("PRAGMA integrity_check(5)")]
                orphans = copy.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.DatabaseError as error:
            raise Igny8Error(f"The database in the copy cannot be read: {error}.") from error
        if told != ["ok"] or orphans:
            raise Igny8Error(
                "The database in the copy is broken: "
                + "; ".join(told if told != ["ok"] else [f"{len(orphans)} rows belong to nothing"])
            )

    def other_connections(self) -> list[str]:
        """Return who else has the database open, as far as this user may see."""
        names = {str(self.path.resolve()) + side for side in SIDE_FILES}
        return [
            f"{p.info['name']} (pid {p.pid})"
            for p in psutil.process_iter(["name"])
            if p.pid != os.getpid() and names & _open_files(p)
        ]

    def move_aside(self, folder: Path, stamp: str) -> None:
        """Move what is there into a folder."""
        db.engine.dispose()
        for side in SIDE_FILES:
            file = Path(f"{self.path}{side}")
            if file.exists():
                shutil.move(file, folder / f"igny8.db{side}")

    def undo_move(self, folder: Path, stamp: str) -> None:
        """Undo set_aside(), as far as it came."""
        db.engine.dispose()
        if not (folder / "igny8.db").exists():  # the first to be moved: nothing was
            return
        for side in SIDE_FILES:
            Path(f"{self.path}{side}").unlink(missing_ok=True)
            if (folder / f"igny8.db{side}").exists():
                shutil.move(folder / f"igny8.db{side}", f"{self.path}{side}")

    def delete_moved(self, folder: Path, stamp: str) -> None:
        """Remove what was moved aside, which was empty."""
        for side in SIDE_FILES:
            (folder / f"igny8.db{side}").unlink(missing_ok=True)

    def load(self, file: Path) -> None:
        """Let the copy be the database."""
        db.engine.dispose()
        shutil.move(file, self.path)


class PostgresDatabase:
    """A database on a server, copied by pg_dump and filled by pg_restore."""

    kind, member = "postgresql", "database.pgdump"

    def copy(self, target: Path) -> tuple[str, list]:
        """Write one consistent copy while others go on writing; return (revision, images) of what is in it."""
        with (
            read_transaction() as tx
        ):  # the dump sees the very snapshot that this transaction reads
            snapshot = tx.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            facts = (
                revision_of(tx.execute(text("SELECT version_num FROM alembic_version"))),
                _stored_images(tx),
            )
            _run_program(
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--schema={_schema(tx)}",
                f"--exclude-table={QUEUE_TABLES}",
                f"--snapshot={snapshot}",
                f"--file={target}",
                f"--dbname={_address()}",
            )
        self.verify(target)
        return facts

    def verify(self, file: Path) -> None:
        """Raise Igny8Error when a copy cannot be read to its end."""
        _run_program("pg_restore", f"--file={os.devnull}", str(file))

    def other_connections(self) -> list[str]:
        """Return who else is connected to the database."""
        current_app.extensions["igny8.huey"].storage.close()
        db.engine.dispose()
        with read_transaction() as tx:
            rows = tx.execute(
                text(
                    "SELECT coalesce(nullif(application_name, ''), 'a program'), host(client_addr), pid "
                    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                    "AND backend_type = 'client backend'"
                )
            ).all()
        return [
            f"{name} from {address or 'this machine'} (backend {pid})"
            for name, address, pid in rows
        ]

    def move_aside(self, folder: Path, stamp: str) -> None:
        """Rename the schema that holds the tables, and make an empty one of its name."""
        with write_transaction() as tx:
            name = _schema(tx)
            tx.execute(text(f'ALTER SCHEMA "{name}" RENAME TO "before_restore_{stamp}"'))
            tx.execute(text(f'CREATE SCHEMA "{name}"'))

    def undo_move(self, folder: Path, stamp: str) -> None:
        """Undo set_aside(), as far as it came."""
        with write_transaction() as tx:
            name = _schema(tx)
            if not inspect(tx).has_schema(f"before_restore_{stamp}"):
                return
            tx.execute(text(f'DROP SCHEMA "{name}" CASCADE'))
            tx.execute(text(f'ALTER SCHEMA "before_restore_{stamp}" RENAME TO "{name}"'))

    def delete_moved(self, folder: Path, stamp: str) -> None:
        """Remove what was moved aside, which was empty."""
        with write_transaction() as tx:
            tx.execute(text(f'DROP SCHEMA "before_restore_{stamp}" CASCADE'))

    def load(self, file: Path) -> None:
        """Load the copy in one transaction."""
        with read_transaction() as tx:
            name = _schema(tx)
        _run_program(
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--exit-on-error",
            f"--schema={name}",
            f"--dbname={_address()}",
            str(file),
        )


def _stored_images(connection) -> list[tuple[str, int]]:
    """Return (path, bytes) of all images that a copy says are there."""
    query = "SELECT path, bytes FROM image WHERE status = 'generated'"
    return [
        tuple(row)
        for row in connection.execute(
            query if isinstance(connection, sqlite3.Connection) else text(query)
        )
    ]


def _open_files(process) -> set[str]:
    """Return the names of the files that a process has open; none where that may not be seen."""
    try:
        return {file.path for file in process.open_files()}
    except (psutil.Error, OSError):
        return set()


def _schema(tx) -> str:
    return tx.execute(text("SELECT current_schema()")).scalar_one()


def _address() -> str:
    """Return the address for PostgreSQL's own programs, without the password, which others might see."""
    return db.engine.url.set(drivername="postgresql", password=None).render_as_string()


def _run_program(name: str, *arguments: str) -> None:
    """Run a program of PostgreSQL; raise Igny8Error with what it said when it fails or is not there."""
    if shutil.which(name) is None:
        raise Igny8Error(
            f"{name} was not found. Install PostgreSQL's client programs, in the server's version or a "
            "newer one (on Debian: apt-get install postgresql-client), and see that they are on PATH."
        )
    password = {"PGPASSWORD": db.engine.url.password} if db.engine.url.password else {}
    done = subprocess.run(  # no shell, and no argument that came in by the web # nosec B603
        [name, *arguments],
        env={**os.environ, **password},
        capture_output=True,
        text=True,
        verify=False,
    )
    if done.returncode:
        raise Igny8Error(f"{name} failed: {done.stderr.strip()[-600:]}")
