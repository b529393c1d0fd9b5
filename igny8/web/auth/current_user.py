"""The current user, loaded with the site by session cookie or API token in one query."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g, request, session
from sqlalchemy import ColumnElement, Row, false, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import TooManyRequests

from igny8 import clock
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ROLES, ApiToken, LoginSession, Membership, Site
from igny8.models.api_token import SCOPES
from igny8.models.login_session import IDLE_TIMEOUT
from igny8.models.tokens import hash_token
from igny8.web.auth import proxy_headers
from igny8.web.auth.access_query import BY_SESSION, BY_TOKEN, membership
from igny8.web.http.client_address import address_block
from igny8.web.ui.filters import plural

LAST_SEEN_INTERVAL = timedelta(minutes=5)
PRELOADED_LOOKUP = "igny8.found"
ALL_RIGHTS = frozenset().union(*ROLES.values())


@dataclass(frozen=True)
class CurrentUser:
    """A signed-in user with the role on the site of this request (None: no role).

    `may_decide` is whether a token may approve, reject and publish; people always may.
    """

    user_id: int
    name: str
    is_admin: bool
    role: str | None = None
    session_id: int | None = None
    token_id: int | None = None
    scope: str | None = None
    only_site: int | None = None
    may_decide: bool = True
    has_second_factor: bool = False

    @property
    def rights(self) -> frozenset[str]:
        """Return the rights on the site: those of the role, limited by the scope of the token."""
        rights = ALL_RIGHTS if self.is_admin else frozenset(ROLES.get(self.role or "", ()))
        return rights if self.scope is None else rights & SCOPES[self.scope]

    def has_right(self, right: str) -> bool:
        """Return whether the user has a right on the site."""
        return right in self.rights

    @property
    def is_superuser(self) -> bool:
        """Return whether the user may administer the installation; API tokens never may."""
        return self.is_admin and self.scope is None

    @property
    def trigger(self) -> str:
        """Return the trigger to store with a run that the user starts."""
        return "api" if self.scope else "admin" if self.is_admin and self.role is None else "manual"


def load(slug: str | None) -> tuple[CurrentUser | None, Row | None]:
    """Return the user and the row of the site of this request.

    The user is None without a valid session or token; the row is None if there is no such site or
    the user may not see it.
    """
    bearer = _bearer_token()
    if bearer is None and ("sid" not in session or not proxy_headers.is_valid_session()):
        return None, None
    now = clock.now()
    row = _find(bearer, slug, now)
    if row is None:
        return None, None
    found = _user_of(row, is_session=bearer is None)
    if row.seen_at is None or now - row.seen_at > LAST_SEEN_INTERVAL:
        _record_use_later(ApiToken if bearer is not None else LoginSession, row.source_id)
    return found, row if row.id is not None and _can_see(found, row.id) else None


def _find(bearer: str | None, slug: str | None, now: datetime) -> Row | None:
    """Return the row of the API token `bearer`, or else of the session; None if invalid."""
    values = {"slug": slug, "now": now}
    with read_transaction() as tx:
        if bearer is not None:
            return tx.execute(BY_TOKEN, values | {"hash": hash_token(bearer)}).first()
        values |= {"hash": hash_token(session["sid"]), "idle": now - IDLE_TIMEOUT}
        return tx.execute(BY_SESSION, values).first()


def _user_of(row: Row, is_session: bool) -> CurrentUser:
    """Return the user of a row of BY_SESSION or BY_TOKEN."""
    source = (
        {"session_id": row.source_id}
        if is_session
        else {
            "token_id": row.source_id,
            "scope": row.scope,
            "only_site": row.only_site,
            "may_decide": row.may_decide,
        }
    )
    has_second_factor = row.second_factor_at is not None
    return CurrentUser(
        row.user_id,
        row.user_name,
        row.is_admin,
        row.role,
        has_second_factor=has_second_factor,
        **source,
    )


def limit_wrong_tokens() -> None:
    """Count an invalid token per address; raise TooManyRequests above the limit."""
    if _bearer_token() is None:
        return
    wait = current_app.extensions["igny8.wrong_token_limiter"].take(address_block())
    if wait:
        raise TooManyRequests(
            "Too many invalid tokens. Wait, then send a valid one.",
            retry_after=round(wait + 0.5),
        )


def limit_api_requests() -> None:
    """Count an API request per user; raise TooManyRequests above the limit."""
    who = g.current_user
    wait = current_app.extensions["igny8.api_rate_limiter"].take((who.token_id, who.session_id))
    if wait:
        seconds = round(wait + 0.5)
        raise TooManyRequests(
            f"Too many requests. Wait {plural(seconds, 'second')}, then try again.",
            retry_after=seconds,
        )


def load_site(reference: str) -> Row | None:
    """Return a site by slug or id and set the user's role there; None as in `load`."""
    with read_transaction() as tx:
        row = Site.find(reference, tx)
        role = None if row is None else Membership.role_of(tx, g.current_user.user_id, row.id)
    if row is None:
        return None
    g.current_user = replace(g.current_user, role=role)
    g.site = row if _can_see(g.current_user, row.id) else None
    return g.site


def is_visible_site(column: Any) -> ColumnElement[bool]:
    """Return the SQL condition that a column is the id of a site visible to the current user."""
    found = g.current_user
    if found is None:
        return false()
    if found.only_site is not None:
        return column == found.only_site
    if found.is_admin:
        return column.is_not(None)
    return column.in_(select(membership.c.site_id).where(membership.c.user_id == found.user_id))


def has_right(right: str) -> bool:
    """Return whether the current user has a right on the current site."""
    return g.get("current_user") is not None and g.current_user.has_right(right)


def start_session(token: str) -> None:
    """Store a new session in the cookie and remove all data of the previous one."""
    session.clear()
    session["sid"] = token
    session.permanent = True


def _can_see(found: CurrentUser, site_id: int) -> bool:
    return (found.is_admin or found.role is not None) and found.only_site in (None, site_id)


def _bearer_token() -> str | None:
    """Return the token of an API request, None on all other pages."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" and request.blueprint == "api" else None


def _record_use_later(model: type[ApiToken | LoginSession], row_id: int) -> None:
    """Record the use of a session or token after the response is sent."""
    app_context, log = current_app.app_context, current_app.logger

    def record() -> None:
        try:
            with app_context(), write_transaction() as tx:
                model.record_use(tx, row_id)
        except SQLAlchemyError as error:
            log.warning("could not record the use of %s %d: %s", model.__tablename__, row_id, error)

    g.after_response = record
