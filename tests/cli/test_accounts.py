"""Commands for accounts: new passwords end what was open, and mistakes are explained."""

import dataclasses

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from igny8 import sign_in_config
from igny8.cli import accounts
from igny8.cli import passwords as password_commands
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import (
    ApiToken,
    AuditEntry,
    ExternalIdentity,
    LoginSession,
    Membership,
    User,
    passwords,
    second_factor,
)
from tests.factories import make_user

PASSWORD = "four unrelated words here now"


@pytest.fixture
def call(app, monkeypatch):
    """Return a function that runs a command on the app of the test."""
    for module in (accounts, password_commands):
        monkeypatch.setattr(module, "open_database", lambda create=False: app)

    def call(command, *words: str, typed: str = ""):
        return CliRunner().invoke(command, words, input=typed)

    return call


def test_new_password_ends_sessions_and_tokens_and_is_audited(app, call):
    user = make_user("anna")
    with write_transaction() as tx:
        LoginSession.create(tx, user)
        ApiToken.create(tx, user, "script", "read")
    result = call(
        password_commands.reset_password, "Anna", "--password-stdin", typed=f"{PASSWORD}\n"
    )
    assert result.output == "Password of 'anna' changed. 1 session and 1 API token ended.\n"
    with read_transaction() as tx:
        assert passwords.verify_password(PASSWORD, User.fetch(tx, user).password)
        logged = tx.execute(select(AuditEntry.action, AuditEntry.who, AuditEntry.detail)).all()
    assert logged == [("account: reset", "command line", "anna")]


def test_connected_identities_are_named_after_a_new_password(app, call):
    user = make_user("anna")
    with write_transaction() as tx:
        ExternalIdentity.add(tx, user, "https://id.example", "s-1", "anna@example")
    result = call(
        password_commands.reset_password, "anna", "--password-stdin", typed=f"{PASSWORD}\n"
    )
    assert "anna@example at https://id.example can still sign in as 'anna'." in result.output
    link = (
        call(password_commands.reset_password, "anna", "--link")
        .output.split("/invitations/")[1]
        .strip()
    )
    app.config["WTF_CSRF_ENABLED"] = False
    db.session.rollback()
    answer = app.test_client().post(
        f"/invitations/{link}", data={"password": PASSWORD}, follow_redirects=True
    )
    assert "anna@example can sign in to this account as well" in answer.text


def test_password_prompt_is_repeated_and_checked(app, call):
    make_user("anna")
    result = call(password_commands.reset_password, "anna", typed="short\nshort\n")
    assert "at least 10 characters" in str(result.exception)


def test_reset_link_works_once_without_a_maker(app, call):
    user = make_user("anna")
    link = (
        call(password_commands.reset_password, "anna", "--link")
        .output.split("/invitations/")[1]
        .strip()
    )
    app.config["WTF_CSRF_ENABLED"] = False
    for expected in (303, 404):
        db.session.rollback()  # the session of the test's own app context
        answer = app.test_client().post(f"/invitations/{link}", data={"password": PASSWORD})
        assert answer.status_code == expected
    with read_transaction() as tx:
        assert passwords.verify_password(PASSWORD, User.fetch(tx, user).password)


def test_unknown_and_blocked_accounts_are_named(app, call):
    user = make_user("anna")
    make_user("owner", is_admin=True)
    result = call(password_commands.reset_password, "ana", "--link")
    assert "no account 'ana'. Accounts: anna, owner." in str(result.exception)
    with write_transaction() as tx:
        User.set_disabled(tx, user, True)
    assert "is blocked" in str(call(password_commands.reset_password, "anna", "--link").exception)


def test_created_account_has_its_roles(app, site, call):
    words = ("nina", "--site", "green=editor", "--password-stdin")
    assert call(accounts.create_user, *words, typed=f"{PASSWORD}\n").exit_code == 0
    with read_transaction() as tx:
        assert Membership.role_of(tx, User.find(tx, "nina").id, site.id) == "editor"


@pytest.mark.parametrize("name", [" ", "x" * 81])
def test_empty_and_too_long_names_are_refused(app, call, name):
    result = call(accounts.create_user, name, "--password-stdin", typed=f"{PASSWORD}\n")
    assert result.exit_code == 2


def test_second_factor_is_turned_off_on_request(app, call):
    user = make_user("anna")
    with write_transaction() as tx:
        second_factor.start(tx, user)
    call(password_commands.reset_password, "anna", "--link", "--second-factor")
    with read_transaction() as tx:
        assert User.fetch(tx, user).encrypted_totp_secret is None


def test_identity_is_connected_once_and_only_where_a_service_is_configured(app, call):
    user = make_user("anna")
    words = (accounts.connect_identity, "anna", "nina@company")
    assert "IGNY8_OIDC_ISSUER" in str(call(*words).exception)
    sign_in = sign_in_config.load(
        {"IGNY8_SIGN_IN_HEADER": "Remote-User", "IGNY8_SIGN_IN_HEADER_FROM": "10.0.0.1"}
    )
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], sign_in=sign_in)
    assert call(*words).exit_code == 0
    assert "connected with an account already" in str(call(*words).exception)
    with read_transaction() as tx:
        assert ExternalIdentity.find_user(tx, "proxy", "nina@company").id == user
