"""Write the audit log: one entry per changing request, with user, address and outcome."""

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from igny8.extensions import write_transaction
from igny8.models import AuditEntry
from igny8.web.auth.permissions import PERMISSIONS, SAFE_METHODS

SIGN_IN_ACTIONS = {
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


def register(app: Flask) -> None:
    """Write an entry after every request that can change something."""
    app.after_request(_write_entry)


def _write_entry(response: Response) -> Response:
    action = _action()
    if not action:
        return response
    viewer, site, told = g.get("current_user"), g.get("site"), _logged_fields()
    action = action.format(verb=told.pop("verb", ""))
    try:
        with write_transaction() as tx:
            AuditEntry.log(
                tx,
                action,
                viewer.name if viewer else g.get("audit_user") or "nobody",
                viewer.user_id if viewer else None,
                response.status_code,
                address=request.remote_addr or "",
                site=g.get("audit_site") or (site.slug if site is not None else ""),
                detail=", ".join(
                    [
                        *filter(None, [g.get("audit_detail")]),
                        *(f"{name} {value}" for name, value in told.items()),
                    ]
                ),
            )
    except SQLAlchemyError as error:
        current_app.logger.error(
            "the audit log could not be written: %s by %s: %s", action, viewer, error
        )
    return response


def _action() -> str:
    """Return the name of what a request did; a GET did something if `g.audit_action` says so."""
    if "audit_action" in g:
        return str(g.audit_action)
    if request.method in SAFE_METHODS:
        return ""
    return SIGN_IN_ACTIONS.get(request.endpoint) or getattr(
        PERMISSIONS.get(request.endpoint), "action", ""
    )


def _logged_fields() -> dict:
    """Return details from the address and from form fields that contain no secret."""
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
