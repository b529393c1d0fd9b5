"""Links to sign out of the services that signed the user in."""

import importlib

from flask import current_app

from igny8.web.http.public_address import public_url_for


def services() -> list[tuple[str, str]]:
    """Return (name, sign-out URL) of the identity services that have one."""
    settings = current_app.config["SETTINGS"].sign_in
    found: list[tuple[str, str]] = []
    if settings.oidc is not None:
        client = importlib.import_module("igny8.web.auth.openid_client")  # it loads Authlib
        url = client.sign_out_url(settings.oidc, public_url_for("login.login"))
        found += [(settings.oidc.label, url)] if url else []
    if settings.proxy is not None and settings.proxy.sign_out_url:
        found.append(("the proxy", settings.proxy.sign_out_url))
    return found
