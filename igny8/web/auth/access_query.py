"""Load the user of a session or token with the site, the role and the run tag in one query."""

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, or_, select

from igny8 import progress
from igny8.models import ApiToken, LoginSession, Membership, Site, SiteSettings, User

user, login, token, membership = (
    User.__table__,
    LoginSession.__table__,
    ApiToken.__table__,
    Membership.__table__,
)
site, site_settings = Site.__table__, SiteSettings.__table__


def _query(source: FromClause, *columns: ColumnElement) -> Select:
    """Return the query of a session's or token's user, with site, role and run tag."""
    return progress.add_tag_columns(
        select(
            user.c.id.label("user_id"),
            user.c.name.label("user_name"),
            user.c.is_admin,
            user.c.second_factor_at,
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


# Built once, because building a statement costs more than running it.
BY_SESSION = _query(login, login.c.seen_at).where(
    login.c.ends_at > bindparam("now"), login.c.seen_at > bindparam("idle")
)
BY_TOKEN = _query(
    token,
    token.c.used_at.label("seen_at"),
    token.c.scope,
    token.c.site_id.label("only_site"),
    token.c.may_decide,
).where(or_(token.c.expires_at.is_(None), token.c.expires_at > bindparam("now")))
