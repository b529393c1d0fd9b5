"""Build the application: database, queue and pages."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from igny8 import config, web
from igny8.web.http import public_address
from igny8.worker_app import create_worker_app


def create_app(settings: config.Config | None = None) -> Flask:
    """Return the application: configured, with its database, its queue and its pages."""
    app = create_worker_app(settings)
    web.register(app)
    public_address.register(app)
    hops = app.config["SETTINGS"].proxy_hops
    if hops:  # outermost, so that everything else sees what the proxy forwarded
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask documents it
            app.wsgi_app, x_for=hops, x_proto=hops
        )
    return app
