"""Run migrations on the app's engine; without foreign keys on SQLite, so rebuilds keep rows."""

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def run_online() -> None:
    """Run the migrations on a connection of the app."""
    with database.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=database.metadata,
                render_as_batch=is_sqlite,
                compare_type=True,
            )
            with context.begin_transaction():
                if not is_sqlite:  # processes that start together migrate one after the other
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(8008)")
                context.run_migrations()
        finally:
            if is_sqlite:
                connection.rollback()
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


run_online()
