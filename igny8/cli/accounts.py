"""Accounts and tokens, made by whoever has the server; this needs no login."""

import sys
from datetime import timedelta

import click

from igny8 import clock
from igny8.cli.common import find_site, ready_app
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ROLES, ApiToken, AuditEntry, Membership, User, passwords
from igny8.models.api_token import SCOPES
from igny8.models.tokens import setup_token


@click.command(name="setup-link")
def setup_link() -> None:
    """Print the link of the first account again; there is none once it is made."""
    app = ready_app()
    settings = app.config["SETTINGS"]
    if not print_setup_link(app, f"http://{settings.host}:{settings.port}"):
        raise Igny8Error(
            "There is an account already. “igny8 create-user NAME --admin” makes another one."
        )


@click.command(name="create-user")
@click.argument("name")
@click.option("--admin", is_flag=True, help="An administrator of the whole installation.")
@click.option(
    "--site",
    "site_roles",
    multiple=True,
    metavar="SITE=ROLE",
    help=f"Give a place on a site: {', '.join(ROLES)}.",
)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, for scripts."
)
def create_user(name, admin, site_roles, password_stdin) -> None:
    """Make an account; the password is asked for."""
    app = ready_app()
    roles = dict(place.rpartition("=")[::2] for place in site_roles)
    if not set(roles.values()) <= set(ROLES) or "" in roles:
        raise click.BadParameter(
            f"use SITE=ROLE, where ROLE is one of {', '.join(ROLES)}", param_hint="--site"
        )
    with app.app_context():
        sites = {find_site(slug).id: role for slug, role in roles.items()}
        password = (
            sys.stdin.readline().rstrip("\n")
            if password_stdin
            else click.prompt("Password", hide_input=True, confirmation_prompt=True)
        )
        weakness = User.name_problem(name) or passwords.password_problem(password, name)
        if weakness:
            raise Igny8Error(weakness)
        hashed = passwords.hash_password(password)
        with write_transaction() as tx:
            user_id = User.create(tx, " ".join(name.split())[:80], hashed, is_admin=admin)
            for site_id, role in sites.items():
                Membership.set_role(tx, user_id, site_id, role)
            AuditEntry.log(tx, "account: make", "command line", detail=name)
    click.echo(f"Made the account {name!r}.")


@click.command(name="create-token")
@click.argument("user")
@click.option("--name", default="command line", show_default=True, help="To know it by.")
@click.option("--scope", type=click.Choice(list(SCOPES)), default="read", show_default=True)
@click.option(
    "--days", type=click.IntRange(1, 3650), help="Ends after so many days; without it, never."
)
def create_token(user, name, scope, days) -> None:
    """Make a token for a program of USER and print it, this once."""
    app = ready_app()
    with app.app_context(), write_transaction() as tx:
        row = User.find(tx, user)
        if row is None:
            raise Igny8Error(f"There is no account {user!r}. Make it with “igny8 create-user”.")
        ends = clock.now() + timedelta(days=days) if days else None
        token = ApiToken.create(tx, row.id, name, scope, ends)
        AuditEntry.log(tx, "make a token", "command line", detail=f"user {row.name}, scope {scope}")
    click.echo(token)


def print_setup_link(app, address: str) -> bool:
    """Print the link of the first account while there is none; return whether it was printed."""
    with app.app_context(), read_transaction() as tx:
        if User.exists(tx):
            return False
    token = setup_token(app.config["SETTINGS"].secret_key)
    click.echo(
        f"Nobody has an account yet. Open this link to begin:\n  {address}/setup?token={token}"
    )
    return True
