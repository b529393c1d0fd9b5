"""Signing in with OpenID Connect, against a real provider: what is verified, and what is refused."""

import base64
import dataclasses
import json
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select

from igny8 import sign_in_config
from igny8.extensions import read_transaction, write_transaction
from igny8.models import AuditEntry, ExternalIdentity, Invitation, Membership, Site, User, passwords
from igny8.web.auth import openid_client
from tests.factories import make_site, make_user, sign_in
from tests.security.conftest import PASSWORD
from tests.security.openid_provider import CLIENT_ID, CLIENT_SECRET, openid_provider
from tests.security.outside import Stay

ROLES = "it=admin; seo=green:editor; readers=green:viewer"


@pytest.fixture
def provider(app, monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # for the provider, on this machine
    openid_client.forget_metadata()
    with openid_provider() as provider:
        configure(app, provider)
        yield provider


def configure(app, provider, **environ) -> None:
    """Let the app know the provider, as its environment variables would."""
    known = {
        "IGNY8_OIDC_ISSUER": provider.address,
        "IGNY8_OIDC_CLIENT_ID": CLIENT_ID,
        "IGNY8_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "IGNY8_OIDC_NAME": "Company",
        "IGNY8_SIGN_IN_ROLES": ROLES,
    }
    settings = sign_in_config.load(known | environ)
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], sign_in=settings)


def go_to_provider(client, path: str = "/login/openid?next=/account") -> str:
    """Return where the provider sends the browser back to."""
    answer = client.get(path)
    assert answer.status_code == 303, answer.text
    opener = urllib.request.build_opener(Stay)
    try:
        opener.open(answer.headers["Location"], timeout=30)
    except urllib.error.HTTPError as redirect:
        assert redirect.code == 302, redirect.read()
        where = urlsplit(redirect.headers["Location"])
        return f"{where.path}?{where.query}"
    raise AssertionError("the provider did not redirect")


def enter(app, client=None):
    """Return a client and its answer after a whole sign-in."""
    client = client or app.test_client()
    return client, client.get(go_to_provider(client))


def account(name: str):
    with read_transaction() as tx:
        return User.find(tx, name)


def test_new_person_gets_an_account_with_the_roles_of_the_groups(app, provider):
    site = make_site("green")
    provider.user |= {"groups": ["readers", "seo", "others"]}
    client, answer = enter(app)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert "nina" in client.get("/account").text
    row = account("nina")
    with read_transaction() as tx:
        assert Membership.role_of(tx, row.id, site) == "editor" and not row.is_admin
        logged = tx.execute(select(AuditEntry.who, AuditEntry.action, AuditEntry.status)).all()
    assert ("nina", "sign in: OpenID", 303) in logged


def test_roles_follow_the_groups_at_each_sign_in(app, provider):
    site = make_site("green")
    make_user("owner", is_admin=True)
    provider.user |= {"groups": ["it", "seo"]}
    enter(app)
    assert account("nina").is_admin
    provider.user["groups"] = ["readers"]
    enter(app)
    assert not account("nina").is_admin
    provider.user["groups"] = []
    enter(app)
    with read_transaction() as tx:
        assert Membership.role_of(tx, account("nina").id, site) is None


def test_last_administrator_keeps_the_role(app, provider):
    provider.user |= {"groups": ["it"]}
    enter(app)
    provider.user["groups"] = ["readers"]
    assert enter(app)[1].status_code == 303
    assert account("nina").is_admin


def test_users_without_a_role_or_rule_get_no_account(app, provider):
    assert enter(app)[1].status_code == 403
    assert account("nina") is None


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"email": "nina@example.com", "email_verified": True}, 303),
        ({"email": "nina@example.com", "email_verified": False}, 403),
        ({"email": "nina@example.com"}, 403),
        ({"email": "nina@evil.example.com", "email_verified": True}, 403),
        ({"email": "nina@example.com@evil.example", "email_verified": True}, 403),
        ({}, 403),
    ],
)
def test_domains_count_for_verified_addresses_only(app, provider, claims, status):
    configure(app, provider, IGNY8_OIDC_ALLOWED_DOMAINS="example.com")
    provider.user |= claims
    assert enter(app)[1].status_code == status


@pytest.mark.parametrize(("groups", "status"), [(["igny8"], 303), (["igny8x"], 403), (None, 403)])
def test_required_claim_is_required(app, provider, groups, status):
    configure(app, provider, IGNY8_OIDC_REQUIRED_CLAIM="groups=igny8")
    provider.user |= {"groups": groups}
    assert enter(app)[1].status_code == status


