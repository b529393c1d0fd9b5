"""Build the complete app, for commands that need the queue."""

from flask import Flask

from igny8.app import create_app
from igny8.cli.common import check_tables, require_installation


def open_app(create: bool = False) -> Flask:
    """Return the complete app with current tables; `create` as in common.open_database."""
    if not create:
        require_installation()
    return check_tables(create_app(), create)
