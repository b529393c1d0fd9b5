"""User accounts with their sessions, tokens and sites."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, select

from igny8.models import ApiToken, Invitation, LoginSession, Membership, Site, User
from igny8.models.base import Executor
from igny8.models.login_session import IDLE_TIMEOUT

user, membership, site = User.__table__, Membership.__table__, Site.__table__
login, token, invitation = LoginSession.__table__, ApiToken.__table__, Invitation.__table__


def all_accounts(tx: Executor) -> Sequence[Row]:
    """Return every account by name, with the number of its `sites`."""
    of_user = select(func.count()).where(membership.c.user_id == user.c.id).correlate(user)
    query = select(user, of_user.scalar_subquery().label("sites"))
    return tx.execute(query.order_by(user.c.name_key)).all()


def sessions_of(tx: Executor, user_id: int, now: datetime) -> Sequence[Row]:
    """Return the open sessions of a user, last used first."""
    return tx.execute(
        select(login)
        .where(
            login.c.user_id == user_id,
            login.c.ends_at > now,
            login.c.seen_at > now - IDLE_TIMEOUT,
        )
        .order_by(login.c.seen_at.desc())
    ).all()


def tokens_of(tx: Executor, user_id: int) -> Sequence[Row]:
    """Return the API tokens of a user, each with its `site_name` or None for all sites."""
    query = select(token, site.c.name.label("site_name"))
    query = query.outerjoin(site, site.c.id == token.c.site_id)
    return tx.execute(query.where(token.c.user_id == user_id).order_by(token.c.id)).all()


def sites_with_role(tx: Executor, user_id: int, is_visible: ColumnElement[bool]) -> Sequence[Row]:
    """Return (id, slug, name, role) of the visible sites by name; the role is None without one."""
    own = (membership.c.site_id == site.c.id) & (membership.c.user_id == user_id)
    query = select(site.c.id, site.c.slug, site.c.name, membership.c.role)
    visible = query.outerjoin(membership, own).where(is_visible)
    return tx.execute(visible.order_by(site.c.name)).all()


def members_of(tx: Executor, site_id: int) -> Sequence[Row]:
    """Return (id, name, is_admin, disabled, role) of the members of a site by name."""
    query = select(user.c.id, user.c.name, user.c.is_admin, user.c.disabled, membership.c.role)
    members = query.join(membership, membership.c.user_id == user.c.id)
    return tx.execute(
        members.where(membership.c.site_id == site_id).order_by(user.c.name_key)
    ).all()