def test_existing_account_is_never_taken_over(app, provider):
    victim = make_user("nina", is_admin=True)
    for claims in (
        {"preferred_username": "NINA"},
        {"preferred_username": None, "email": "nina", "email_verified": True},
    ):
        provider.user |= {"groups": ["seo"], **claims}
        client, answer = enter(app)
        assert answer.status_code == 409 and "already" in answer.text
        assert client.get("/account").status_code == 303
    with read_transaction() as tx:
        assert ExternalIdentity.fetch_of_user(tx, victim) == []


def test_identity_is_matched_by_subject_not_name(app, provider):
    provider.user |= {"groups": ["seo"]}
    enter(app)
    provider.user |= {"preferred_username": "renamed"}
    client, _ = enter(app)
    assert "nina" in client.get("/account").text
    provider.user |= {"sub": "s-2", "preferred_username": "nina"}
    assert enter(app)[1].status_code == 409


def test_blocked_account_cannot_sign_in(app, provider):
    provider.user |= {"groups": ["seo"]}
    make_user("owner", is_admin=True)
    enter(app)
    with write_transaction() as tx:
        User.set_disabled(tx, account("nina").id, True)
    assert enter(app)[1].status_code == 403


def test_request_carries_state_nonce_and_a_hashed_verifier(app, provider):
    asked = app.test_client().get("/login/openid")
    query = parse_qs(urlsplit(asked.headers["Location"]).query)
    assert query["code_challenge_method"] == ["S256"] and len(query["code_challenge"][0]) == 43
    assert len(query["state"][0]) >= 43 and len(query["nonce"][0]) >= 43
    assert query["scope"] == ["openid profile email"]


def test_answer_without_or_with_another_state_is_refused(app, provider):
    provider.user |= {"groups": ["seo"]}
    client = app.test_client()
    back = go_to_provider(client)
    assert app.test_client().get(back).status_code == 400  # another browser
    other = app.test_client()
    go_to_provider(other)
    assert other.get(back).status_code == 400  # the state of somebody else
    assert client.get(f"{back}&iss=https://evil.example").status_code == 400
    assert client.get(back).status_code == 400  # each answer counts once
    assert account("nina") is None


def test_answer_that_comes_too_late_is_refused(app, provider, hours_later):
    client = app.test_client()
    back = go_to_provider(client)
    hours_later(601)
    assert client.get(back).status_code == 400


def test_refusal_of_the_provider_is_shown_as_text(app, provider):
    client = app.test_client()
    query = parse_qs(urlsplit(client.get("/login/openid").headers["Location"]).query)
    answer = client.get(
        "/login/openid/callback",
        query_string={"state": query["state"][0], "error_description": "<script>no</script>"},
    )
    assert answer.status_code == 403 and "&lt;script&gt;no" in answer.text


@pytest.mark.parametrize(
    "forged",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": ["another-client"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"iat": 99_999_999_999},
        {"sub": None},
        {"sub": ""},
    ],
)
def test_forged_claims_are_refused(app, provider, forged):
    configure(app, provider, IGNY8_OIDC_REQUIRED_CLAIM="groups=seo")
    provider.user |= {"groups": ["seo"]}
    provider.forge = forged
    assert enter(app)[1].status_code in (403, 502)
    assert account("nina") is None


@pytest.mark.parametrize("how", ["another key", "HS256 with the client secret", "none"])
def test_forged_signatures_are_refused(app, provider, how):
    provider.user |= {"groups": ["it"]}
    if how == "another key":
        provider.signing_key = RSAKey.generate_key(2048, {"kid": "k1"})
    elif how == "none":
        provider.encode = lambda claims: unsigned(claims)
    else:
        provider.algorithm = "HS256"
    assert enter(app)[1].status_code == 502
    assert account("nina") is None


def unsigned(claims: dict) -> str:
    parts = ({"alg": "none"}, claims)
    return (
        ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
            for part in parts
        )
        + "."
    )


def test_verifier_of_another_browser_is_refused_by_the_provider(app, provider):
    client = app.test_client()
    back = go_to_provider(client)
    with client.session_transaction() as session:
        session["openid"] = {**session["openid"], "verifier": "x" * 43}
    assert client.get(back).status_code == 502


def test_userinfo_adds_groups_of_the_same_subject_only(app, provider):
    provider.userinfo = {"groups": ["seo"]}
    assert enter(app)[1].status_code == 303
    provider.user |= {"sub": "s-3", "preferred_username": "otto"}
    provider.userinfo = {"sub": "s-1", "groups": ["it"]}
    assert enter(app)[1].status_code == 502
    assert account("otto") is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://10.0.0.1/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "https://169.254.169.254/keys"},
        {"jwks_uri": None},
    ],
)
def test_outbound_rules_apply_to_sign_in_providers(app, provider, metadata):
    provider.metadata = metadata
    provider.user |= {"groups": ["it"]}
    client = app.test_client()
    answer = client.get("/login/openid")
    if answer.status_code == 303:
        answer = client.get(go_to_provider(client))
    assert answer.status_code == 502 and account("nina") is None


