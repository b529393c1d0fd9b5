"""IGNY8: from a keyword export to articles waiting for review."""

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from igny8 import config, jobs, web
from igny8.extensions import PG_CONNECT_ARGS, bind_database, csrf
from igny8.redaction import register_secrets

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: config.Config | None = None) -> Flask:
    """Return the application: configured, tied to its database and queue, with its doors open."""
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
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
    )
    bind_database(app)
    csrf.init_app(app)
    jobs.bind(app)
    web.register(app)
    if settings.proxy_hops:  # outermost: all others see what the proxy said
        app.wsgi_app = ProxyFix(
            app.wsgi_app, x_for=settings.proxy_hops, x_proto=settings.proxy_hops
        )
    return app
