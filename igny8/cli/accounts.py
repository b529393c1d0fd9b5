"""Commands that create accounts and tokens; whoever may run them on the server needs no login."""

import sys
from datetime import timedelta
from typing import Any

import click
from flask import Flask
from sqlalchemy import Row, select

from igny8 import clock
from igny8.cli.common import find_site, open_database
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.formatting import pluralize
from igny8.models import (
    ROLES,
    ApiToken,
    AuditEntry,
    ExternalIdentity,
    Invitation,
    LoginSession,
    Membership,
    User,
    passwords,
)
from igny8.models import second_factor as second_factors
from igny8.models.api_token import SCOPES
from igny8.models.base import Executor
from igny8.models.external_identity import PROXY_ISSUER
from igny8.models.tokens import setup_token
from igny8.models.user import MAX_NAME_CHARS


@click.command(name="setup-link")
def setup_link() -> None:
    """Print the link that creates the first account; there is none once an account exists."""
    app = open_database(create=True)
    settings = app.config["SETTINGS"]
    if not print_setup_link(app, settings.address()):
        raise Igny8Error(
            "There is an account already. Create another with “igny8 create-user NAME --admin”."
        )


@click.command(name="create-user")
@click.argument("name")
@click.option("--admin", is_flag=True, help="An administrator of the whole installation.")
@click.option(
    "--site",
    "site_roles",
    multiple=True,
    metavar="SITE=ROLE",
    help=f"Give a role on a site: {', '.join(ROLES)}.",
)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, for scripts."
)
def create_user(name: str, admin: bool, site_roles: tuple[str, ...], password_stdin: bool) -> None:
    """Create an account; the password is asked for."""
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME_CHARS:
        raise click.BadParameter(f"use 1 to {MAX_NAME_CHARS} characters", param_hint="NAME")
    app = open_database(create=True)
    roles = _parse_roles(site_roles)
    with app.app_context():
        sites = {find_site(slug).id: role for slug, role in roles.items()}
        password = _read_password(password_stdin)
        problem = User.name_problem(name) or passwords.password_problem(password, name)
        if problem:
            raise Igny8Error(problem)
        hashed = passwords.hash_password(password)
        with write_transaction() as tx:
            user_id = User.create(tx, name, hashed, is_admin=admin)
            for site_id, role in sites.items():
                Membership.set_role(tx, user_id, site_id, role)
            AuditEntry.log(tx, "account: make", "command line", detail=name)
    click.echo(f"Created the account {name!r}.")


def _parse_roles(site_roles: tuple[str, ...]) -> dict[str, str]:
    """Return {site: role} from options of the form SITE=ROLE."""
    roles = {}
    for option in site_roles:
        site, _, role = option.rpartition("=")
        if not site or role not in ROLES:
            raise click.BadParameter(
                f"use SITE=ROLE, where ROLE is one of {', '.join(ROLES)}", param_hint="--site"
            )
        roles[site] = role
    return roles


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@click.command(name="reset-password")
@click.argument("name")
@click.option("--link", is_flag=True, help="Print a link that sets a new password once.")
@click.option("--second-factor", is_flag=True, help="Turn the second factor off as well.")
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, for scripts."
)
def reset_password(name: str, link: bool, second_factor: bool, password_stdin: bool) -> None:
    """Set a new password for the account NAME, or print a link that does so.

    All sessions, API tokens and other reset links of the account end with a new password.
    """
    if link and password_stdin:
        raise click.UsageError("Use either --link or --password-stdin.")
    app = open_database()
    with app.app_context():
        with read_transaction() as tx:
            row = find_user(tx, name)
        if row.disabled:
            raise Igny8Error(f"The account {row.name!r} is blocked. Unblock it under Accounts.")
        if second_factor:
            _disable_second_factor(row)
        if link:
            click.echo(_reset_link(app, row))
            return
        sessions, tokens = _set_password(row, _read_password(password_stdin))
        with read_transaction() as tx:
            identities = ExternalIdentity.fetch_of_user(tx, row.id)
    click.echo(
        f"Password of {row.name!r} changed. {pluralize(sessions, 'sessions')} and "
        f"{pluralize(tokens, 'API tokens')} ended."
    )
    for identity in identities:
        click.echo(f"{identity.label} at {identity.issuer} can still sign in as {row.name!r}.")


