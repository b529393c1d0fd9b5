"""Build the part of the application that every process needs: settings and database."""

from pathlib import Path

from flask import Flask

from igny8 import config
from igny8.extensions import PG_CONNECT_ARGS, bind_database
from igny8.redaction import register_secrets

ROOT = Path(__file__).resolve().parent.parent
MAX_REQUEST_BYTES = 64 * 1024 * 1024


def create_database_app(settings: config.Config | None = None) -> Flask:
    """Return an app with its settings and its database, but without queue and pages."""
    settings = settings or config.load()
    register_secrets(*settings.secrets)
    app = Flask("igny8", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": 16,
            "max_overflow": 32,
            "pool_pre_ping": settings.uses_postgresql,
            "connect_args": PG_CONNECT_ARGS if settings.uses_postgresql else {},
        },
        MIGRATIONS=str(ROOT / "migrations"),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
    )
    bind_database(app)
    return app
