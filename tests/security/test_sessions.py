"""A session lives on the server: it is new at each login, and ends for good when it ends."""

from datetime import timedelta

import pytest

from igny8 import clock
from igny8.extensions import read_transaction, write_transaction
from igny8.models import LoginSession, Membership, Site, passwords
from tests.factories import make_user
from tests.security.conftest import PASSWORD


@pytest.fixture
def me(app):
    return make_user("me", is_admin=True, password=passwords.hash_password(PASSWORD))


def come_in(app, **options):
    client = app.test_client()
    assert (
        client.post("/login", data={"name": "me", "password": PASSWORD}, **options).status_code
        == 303
    )
    return client


def cookie(client, name: str):
    return client.get_cookie(name)


def test_session_id_changes_at_login(app, me):
    client = app.test_client()
    with client.session_transaction() as session:
        session["sid"] = "planted"
    client.post("/login", data={"name": "me", "password": PASSWORD})
    with client.session_transaction() as session:
        assert session["sid"] != "planted" and "csrf_token" not in session


def test_cookie_is_invalid_after_signing_out(app, me):
    client = come_in(app)
    kept = cookie(client, app.config["SESSION_COOKIE_NAME"]).value
    client.post("/logout")
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], kept)
    assert client.get("/account").status_code == 303


def test_new_password_signs_out_other_browsers(app, me):
    here, there = come_in(app), come_in(app)
    new = "purple marmot on a ladder"
    assert (
        here.post("/account/password", data={"old": PASSWORD, "password": new}).status_code == 303
    )
    assert here.get("/account").status_code == 200 and there.get("/account").status_code == 303


def test_new_password_requires_the_old_one(app, me):
    here = come_in(app)
    answer = here.post(
        "/account/password", data={"old": "wrong", "password": "purple marmot on a ladder"}
    )
    assert answer.status_code == 422
    assert come_in(app)


def test_blocked_account_is_signed_out_immediately(app, cast):
    there = cast.enter("editor")
    cast.enter("admin").post(f"/admin/accounts/{cast.ids['editor']}/disable")
    assert there.get("/sites/green-garden/keywords").status_code == 303


def test_changed_role_applies_to_the_next_request(app, cast):
    there = cast.enter("editor")
    with write_transaction() as tx:
        Membership.set_role(tx, cast.ids["editor"], Site.find("green-garden", tx).id, "viewer")
    assert (
        there.post(
            "/sites/green-garden/keywords/change", data={"verb": "disable", "ids": "1"}
        ).status_code
        == 403
    )


def test_changed_role_signs_out_all_browsers(app, cast):
    there = cast.enter("editor")
    cast.enter("administrator").post(
        f"/sites/green-garden/settings/people/{cast.ids['editor']}/role", data={"role": "viewer"}
    )
    assert there.get("/sites/green-garden/keywords").status_code == 303


def test_demoted_administrator_is_signed_out(app, cast):
    other = make_user("second", is_admin=True)
    cast.ids["second"] = other
    there = cast.enter("second")
    cast.enter("admin").post(f"/admin/accounts/{other}/demote")
    assert there.get("/admin").status_code == 303


def test_last_installation_administrator_cannot_be_demoted(cast):
    me = cast.ids["admin"]
    assert cast.enter("admin").post(f"/admin/accounts/{me}/demote").status_code == 409
    assert cast.enter("admin").post(f"/admin/accounts/{me}/disable").status_code == 409


def test_sessions_end_when_they_are_idle_and_when_they_are_old(app, me, monkeypatch):
    for days in (8, 31):
        client, real = come_in(app), clock.now
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda real=real, days=days: real() + timedelta(days=days))
            assert client.get("/account").status_code == 303


def test_session_cookie_has_its_security_attributes(app, me):
    plain = (
        app.test_client()
        .post("/login", data={"name": "me", "password": PASSWORD})
        .headers["Set-Cookie"]
    )
    secure = app.test_client().post(
        "https://localhost/login", data={"name": "me", "password": PASSWORD}
    )
    sealed = secure.headers["Set-Cookie"]
    for header in (plain, sealed):
        assert (
            "HttpOnly" in header
            and "SameSite=Lax" in header
            and "Path=/" in header
            and "Domain" not in header
        )
    assert sealed.startswith("__Host-") and "Secure" in sealed and "Secure" not in plain


def test_other_sessions_can_be_ended(app, me):
    here, there = come_in(app), come_in(app)
    with read_transaction() as tx:
        ids = sorted(tx.execute(LoginSession.__table__.select()).scalars())
    assert here.post(f"/account/sessions/{ids[-1]}/end").status_code == 303
    assert there.get("/account").status_code == 303 and here.get("/account").status_code == 200


def test_sessions_of_other_users_cannot_be_ended(app, cast):
    there = cast.enter("viewer")
    with read_transaction() as tx:
        [theirs] = tx.execute(LoginSession.__table__.select()).scalars()
    cast.enter("stranger").post(f"/account/sessions/{theirs}/end")
    assert there.get("/account").status_code == 200
