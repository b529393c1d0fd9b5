"""Signing in by the header of a proxy: only a declared one is believed, and only while it says so."""

import dataclasses

import pytest
from sqlalchemy import select
from werkzeug.middleware.proxy_fix import ProxyFix

from igny8 import role_rules, sign_in_config
from igny8.errors import ConfigError
from igny8.extensions import read_transaction
from igny8.models import ROLES, AuditEntry, Membership, User
from tests.factories import make_site, make_user

DECLARED = {
    "IGNY8_SIGN_IN_HEADER": "Remote-User",
    "IGNY8_SIGN_IN_GROUPS_HEADER": "Remote-Groups",
    "IGNY8_SIGN_IN_HEADER_FROM": "10.1.2.3, fd00::/64",
    "IGNY8_SIGN_IN_ROLES": "it=admin; seo=green:editor",
}
PROXY = {"REMOTE_ADDR": "10.1.2.3"}
NINA = {"Remote-User": "nina", "Remote-Groups": "seo, others"}


def declare(app, **environ) -> None:
    settings = sign_in_config.load(DECLARED | environ)
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], sign_in=settings)


def names(app) -> list[str]:
    with read_transaction() as tx:
        return list(tx.execute(select(User.name).order_by(User.id)).scalars())


def enter(app, headers=None, **environ):
    client = app.test_client()
    answer = client.get(
        "/login?next=/account", headers=headers or NINA, environ_base=environ or PROXY
    )
    return client, answer


def test_declared_proxy_signs_in_with_the_roles_of_the_groups(app):
    site = make_site("green")
    declare(app)
    client, answer = enter(app)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    page = client.get("/account", headers=NINA, environ_base=PROXY)
    assert page.status_code == 200 and "nina" in page.text
    with read_transaction() as tx:
        assert Membership.role_of(tx, User.find(tx, "nina").id, site) == "editor"
        [logged] = tx.execute(select(AuditEntry.who, AuditEntry.action, AuditEntry.status)).all()
    assert logged == ("nina", "sign in: proxy", 303)


def test_page_signs_in_automatically(app):
    declare(app)
    client, path = app.test_client(), "/account"
    for expected in ("/login?next=/account", "/account"):
        path = client.get(path, headers=NINA, environ_base=PROXY).headers["Location"]
        assert path == expected


def test_header_is_ignored_without_a_declared_proxy(app):
    client, answer = enter(app)
    assert answer.status_code == 200 and names(app) == []
    assert client.get("/account", headers=NINA, environ_base=PROXY).status_code == 303


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.4", "::1", "fd00:0:0:1::1", "", "x"])
def test_header_of_an_undeclared_peer_is_ignored(app, address):
    declare(app)
    client, answer = enter(app, REMOTE_ADDR=address)
    assert answer.status_code == 200 and names(app) == []


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"])
def test_notations_of_a_declared_peer_are_equal(app, address):
    declare(app)
    assert enter(app, REMOTE_ADDR=address)[1].status_code == 303


def test_forwarding_headers_do_not_identify_the_proxy(app):
    declare(app)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)
    headers = {**NINA, "X-Forwarded-For": "10.1.2.3"}
    assert enter(app, headers, REMOTE_ADDR="192.0.2.9")[1].status_code == 200
    assert names(app) == []
    headers = {**NINA, "X-Forwarded-For": "192.0.2.9"}
    assert enter(app, headers)[1].status_code == 303  # the proxy itself, for a visitor elsewhere


@pytest.mark.parametrize("value", ["nina,admin", " ", "n\x01ina", "x" * 300])
def test_invalid_header_values_name_nobody(app, value):
    declare(app)
    assert enter(app, {"Remote-User": value})[1].status_code == 200
    assert names(app) == []


def test_header_that_is_sent_twice_names_nobody(app):
    declare(app)
    headers = [("Remote-User", "nina"), ("Remote-User", "admin")]
    assert enter(app, headers)[1].status_code == 200


def test_session_ends_when_the_proxy_names_another_user_or_none(app):
    declare(app)
    client, _ = enter(app)
    for headers in ({}, {"Remote-User": "otto"}):
        answer = client.get("/account", headers=headers, environ_base=PROXY)
        assert answer.status_code == 303
    assert client.get("/account", headers=NINA).status_code == 303  # not through the proxy
    assert client.get("/account", headers=NINA, environ_base=PROXY).status_code == 200


def test_local_account_of_the_same_name_is_not_taken_over(app):
    make_user("admin", is_admin=True)
    declare(app)
    client, answer = enter(app, {"Remote-User": "admin"})
    assert answer.status_code == 409
    page = client.get("/admin", headers={"Remote-User": "admin"}, environ_base=PROXY)
    assert page.status_code == 303


def test_blocked_account_cannot_sign_in(app, cast):
    declare(app)
    enter(app)
    with read_transaction() as tx:
        nina = User.find(tx, "nina").id
    assert cast.enter("admin").post(f"/admin/accounts/{nina}/disable").status_code == 303
    assert enter(app)[1].status_code == 403


def test_signing_out_does_not_sign_in_again(app):
    declare(app, IGNY8_SIGN_OUT_URL="https://sso.example.com/logout")
    client, _ = enter(app)
    answer = client.post("/logout", headers=NINA, environ_base=PROXY, follow_redirects=True)
    assert "https://sso.example.com/logout" in answer.text
    with client.session_transaction() as session:
        assert "sid" not in session


def test_header_gives_no_access_to_the_api(app):
    declare(app)
    answer = app.test_client().get("/api/v1/sites/", headers=NINA, environ_base=PROXY)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "environ",
    [
        {"IGNY8_SIGN_IN_HEADER": "Remote-User"},
        {"IGNY8_SIGN_IN_HEADER": "Remote-User", "IGNY8_SIGN_IN_HEADER_FROM": "0.0.0.0/0"},
        {"IGNY8_SIGN_IN_HEADER": "Remote-User", "IGNY8_SIGN_IN_HEADER_FROM": "proxy.lan"},
        {"IGNY8_SIGN_IN_HEADER": "Remote User", "IGNY8_SIGN_IN_HEADER_FROM": "10.0.0.1"},
        {"IGNY8_LOCAL_SIGN_IN": "off"},
        {"IGNY8_LOCAL_SIGN_IN": "no"},
        {"IGNY8_SECOND_FACTOR": "yes"},
        {"IGNY8_OIDC_ISSUER": "http://id.example.com", "IGNY8_OIDC_CLIENT_ID": "x"},
        {"IGNY8_OIDC_ISSUER": "https://id.example.com"},
        {"IGNY8_SIGN_IN_ROLES": "it=owner"},
        {"IGNY8_SIGN_IN_ROLES": "it=green:owner"},
        {"IGNY8_SIGN_IN_ROLES": "=admin"},
    ],
)
def test_unsafe_proxy_settings_are_refused(environ):
    with pytest.raises(
        ConfigError, match="IGNY8_OIDC" if "IGNY8_OIDC_ISSUER" in environ else next(iter(environ))
    ):
        sign_in_config.load(environ)


def test_roles_of_rules_are_those_of_sites():
    assert set(role_rules.SITE_ROLES) == set(ROLES)
