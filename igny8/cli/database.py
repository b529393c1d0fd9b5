"""Upgrade, downgrade or vacuum the database."""

import click

from igny8.cli.common import open_database, require_installation
from igny8.database_app import create_database_app
from igny8.upkeep import schema, vacuum


@click.group(name="db")
def database_group() -> None:
    """Upgrade or downgrade the database tables."""


@database_group.command(name="upgrade")
def db_upgrade() -> None:
    """Upgrade the tables to this version."""
    with create_database_app().app_context():
        schema.upgrade()
    click.echo("The database is up to date.")


@database_group.command(name="downgrade")
@click.argument("revision")
@click.confirmation_option(
    prompt="Data that only newer tables hold is lost. Is there a backup, is everything stopped?"
)
def db_downgrade(revision: str) -> None:
    """Downgrade the tables to REVISION, such as 0002, before starting older code."""
    require_installation()
    with create_database_app().app_context():
        schema.downgrade(revision)
    click.echo(f"The tables are at {revision}: start the older IGNY8 now.")


@database_group.command(name="vacuum")
def db_vacuum() -> None:
    """Free the space of deleted rows; with SQLite, writers wait meanwhile."""
    with open_database().app_context():
        print_vacuum()


def print_vacuum() -> None:
    """Free the space of deleted rows and print how much it was."""
    before, after = vacuum.vacuum()
    click.echo(
        f"The database has {after / 1e6:,.1f} MB now; before, it had {before / 1e6:,.1f} MB."
    )
