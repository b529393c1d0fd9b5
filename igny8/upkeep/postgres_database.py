"""Back up and restore a PostgreSQL database with pg_dump and pg_restore."""

import os
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, inspect, text

from igny8.errors import Igny8Error
from igny8.extensions import POOLED, db, read_transaction, write_transaction
from igny8.upkeep.copy_contents import (
    IMAGES_QUERY,
    REVISION_QUERY,
    StoredImage,
    single_revision,
    stored_images,
)
from igny8.upkeep.postgres_programs import run_program

QUEUE_TABLES = "huey*"  # the queue holds no state, and may be in the same database
OTHER_CONNECTIONS = text(
    "SELECT coalesce(nullif(application_name, ''), 'a program'), host(client_addr), pid "
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)


class PostgresDatabase:
    """A database on a server, copied by pg_dump and loaded by pg_restore."""

    kind, member = "postgresql", "database.pgdump"

    def copy(self, target: Path) -> tuple[str, list[StoredImage]]:
        """Write a consistent copy during operation; return its (revision, images)."""
        with read_transaction() as tx:  # pg_dump reads the same snapshot as this transaction
            _refuse_pooler(tx)
            snapshot = tx.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            revision = single_revision(tx.execute(text(REVISION_QUERY)))
            images = stored_images(tx.execute(text(IMAGES_QUERY)))
            run_program(
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--schema={_schema(tx)}",
                f"--exclude-table={QUEUE_TABLES}",
                f"--snapshot={snapshot}",
                f"--file={target}",
            )
        self.verify(target)
        return revision, images

    def verify(self, file: Path) -> None:
        """Raise Igny8Error if a copy cannot be read to its end."""
        run_program("pg_restore", f"--file={os.devnull}", str(file), connect=False)

    def other_connections(self) -> list[str]:
        """Return a description of other connections to the database."""
        queue = current_app.extensions.get("igny8.huey")
        if queue is not None:
            queue.storage.close()
        db.engine.dispose()
        with read_transaction() as tx:
            _refuse_pooler(tx)
            rows = tx.execute(OTHER_CONNECTIONS).all()
        return [
            f"{name} from {address or 'this machine'} (backend {pid})"
            for name, address, pid in rows
        ]

    def move_aside(self, folder: Path, stamp: str) -> None:
        """Rename the schema with the tables and create an empty one with its name."""
        with write_transaction() as tx:
            name = _schema(tx)
            tx.execute(text(f'ALTER SCHEMA "{name}" RENAME TO "before_restore_{stamp}"'))
            tx.execute(text(f'CREATE SCHEMA "{name}"'))

    def undo_move(self, folder: Path, stamp: str) -> None:
        """Undo move_aside, even if it was incomplete."""
        with write_transaction() as tx:
            name = _schema(tx)
            if not inspect(tx).has_schema(f"before_restore_{stamp}"):
                return
            tx.execute(text(f'DROP SCHEMA "{name}" CASCADE'))
            tx.execute(text(f'ALTER SCHEMA "before_restore_{stamp}" RENAME TO "{name}"'))

    def delete_moved(self, folder: Path, stamp: str) -> None:
        """Delete what was moved aside, which contained no data."""
        with write_transaction() as tx:
            tx.execute(text(f'DROP SCHEMA "before_restore_{stamp}" CASCADE'))

    def load(self, file: Path) -> None:
        """Load the copy in one transaction."""
        with read_transaction() as tx:
            name = _schema(tx)
        run_program(
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--exit-on-error",
            f"--schema={name}",
            str(file),
        )


def _refuse_pooler(tx: Connection) -> None:
    """Raise Igny8Error behind a pooler, whose connections PostgreSQL's programs would alter.

    pg_dump clears the search path of its session, which the next client would inherit.
    """
    if tx.info.get(POOLED):
        raise Igny8Error(
            "DATABASE_URL leads to a pooler such as PgBouncer. Backup and restore need PostgreSQL "
            "itself: run this command with its own address, DATABASE_URL=postgresql://…"
        )


def _schema(tx: Connection) -> str:
    name: str = tx.execute(text("SELECT current_schema()")).scalar_one()
    return name
