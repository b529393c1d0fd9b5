"""Who asks: the account behind a browser's session or a program's token, found in one statement with the site."""

from dataclasses import dataclass, replace
from datetime import timedelta

from flask import current_app, g, request, session
from sqlalchemy import and_, bindparam, false, or_, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import TooManyRequests

from igny8 import clock, progress
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ROLES, ApiToken, LoginSession, Membership, Site, SiteSettings, User
from igny8.models.api_token import SCOPES
from igny8.models.login_session import IDLE_TIMEOUT
from igny8.models.tokens import hash_token
from igny8.web.ui.filters import plural

LAST_SEEN_INTERVAL = timedelta(minutes=5)
ALL_RIGHTS = frozenset().union(*ROLES.values())
user, login, token, membership = (
    User.__table__,
    LoginSession.__table__,
    ApiToken.__table__,
    Membership.__table__,
)
site, site_settings = Site.__table__, SiteSettings.__table__


@dataclass(frozen=True)
class CurrentUser:
    """An account that is signed in, and its role on the site that this request is about (None: it has none)."""

    user_id: int
    name: str
    is_admin: bool
    role: str | None = None
    session_id: int | None = None
    token_id: int | None = None
    scope: str | None = None
    only_site: int | None = None

    @property
    def rights(self) -> frozenset[str]:
        """Return what the viewer may do on the site: what the role allows, and no more than the token does."""
        rights = ALL_RIGHTS if self.is_admin else frozenset(ROLES.get(self.role, ()))
        return rights if self.scope is None else rights & SCOPES[self.scope]

    def has_right(self, right: str) -> bool:
        return right in self.rights

    @property
    def is_superuser(self) -> bool:
        """Return whether the viewer may do what concerns the whole installation; a token never may."""
        return self.is_admin and self.scope is None

    @property
    def trigger(self) -> str:
        """Return what a run that the viewer starts says it was triggered by."""
        return "api" if self.scope else "admin" if self.is_admin and self.role is None else "manual"


def _query(source, *columns):
    """Return the query of who holds a session or token, with the site of the slug, the role there, and its tag."""
    return progress.add_tag_columns(
        select(
            user.c.id.label("user_id"),
            user.c.name.label("user_name"),
            user.c.is_admin,
            membership.c.role,
            source.c.id.label("source_id"),
            *columns,
            site,
            site_settings.c.time_zone,
            site_settings.c.next_run_at,
        )
        .select_from(
            source.join(user, user.c.id == source.c.user_id)
            .outerjoin(site, site.c.slug == bindparam("slug"))
            .outerjoin(site_settings, site_settings.c.site_id == site.c.id)
            .outerjoin(
                membership,
                and_(membership.c.user_id == user.c.id, membership.c.site_id == site.c.id),
            )
        )
        .where(source.c.token_hash == bindparam("hash"), user.c.disabled.is_(False))
    )


# Built once: building a statement costs more than running it.
BY_SESSION = _query(login, login.c.seen_at).where(
    login.c.ends_at > bindparam("now"), login.c.seen_at > bindparam("idle")
)
BY_TOKEN = _query(
    token, token.c.used_at.label("seen_at"), token.c.scope, token.c.site_id.label("only_site")
).where(or_(token.c.expires_at.is_(None), token.c.expires_at > bindparam("now")))


def load(slug: str | None):
    """Return (Viewer, row of the site with its tag) of this request; None for who is not known, and None for the
    row where there is no such site or the viewer may not know of it."""
    bearer = _bearer_token()
    if bearer is None and "sid" not in session:
        return None, None
    now = clock.now()
    with read_transaction() as tx:
        row = (
            tx.execute(
                BY_SESSION,
                {
                    "hash": hash_token(session["sid"]),
                    "slug": slug,
                    "now": now,
                    "idle": now - IDLE_TIMEOUT,
                },
            ).first()
            if bearer is None
            else tx.execute(
                BY_TOKEN, {"hash": hash_token(bearer), "slug": slug, "now": now}
            ).first()
        )
    if row is None:
        return None, None
    viewer = CurrentUser(
        row.user_id,
        row.user_name,
        row.is_admin,
        row.role,
        **(
            {"session_id": row.source_id}
            if bearer is None
            else {"token_id": row.source_id, "scope": row.scope, "only_site": row.only_site}
        ),
    )
    if row.seen_at is None or now - row.seen_at > LAST_SEEN_INTERVAL:
        _record_use_later(ApiToken if bearer is not None else LoginSession, row.source_id)
    return viewer, row if row.id is not None and _can_see(viewer, row.id) else None


def limit_wrong_tokens() -> None:
    """Count a token that opens nothing against its address; raise TooManyRequests when there were too many."""
    if _bearer_token() is None:
        return
    wait = current_app.extensions["igny8.wrong_token_limiter"].take(request.remote_addr)
    if wait:
        raise TooManyRequests(
            "Too many tokens that open nothing. Wait, then send the right one.",
            retry_after=round(wait + 0.5),
        )


def limit_api_requests() -> None:
    """Count a question to the API by who asks; raise TooManyRequests when there were too many."""
    asks = g.current_user
    wait = current_app.extensions["igny8.api_rate_limiter"].take((asks.token_id, asks.session_id))
    if wait:
        seconds = round(wait + 0.5)
        raise TooManyRequests(
            f"That was asked for too often. Wait {plural(seconds, 'second')}, then ask again.",
            retry_after=seconds,
        )


def load_site(reference: str):
    """Return the row of a site by slug or id and take up the viewer's role there; None as `find` does."""
    with read_transaction() as tx:
        row = Site.find(reference, tx)
        role = None if row is None else Membership.role_of(tx, g.current_user.user_id, row.id)
    if row is None:
        return None
    g.current_user = replace(g.current_user, role=role)
    g.site = row if _can_see(g.current_user, row.id) else None
    return g.site


def is_visible_site(column):
    """Return the condition that a column holds the id of a site that the viewer may know of."""
    viewer = g.current_user
    if viewer is None:
        return false()
    if viewer.only_site is not None:
        return column == viewer.only_site
    if viewer.is_admin:
        return column.is_not(None)
    return column.in_(select(membership.c.site_id).where(membership.c.user_id == viewer.user_id))


def has_right(right: str) -> bool:
    """Return whether the viewer of this page may do something on its site: for the templates."""
    return g.get("current_user") is not None and g.current_user.has_right(right)


def start_session(token: str) -> None:
    """Let the browser keep a new session, and nothing of the one before."""
    session.clear()
    session["sid"] = token
    session.permanent = True


def _can_see(viewer: CurrentUser, site_id: int) -> bool:
    return (viewer.is_admin or viewer.role is not None) and viewer.only_site in (None, site_id)


def _bearer_token() -> str | None:
    """Return the token of a program; programs come to the API alone."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" and request.blueprint == "api" else None


def _record_use_later(model, row_id: int) -> None:
    """Note that a session or token is in use, after the answer has gone: no visitor waits for it."""
    app = current_app._get_current_object()

    def note() -> None:
        try:
            with app.app_context(), write_transaction() as tx:
                model.record_use(tx, row_id)
        except SQLAlchemyError as error:
            app.logger.warning(
                "could not note that %s %d is in use: %s", model.__tablename__, row_id, error
            )

    g.after_response = note
