"""Commands that create accounts and tokens; access to the server is sufficient, without a login."""

from datetime import timedelta

import click
from flask import Flask

from igny8 import clock
from igny8.cli.common import find_site, open_database
from igny8.cli.find_user import find_user
from igny8.cli.passwords import read_password
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    ROLES,
    ApiToken,
    AuditEntry,
    ExternalIdentity,
    Membership,
    User,
    passwords,
)
from igny8.models.api_token import SCOPES
from igny8.models.external_identity import PROXY_ISSUER
from igny8.models.tokens import setup_token
from igny8.models.user import MAX_NAME_CHARS

ACCOUNT_EXISTS = (
    "There is an account already. Create another with “igny8 create-user NAME --admin”."
)


@click.command(name="setup-link")
def setup_link() -> None:
    """Print the link that creates the first account; fail if an account exists."""
    app = open_database(create=True)
    if not print_setup_link(app, app.config["SETTINGS"].address()):
        raise Igny8Error(ACCOUNT_EXISTS)


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
    """Create an account; prompt for the password."""
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME_CHARS:
        raise click.BadParameter(f"use 1 to {MAX_NAME_CHARS} characters", param_hint="NAME")
    app = open_database(create=True)
    roles = _parse_roles(site_roles)
    with app.app_context():
        sites = {find_site(slug).id: role for slug, role in roles.items()}
        password = read_password(password_stdin)
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


@click.command(name="connect-identity")
@click.argument("name")
@click.argument("subject")
@click.option(
    "--issuer",
    help="Of the OpenID provider, or “proxy” for a name in a proxy's header; default: the one "
    "that is configured.",
)
def connect_identity(name: str, subject: str, issuer: str | None) -> None:
    """Let the account NAME sign in as SUBJECT of another service."""
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


@click.command(name="create-token")
@click.argument("user")
@click.option("--name", default="command line", show_default=True, help="A name for the token.")
@click.option("--scope", type=click.Choice(list(SCOPES)), default="read", show_default=True)
@click.option(
    "--days", type=click.IntRange(1, 3650), help="Expires after this many days; default: never."
)
@click.option("--may-decide", is_flag=True, help="May approve, reject and publish.")
def create_token(user: str, name: str, scope: str, days: int | None, may_decide: bool) -> None:
    """Create an API token for USER and print it; it is not available later."""
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
