"""Accounts of users whom another service signed in, and the roles of their groups."""

from dataclasses import dataclass, field

from flask import abort, current_app, request, session
from sqlalchemy import Connection, Row

from igny8.errors import ActionRefused
from igny8.extensions import write_transaction
from igny8.models import ROLES, ExternalIdentity, Invitation, LoginSession, Membership, Site, User
from igny8.models.user import MAX_NAME_CHARS, NO_PASSWORD
from igny8.role_rules import RoleRule
from igny8.web.auth.current_user import start_session

NOT_ADMITTED = "{} is not allowed to use this installation. Ask its administrator."


@dataclass(frozen=True)
class Identity:
    """A user as named by another service; `name` is for a new account, `label` for pages.

    `may_join` is whether an account is created even without a role from the groups.
    """

    issuer: str
    subject: str
    name: str
    label: str
    groups: frozenset[str] = field(default=frozenset())
    may_join: bool = False


def sign_in(identity: Identity, via: str) -> str:
    """Sign in the account of an identity, created if new; return the account's name.

    Raise ActionRefused if the user may not sign in, or if a new account's name is taken.
    """
    with write_transaction() as tx:
        row = _account(tx, identity)
        _apply_roles(tx, row, identity.groups)
        ExternalIdentity.record_use(tx, identity.issuer, identity.subject)
        token = LoginSession.create(
            tx, row.id, request.remote_addr or "", request.user_agent.string
        )
    start_session(token)
    session["via"] = via
    return row.name


def granted_roles(groups: frozenset[str]) -> tuple[bool, dict[str, str]]:
    """Return whether the groups grant administration, and {site slug: role}."""
    mine = [rule for rule in _rules() if rule.group in groups]
    roles: dict[str, str] = {}
    for rule in mine:
        if rule.site is not None and (
            rule.site not in roles or ROLES[rule.role] > ROLES[roles[rule.site]]
        ):
            roles[rule.site] = rule.role
    return any(rule.site is None for rule in mine), roles


def _account(tx: Connection, identity: Identity) -> Row:
    """Return the row of the identity's user, created if the identity is new and may join."""
    row = ExternalIdentity.find_user(tx, identity.issuer, identity.subject)
    if row is None:
        user_id = _create(tx, identity)
        row = User.fetch(tx, user_id) or abort(401)
    if not User.lock_unchanged(tx, row):
        raise ActionRefused(f"The account {row.name} is blocked. Ask an administrator.", 403)
    return row


def _create(tx: Connection, identity: Identity) -> int:
    is_admin, roles = granted_roles(identity.groups)
    if not (identity.may_join or is_admin or roles):
        raise ActionRefused(NOT_ADMITTED.format(identity.label), 403)
    name = " ".join(identity.name.split())
    problem = User.name_problem(name) if name else "It is empty."
    if problem or len(name) > MAX_NAME_CHARS:
        raise ActionRefused(f"The name {name[:MAX_NAME_CHARS]!r} cannot be used. {problem}", 403)
    if User.find(tx, name) is not None:
        raise ActionRefused(
            f"There is an account {name!r} already. If it is yours, sign in with its password and "
            "connect it under Account, or let whoever runs the server do it: "
            "“igny8 connect-identity”."
        )
    user_id = User.create(tx, name, NO_PASSWORD)
    ExternalIdentity.add(tx, user_id, identity.issuer, identity.subject, identity.label)
    return user_id


def _apply_roles(tx: Connection, row: Row, groups: frozenset[str]) -> None:
    """Set a user's roles to those of the groups, as far as the rules name them."""
    is_admin, roles = granted_roles(groups)
    if any(rule.site is None for rule in _rules()) and row.is_admin != is_admin:
        _set_admin(tx, row, is_admin)
    for slug in sorted({rule.site for rule in _rules() if rule.site is not None}):
        site = Site.find(slug, tx)
        if site is None or site.slug != slug:
            current_app.logger.warning("IGNY8_SIGN_IN_ROLES: there is no site %r", slug)
        else:
            _set_role(tx, row.id, site.id, roles.get(slug))


def _set_admin(tx: Connection, row: Row, is_admin: bool) -> None:
    try:
        User.set_admin(tx, row.id, is_admin)
        if not is_admin:
            Invitation.end_made_by(tx, row.id)
    except ActionRefused:
        current_app.logger.warning(
            "%s is the last administrator, so it stays one although its groups say otherwise",
            row.name,
        )


def _set_role(tx: Connection, user_id: int, site_id: int, role: str | None) -> None:
    if Membership.role_of(tx, user_id, site_id) == role:
        return
    Site.lock(tx, site_id)
    if role is None:
        Membership.remove(tx, user_id, site_id)
    else:
        Membership.set_role(tx, user_id, site_id, role)
    if role != "administrator":
        Invitation.end_made_by(tx, user_id, site_id)


def _rules() -> tuple[RoleRule, ...]:
    rules: tuple[RoleRule, ...] = current_app.config["SETTINGS"].sign_in.roles
    return rules