def test_provider_gets_no_information_about_the_machine(app, provider):
    provider.user |= {"groups": ["seo"]}
    enter(app)
    [headers] = provider.requests
    assert headers["User-Agent"] == "IGNY8" and "Cookie" not in headers
    assert headers["Authorization"].startswith("Basic ")


def test_provider_that_does_not_answer_is_reported_and_local_sign_in_works(app, provider):
    make_user("me", password=passwords.hash_password(PASSWORD))
    configure(app, provider, IGNY8_OIDC_ISSUER="http://127.0.0.1:9")
    client = app.test_client()
    assert client.get("/login/openid").status_code == 502
    assert "Sign in with Company" in client.get("/login").text
    assert client.post("/login", data={"name": "me", "password": PASSWORD}).status_code == 303


def test_local_sign_in_can_be_turned_off(app, provider):
    user = make_user("me", password=passwords.hash_password(PASSWORD))
    configure(app, provider, IGNY8_LOCAL_SIGN_IN="off")
    client = app.test_client()
    assert client.post("/login", data={"name": "me", "password": PASSWORD}).status_code == 403
    assert 'name="password"' not in client.get("/login").text
    with write_transaction() as tx:
        link = Invitation.create(tx, None, user_id=user)
    assert 'name="password"' not in client.get(f"/invitations/{link}").text
    assert client.post(f"/invitations/{link}", data={"password": PASSWORD}).status_code == 403


def test_connecting_needs_the_password_and_the_same_browser(app, provider):
    user = make_user("me", password=passwords.hash_password(PASSWORD))
    client = sign_in(app.test_client(), user)
    assert client.get("/login/openid").headers["Location"] == "/"  # not without the password
    wrong = client.post("/account/identities/connect", data={"old": "wrong"})
    assert wrong.status_code == 422
    assert client.post("/account/identities/connect", data={"old": PASSWORD}).status_code == 200
    back = go_to_provider(client, "/login/openid")
    assert sign_in(app.test_client(), user).get(back).status_code == 400
    assert client.get(back).headers["Location"] == "/account"
    other, answer = enter(app)
    assert answer.status_code == 303 and "me" in other.get("/account").text
    with read_transaction() as tx:
        [identity] = ExternalIdentity.fetch_of_user(tx, user)
    assert client.post(f"/account/identities/{identity.id}/remove").status_code == 303
    assert enter(app)[1].status_code == 403


def test_identity_of_one_account_is_not_connected_with_another(app, provider):
    provider.user |= {"groups": ["seo"]}
    enter(app)
    user = make_user("me", password=passwords.hash_password(PASSWORD))
    client = sign_in(app.test_client(), user)
    client.post("/account/identities/connect", data={"old": PASSWORD})
    assert client.get(go_to_provider(client, "/login/openid")).status_code == 409


def test_only_way_to_sign_in_cannot_be_disconnected(app, provider):
    provider.user |= {"groups": ["seo"]}
    client, _ = enter(app)
    with read_transaction() as tx:
        [identity] = ExternalIdentity.fetch_of_user(tx, account("nina").id)
    assert client.post(f"/account/identities/{identity.id}/remove").status_code == 409


def test_account_without_a_password_cannot_sign_in_with_any(app, provider):
    provider.user |= {"groups": ["seo"]}
    enter(app)
    for password in ("!", "", "-"):
        answer = app.test_client().post("/login", data={"name": "nina", "password": password})
        assert answer.status_code == 401


def test_signing_out_ends_the_session_and_offers_the_provider(app, provider):
    provider.user |= {"groups": ["seo"]}
    client, _ = enter(app)
    answer = client.post("/logout")
    assert answer.headers["Location"] == "/login/signed-out"
    page = client.get("/login/signed-out").text
    assert f"{provider.address}/logout?client_id={CLIENT_ID}" in page.replace("&amp;", "&")
    assert client.get("/account").status_code == 303


def test_second_factor_is_left_to_the_provider(app, provider):
    provider.user |= {"groups": ["it"]}
    configure(app, provider, IGNY8_SECOND_FACTOR="everyone")
    client, _ = enter(app)
    assert client.get("/admin").status_code == 200


def test_no_secret_of_the_flow_is_in_pages_audit_or_log(app, provider, caplog):
    provider.user |= {"groups": ["seo"]}
    client, _ = enter(app)
    with read_transaction() as tx:
        logged = str(tx.execute(select(AuditEntry.__table__)).all())
    assert CLIENT_SECRET not in logged + caplog.text + client.get("/account").text
    assert CLIENT_SECRET in app.config["SETTINGS"].secrets


def test_sites_of_rules_that_do_not_exist_are_ignored(app, provider):
    provider.user |= {"groups": ["seo"]}
    assert enter(app)[1].status_code == 303
    with read_transaction() as tx:
        assert Site.find("green", tx) is None
