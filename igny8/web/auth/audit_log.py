"""Write the audit log: one entry per changing request, with user, address and outcome.

Refused anonymous requests are stored up to a limit, so that they cannot fill the disk; the server
log has a line for each.
"""

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from igny8.extensions import write_transaction
from igny8.models import AuditEntry
from igny8.models.rate_limit import MemoryRateLimit
from igny8.web.auth.endpoint_permissions import PERMISSIONS, SAFE_METHODS
from igny8.web.http.client_address import address_block

PUBLIC_ACTIONS = {
    "client.comment": "client: comment",
    "client.decide": "client: {verb}",
    "login.sign_in": "sign in",
    "login.create_first_admin": "make the first account",
    "login.accept_invitation": "follow a link in",
    "second_factor.check": "sign in: second factor",
}
LOGGED_FIELDS = (
    "verb",
    "run_id",
    "role",
    "scope",
    "pattern",
    "name",
    "entry",
    "allow",
)  # never a field that can contain a secret

REFUSALS_PER_MINUTE_AND_ADDRESS = 30
REFUSALS_PER_MINUTE = 120  # of all addresses, in each process


def register(app: Flask) -> None:
    """Add an entry after every request that can change something."""
    app.extensions["igny8.refusals_by_address"] = MemoryRateLimit(REFUSALS_PER_MINUTE_AND_ADDRESS)
    app.extensions["igny8.refusals"] = MemoryRateLimit(REFUSALS_PER_MINUTE)
    app.after_request(_write_entry)


def _write_entry(response: Response) -> Response:
    """Store the entry of a request, if it needs one, and return the response."""
    action = _action()
    if not action or _is_one_too_many(response):
        return response
    fields = _logged_fields()
    action = action.format(verb=fields.pop("verb", ""))
    try:
        _store(action, response.status_code, fields)
    except SQLAlchemyError as error:
        current_app.logger.error(
            "the audit log could not be written: %s by %s: %s", action, g.get("current_user"), error
        )
    return response


def _store(action: str, status_code: int, fields: dict) -> None:
    """Store the entry of this request: user, action, site and form fields."""
    viewer, site = g.get("current_user"), g.get("site")
    details = [f"{name} {value}" for name, value in fields.items()]
    with write_transaction() as tx:
        AuditEntry.log(
            tx,
            action,
            viewer.name if viewer else g.get("audit_user") or "nobody",
            viewer.user_id if viewer else None,
            status_code,
            address=request.remote_addr or "",
            site=g.get("audit_site") or (site.slug if site is not None else ""),
            detail=", ".join(filter(None, [g.get("audit_detail"), *details])),
        )


def _is_one_too_many(response: Response) -> bool:
    """Return whether the response refuses an anonymous request beyond the entry limit."""
    if response.status_code < 400 or g.get("current_user") is not None:
        return False
    limits = current_app.extensions
    return bool(
        limits["igny8.refusals_by_address"].take(address_block())
        or limits["igny8.refusals"].take("")
    )


def _action() -> str:
    """Return the name of a request's action; for a GET only if `g.audit_action` is set."""
    if "audit_action" in g:
        return str(g.audit_action)
    if request.method in SAFE_METHODS:
        return ""
    endpoint = request.endpoint or ""
    permission = PERMISSIONS.get(endpoint)
    return PUBLIC_ACTIONS.get(endpoint) or (permission.action if permission else "")


def _logged_fields() -> dict:
    """Return details from the address and from form fields without secrets."""
    named = {
        name: value
        for name, value in (request.view_args or {}).items()
        if name not in ("slug", "token")
    }
    try:
        return {
            name: value for name, value in request.form.items() if name in LOGGED_FIELDS
        } | named
    except HTTPException:  # an unreadable form, which the response reports
        return named
