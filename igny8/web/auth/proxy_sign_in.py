"""Sign in the user whom a trusted proxy names in a header."""

from flask import g, session

from igny8.models.external_identity import PROXY_ISSUER
from igny8.web.auth import external_accounts, proxy_headers
from igny8.web.auth.external_accounts import Identity


def sign_in() -> bool:
    """Sign in the user named by the proxy; return False if there is none."""
    name = proxy_headers.asserted_name()
    if name is None:
        return False
    g.audit_action, g.audit_user = "sign in: proxy", f"nobody (as {name[:40]})"
    identity = Identity(PROXY_ISSUER, name, name, name, proxy_headers.groups(), may_join=True)
    g.audit_user = external_accounts.sign_in(identity, proxy_headers.VIA)
    session["via_name"] = name
    return True
