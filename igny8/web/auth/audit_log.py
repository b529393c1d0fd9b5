"""The audit log: after each act its line, with who, from where and with what outcome, whether it was done or not."""

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from igny8.extensions import writing
from igny8.models import AuditEntry
from igny8.web.auth.permissions import PERMITS, SAFE

ENTRANCE = {
    "login.sign_in": "sign in",
    "login.found": "make the first account",
    "login.accept": "follow a link in",
}
TOLD = (
    "verb",
    "run_id",
    "role",
    "scope",
    "pattern",
    "name",
    "entry",
    "allow",
)  # never a field that may hold a secret


def register(app: Flask) -> None:
    """Write a line after every request that wants to change something."""
    app.after_request(_log)


def _log(response):
    action = ENTRANCE.get(request.endpoint) or getattr(PERMITS.get(request.endpoint), "action", "")
    if request.method in SAFE or not action:
        return response
    viewer, site, told = g.get("viewer"), g.get("site"), _told()
    action = action.format(verb=told.pop("verb", ""))
    try:
        with writing() as tx:
            AuditEntry.log(
                tx,
                action,
                viewer.name if viewer else g.get("who") or "nobody",
                viewer.user_id if viewer else None,
                response.status_code,
                address=request.remote_addr or "",
                site=g.get("about") or (site.slug if site is not None else ""),
                detail=", ".join(
                    [
                        *filter(None, [g.get("told")]),
                        *(f"{name} {value}" for name, value in told.items()),
                    ]
                ),
            )
    except SQLAlchemyError as error:
        current_app.logger.error(
            "the audit log could not be written: %s by %s: %s", action, viewer, error
        )
    return response


def _told() -> dict:
    """Return what the request says about the act, from its address and from fields that hold no secret."""
    named = {
        name: value
        for name, value in (request.view_args or {}).items()
        if name not in ("slug", "token")
    }
    try:
        return {name: value for name, value in request.form.items() if name in TOLD} | named
    except HTTPException:  # what was sent could not be read, which the answer says
        return named
