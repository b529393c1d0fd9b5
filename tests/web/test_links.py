"""Invitation and reset links end with what they were made from; resets end API tokens."""

import pytest
from sqlalchemy import func, select

from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import ApiToken, Invitation, LoginSession, Membership, RateLimit, User, passwords
from tests.factories import make_user, sign_in

PASSWORD = "four unrelated words here now"


@pytest.fixture
def maker(site):
    return make_user("maker", is_admin=True)


def make_link(**about) -> str:
    with write_transaction() as tx:
        return Invitation.create(tx, "maker", **about)


def status(app, token: str) -> int:
    db.session.rollback()  # the session of the test's own app context
    return app.test_client().get(f"/invitations/{token}").status_code


def test_using_a_reset_link_ends_the_others(app, maker):
    user = make_user("forgetful")
    first, second = make_link(user_id=user), make_link(user_id=user)
    answer = app.test_client().post(f"/invitations/{first}", data={"password": PASSWORD})
    assert answer.status_code == 303
    assert status(app, second) == 404


def test_reset_link_ends_when_the_password_changes(app, maker):
    user = make_user("forgetful")
    link = make_link(user_id=user)
    with write_transaction() as tx:
        User.set_password(tx, user, "-")
    assert status(app, link) == 404


@pytest.mark.parametrize("change", ["disable", "demote"])
def test_link_ends_when_its_maker_loses_the_right(app, maker, site, change):
    make_user("other", is_admin=True)
    links = [make_link(), make_link(site_id=site, role="viewer")]
    assert [status(app, link) for link in links] == [200, 200]
    with write_transaction() as tx:
        if change == "disable":
            User.set_disabled(tx, maker, True)
        else:
            User.set_admin(tx, maker, False)
    assert [status(app, link) for link in links] == [404, 404]


def test_link_of_a_site_administrator_ends_with_the_role(app, site):
    maker = make_user("maker", green_garden="administrator")
    link = make_link(site_id=site, role="editor")
    assert status(app, link) == 200
    with write_transaction() as tx:
        Membership.set_role(tx, maker, site, "editor")
    assert status(app, link) == 404


@pytest.mark.parametrize(
    ("has", "offered", "keeps"),
    [
        ("administrator", "viewer", "administrator"),
        ("editor", "reviewer", "editor"),
        ("viewer", "editor", "editor"),
    ],
)
def test_invitation_never_lowers_a_role(app, maker, site, has, offered, keeps):
    user = make_user("member", green_garden=has)
    link = make_link(site_id=site, role=offered)
    answer = sign_in(app.test_client(), user).post(f"/invitations/{link}")
    assert answer.status_code == (303 if keeps != has else 409)
    with read_transaction() as tx:
        assert Membership.role_of(tx, user, site) == keeps
    assert status(app, link) == (404 if keeps != has else 200)


def test_password_reset_and_disabling_end_api_tokens(app, maker, client):
    users = [make_user(name) for name in ("forgetful", "leaver")]
    with write_transaction() as tx:
        for user in users:
            ApiToken.create(tx, user, "script", "read")
    link = make_link(user_id=users[0])
    app.test_client().post(f"/invitations/{link}", data={"password": PASSWORD})
    client.post(f"/admin/accounts/{users[1]}/disable")
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).select_from(ApiToken)).scalar_one() == 0


def test_own_sign_in_does_not_reset_the_count_of_an_address(app, site):
    make_user("attacker", password=passwords.hash_password(PASSWORD))
    refused = 0
    for number in range(60):
        client = app.test_client()
        answer = client.post("/login", data={"name": f"name{number}", "password": "wrong"})
        refused += answer.status_code == 429
        if number % 4 == 3:
            client.post("/login", data={"name": "attacker", "password": PASSWORD})
    assert refused > 10
    with read_transaction() as tx:
        keys = tx.execute(select(RateLimit.key, RateLimit.count)).all()
    assert any(row.key.startswith("login address") and row.count >= 15 for row in keys)


