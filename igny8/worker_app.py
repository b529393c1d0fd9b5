"""Build the part of the application that workers need: settings, database and queue."""

from flask import Flask

from igny8 import config, jobs
from igny8.database_app import create_database_app


def create_worker_app(settings: config.Config | None = None) -> Flask:
    """Return an app with its database and its queue, but without pages."""
    app = create_database_app(settings)
    jobs.bind(app)
    return app