@click.command(name="connect-identity")
@click.argument("name")
@click.argument("subject")
@click.option(
    "--issuer",
    help="Of the OpenID provider, or “proxy” for a name in a proxy's header; default: the one "
    "that is configured.",
)
def connect_identity(name: str, subject: str, issuer: str | None) -> None:
    """Let SUBJECT, as another service names a person, sign in as the account NAME."""
    app = open_database()
    settings = app.config["SETTINGS"].sign_in
    issuer = issuer or (settings.oidc.issuer if settings.oidc else PROXY_ISSUER)
    if settings.oidc is None and settings.proxy is None:
        raise Igny8Error("Neither IGNY8_OIDC_ISSUER nor IGNY8_SIGN_IN_HEADER is set here.")
    with app.app_context(), write_transaction() as tx:
        row = find_user(tx, name)
        ExternalIdentity.add(tx, row.id, issuer, subject, subject)
        AuditEntry.log(
            tx, "connect an identity", "command line", detail=f"{subject} at {issuer} as {row.name}"
        )
    click.echo(f"{subject} at {issuer} signs in as {row.name!r} from now on.")


def find_user(tx: Executor, name: str) -> Row[Any]:
    """Return the row of an account by name; raise Igny8Error that lists some names."""
    row = User.find(tx, name)
    if row is not None:
        return row
    names = tx.execute(select(User.name).order_by(User.name_key).limit(10)).scalars().all()
    known = f" Accounts: {', '.join(names)}." if names else ""
    raise Igny8Error(
        f"There is no account {name!r}.{known} Create one with “igny8 create-user NAME”."
    )


def _disable_second_factor(row: Row[Any]) -> None:
    with write_transaction() as tx:
        second_factors.disable(tx, row.id)
        AuditEntry.log(tx, "account: unpair", "command line", detail=row.name)


def _reset_link(app: Flask, row: Row[Any]) -> str:
    """Return a sentence with a new reset link."""
    settings = app.config["SETTINGS"]
    with write_transaction() as tx:
        token = Invitation.create(tx, None, user_id=row.id)
        AuditEntry.log(tx, "account: reset", "command line", detail=row.name)
    return (
        f"Whoever opens this link within a week sets a new password for {row.name!r}, once:\n"
        f"  {settings.address()}/invitations/{token}"
    )


def _set_password(row: Row[Any], password: str) -> tuple[int, int]:
    """Store a password; return how many sessions and API tokens ended."""
    problem = passwords.password_problem(password, row.name)
    if problem:
        raise Igny8Error(problem)
    hashed = passwords.hash_password(password)
    with write_transaction() as tx:
        User.set_password(tx, row.id, hashed)
        Invitation.end_with_password(tx, row.id)
        ended = LoginSession.end_all(tx, row.id), ApiToken.remove_all(tx, row.id)
        AuditEntry.log(tx, "account: reset", "command line", detail=row.name)
    return ended


@click.command(name="create-token")
@click.argument("user")
@click.option("--name", default="command line", show_default=True, help="A name for the token.")
@click.option("--scope", type=click.Choice(list(SCOPES)), default="read", show_default=True)
@click.option(
    "--days", type=click.IntRange(1, 3650), help="Expires after this many days; default: never."
)
@click.option("--may-decide", is_flag=True, help="May approve, reject and publish.")
def create_token(user: str, name: str, scope: str, days: int | None, may_decide: bool) -> None:
    """Create an API token for USER and print it, this once."""
    app = open_database()
    with app.app_context(), write_transaction() as tx:
        row = find_user(tx, user)
        if row.disabled:
            raise Igny8Error(f"The account {row.name!r} is blocked, so its tokens would not work.")
        expires_at = clock.now() + timedelta(days=days) if days else None
        token = ApiToken.create(tx, row.id, name, scope, expires_at, may_decide=may_decide)
        AuditEntry.log(tx, "make a token", "command line", detail=f"user {row.name}, scope {scope}")
    click.echo(token)


def print_setup_link(app: Flask, address: str) -> bool:
    """Print the link that creates the first account, if none exists; return whether it did."""
    with app.app_context(), read_transaction() as tx:
        if User.exists(tx):
            return False
    token = setup_token(app.config["SETTINGS"].secret_key)
    click.echo(
        "No account exists yet. Open this link to create the first one:\n"
        f"  {address}/setup?token={token}"
    )
    return True