def test_open_links_of_the_installation_are_listed_and_withdrawn(app, maker, client):
    links = [make_link(), make_link(user_id=make_user("forgetful"))]
    page = client.get("/admin/accounts").text
    assert "Open links" in page and "New password for <bdi>forgetful</bdi>" in page
    with read_transaction() as tx:
        ids = tx.execute(select(Invitation.id)).scalars().all()
    for number in ids:
        assert client.post(f"/admin/accounts/links/{number}/withdraw").status_code == 303
    assert [status(app, link) for link in links] == [404, 404]


@pytest.mark.parametrize(("ends", "left"), [("1", 0), ("", 1)])
def test_own_password_change_asks_about_api_tokens(app, site, ends, left):
    user = make_user("me", password=passwords.hash_password(PASSWORD))
    with write_transaction() as tx:
        ApiToken.create(tx, user, "script", "read")
    client = sign_in(app.test_client(), user)
    assert "Also remove 1 API token<" in " ".join(client.get("/account").text.split())
    data = {"old": PASSWORD, "password": PASSWORD + " changed", "end_tokens": ends}
    assert client.post("/account/password", data=data).status_code == 303
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).select_from(ApiToken)).scalar_one() == left


@pytest.mark.parametrize("there_and_back", [("demote", "promote"), ("disable", "enable")])
def test_links_stay_ended_when_the_right_comes_back(app, maker, site, client, there_and_back):
    links = [make_link(), make_link(site_id=site, role="viewer")]
    for verb in there_and_back:
        assert client.post(f"/admin/accounts/{maker}/{verb}").status_code == 303
    assert [status(app, link) for link in links] == [404, 404]


def test_invitation_of_a_site_stays_ended_when_the_role_comes_back(app, site, client):
    maker = make_user("maker", green_garden="administrator")
    link = make_link(site_id=site, role="editor")
    for role in ("viewer", "administrator"):
        path = f"/sites/green-garden/settings/people/{maker}/role"
        assert client.post(path, data={"role": role}).status_code == 303
    assert status(app, link) == 404


@pytest.mark.parametrize("how", ["reset", "own change"])
def test_new_password_ends_the_links_that_its_user_made(app, maker, site, how):
    with write_transaction() as tx:
        User.set_password(tx, maker, passwords.hash_password(PASSWORD))
    make_user("other", is_admin=True)
    link, others = make_link(), make_link_of("other")
    if how == "reset":
        reset = make_link_of("other", user_id=maker)
        app.test_client().post(f"/invitations/{reset}", data={"password": PASSWORD + " new"})
    else:
        form = {"old": PASSWORD, "password": PASSWORD + " new"}
        sign_in(app.test_client(), maker).post("/account/password", data=form)
    assert (status(app, link), status(app, others)) == (404, 200)


def make_link_of(name: str, **about) -> str:
    with write_transaction() as tx:
        return Invitation.create(tx, name, **about)


def test_token_of_a_link_is_not_logged(app, maker, caplog):
    app.config["WTF_CSRF_ENABLED"] = True
    link = make_link()
    with caplog.at_level("INFO"):
        assert app.test_client().post(f"/invitations/{link}", data={}).status_code == 400
    assert "/invitations/…" in caplog.text and link not in caplog.text


@pytest.mark.both_databases
@pytest.mark.parametrize("change", ["password", "block"])
def test_sign_in_that_overlaps_a_change_leaves_no_session(app, site, monkeypatch, change):
    """The password was checked before, the session is made after the change."""
    user = make_user("me", password=passwords.hash_password(PASSWORD))
    real = passwords.verify_password

    def change_meanwhile(password, hashed):
        is_right = real(password, hashed)
        with write_transaction() as tx:
            if change == "password":
                User.set_password(tx, user, "-")
            else:
                User.set_disabled(tx, user, True)
        return is_right

    monkeypatch.setattr(passwords, "verify_password", change_meanwhile)
    answer = app.test_client().post("/login", data={"name": "me", "password": PASSWORD})
    assert answer.status_code == 401
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).select_from(LoginSession)).scalar_one() == 0
