"""Commands that create accounts and tokens; whoever may run them on the server needs no login."""

import sys
from datetime import timedelta

import click
from flask import Flask

from igny8 import clock
from igny8.cli.common import find_site, open_database
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ROLES, ApiToken, AuditEntry, Membership, User, passwords
from igny8.models.api_token import SCOPES
from igny8.models.tokens import setup_token


@click.command(name="setup-link")
def setup_link() -> None:
    """Print the link that creates the first account; there is none once an account exists."""
    app = open_database(create=True)
    settings = app.config["SETTINGS"]
    if not print_setup_link(app, f"http://{settings.host}:{settings.port}"):
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
            user_id = User.create(tx, " ".join(name.split())[:80], hashed, is_admin=admin)
            for site_id, role in sites.items():
                Membership.put(tx, user_id, site_id, role)
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


@click.command(name="create-token")
@click.argument("user")
@click.option("--name", default="command line", show_default=True, help="A name to know it by.")
@click.option("--scope", type=click.Choice(list(SCOPES)), default="read", show_default=True)
@click.option(
    "--days", type=click.IntRange(1, 3650), help="Expires after this many days; default: never."
)
def create_token(user: str, name: str, scope: str, days: int | None) -> None:
    """Create an API token for USER and print it, this once."""
    app = open_database()
    with app.app_context(), write_transaction() as tx:
        row = User.find(tx, user)
        if row is None:
            raise Igny8Error(f"There is no account {user!r}. Create it with “igny8 create-user”.")
        expires_at = clock.now() + timedelta(days=days) if days else None
        token = ApiToken.create(tx, row.id, name, scope, expires_at)
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
