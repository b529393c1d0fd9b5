"""Set new passwords of accounts, or print links for it."""

import sys
from typing import Any

import click
from flask import Flask
from sqlalchemy import Row

from igny8.cli.common import open_database
from igny8.cli.find_user import find_user
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.formatting import pluralize
from igny8.models import (
    ApiToken,
    AuditEntry,
    ExternalIdentity,
    Invitation,
    LoginSession,
    User,
    passwords,
)
from igny8.models import second_factor as second_factors


def read_password(from_stdin: bool) -> str:
    """Return a new password, read from standard input or prompted for twice."""
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
    """Set a new password for the account NAME, or print a reset link.

    A new password ends all sessions, API tokens and other reset links of the account.
    """
    if link and password_stdin:
        raise click.UsageError("Use either --link or --password-stdin.")
    app = open_database()
    with app.app_context():
        row = _find_active(name)
        if second_factor:
            _disable_second_factor(row)
        if link:
            click.echo(_reset_link(app, row))
        else:
            _set_password(row, read_password(password_stdin))


def _find_active(name: str) -> Row[Any]:
    """Return the row of an account; raise Igny8Error if there is none or it is blocked."""
    with read_transaction() as tx:
        row = find_user(tx, name)
    if row.disabled:
        raise Igny8Error(f"The account {row.name!r} is blocked. Unblock it under Accounts.")
    return row


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


def _set_password(row: Row[Any], password: str) -> None:
    """Store a password; print what it ended and who else can still sign in."""
    problem = passwords.password_problem(password, row.name)
    if problem:
        raise Igny8Error(problem)
    hashed = passwords.hash_password(password)
    with write_transaction() as tx:
        User.set_password(tx, row.id, hashed)
        Invitation.delete_unused_links(tx, row.id)
        sessions, tokens = LoginSession.end_all(tx, row.id), ApiToken.remove_all(tx, row.id)
        AuditEntry.log(tx, "account: reset", "command line", detail=row.name)
        identities = ExternalIdentity.fetch_of_user(tx, row.id)
    click.echo(
        f"Password of {row.name!r} changed. {pluralize(sessions, 'sessions')} and "
        f"{pluralize(tokens, 'API tokens')} ended."
    )
    for identity in identities:
        click.echo(f"{identity.label} at {identity.issuer} can still sign in as {row.name!r}.")
