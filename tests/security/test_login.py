"""Nobody comes in without an account: every address, the first account, and signing in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from igny8 import config
from igny8.extensions import read_transaction
from igny8.models import Keyword, Run, User, passwords, tokens
from igny8.web.auth.endpoint_permissions import PERMISSIONS, PUBLIC_ENDPOINTS, SAFE_METHODS
from tests.factories import make_user
from tests.security.addresses import knocks, without_tokens
from tests.security.conftest import PASSWORD

OPEN = PUBLIC_ENDPOINTS | {"static"}


def test_private_endpoints_need_a_session(app, cast):
    for endpoint, path in knocks(app, "GET"):
        answer = cast.enter().get(path)
        assert endpoint in OPEN or answer.status_code in (302, 303, 401, 404), (
            path,
            answer.status_code,
        )
        assert "Green Garden" not in answer.text if endpoint not in OPEN else True, path


def test_anonymous_requests_change_nothing(app, cast):
    before = fingerprint()
    for endpoint, path in knocks(app, "POST"):
        answer = cast.enter().post(path, data={"verb": "delete", "ids": "1", "sure": "1"})
        assert endpoint in OPEN or answer.status_code in (401, 403), (path, answer.status_code)
    assert fingerprint() == before


def test_every_changing_endpoint_is_registered(app):
    for rule in app.url_map.iter_rules():
        if rule.methods - set(SAFE_METHODS):
            assert rule.endpoint in PERMISSIONS or rule.endpoint in PUBLIC_ENDPOINTS, rule


def test_unregistered_endpoint_is_denied(app, cast, monkeypatch):
    monkeypatch.delitem(PERMISSIONS, "keywords.bulk_action")
    assert cast.enter("admin").post("/sites/green-garden/keywords/change").status_code == 403


def test_setup_without_its_token_is_refused(app):
    client = app.test_client()
    for token in ("", "x", "é", setup(app)[:-1]):
        assert client.get("/setup", query_string={"token": token}).status_code == 403
        assert (
            client.post(
                "/setup", data={"token": token, "name": "me", "password": PASSWORD}
            ).status_code
            == 403
        )
    assert count(User) == 0


def test_setup_token_creates_the_first_account_once(app):
    client = app.test_client()
    assert client.get("/setup", query_string={"token": setup(app)}).status_code == 200
    answer = client.post("/setup", data={"token": setup(app), "name": "me", "password": PASSWORD})
    assert answer.status_code == 303 and client.get("/admin").status_code == 200
    assert client.get("/setup", query_string={"token": setup(app)}).status_code == 404
    assert (
        client.post(
            "/setup", data={"token": setup(app), "name": "you", "password": PASSWORD}
        ).status_code
        == 404
    )
    assert count(User) == 1


def test_parallel_setups_create_one_account(app):
    def found(number: int) -> int:
        with app.app_context():
            return (
                FlaskClient(app, app.response_class)
                .post(
                    "/setup",
                    data={"token": setup(app), "name": f"me{number}", "password": PASSWORD},
                )
                .status_code
            )

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(found, range(50)))
    assert count(User) == 1 and answers.count(303) == 1 and set(answers) <= {303, 404, 409}


@pytest.mark.parametrize("known", ["secret", "changeme", "short"])
def test_well_known_secret_prevents_the_start(tmp_path, known):
    with pytest.raises(config.ConfigError, match="IGNY8_SECRET_KEY"):
        config.load({"IGNY8_DATA_DIR": str(tmp_path), "IGNY8_SECRET_KEY": known})


def test_forged_cookie_is_anonymous(app, cast):
    name = app.config["SESSION_COOKIE_NAME"]
    for value in ("x", "eyJzaWQiOiJ4In0.aaaa.bbbb", "eyJzaWQiOiJ4In0"):
        client = cast.enter()
        client.set_cookie(name, value)
        assert client.get("/").status_code == 303


def test_wrong_attempts_wait_progressively_longer(app, hours_later):
    make_user("me", password=passwords.hash_password(PASSWORD))
    client, waits = app.test_client(), []
    for _ in range(20):
        answer = sign(client, "me", "wrong")
        assert answer.status_code in (401, 429)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            hours_later(waits[-1])
    assert len(waits) >= 5 and waits == sorted(waits) and waits[-1] > 4 * waits[0]


def test_right_password_waits_too_and_then_signs_in(app, hours_later):
    make_user("me", password=passwords.hash_password(PASSWORD))
    client = app.test_client()
    while sign(client, "me", "wrong").status_code != 429:
        pass
    assert sign(client, "me", PASSWORD).status_code == 429
    hours_later(900)
    assert sign(client, "me", PASSWORD).status_code == 303


def test_forwarded_address_does_not_bypass_the_rate_limit(app):
    client, answers = app.test_client(), []
    for number in range(30):
        answers.append(
            client.post(
                "/login",
                data={"name": f"nobody{number}", "password": "wrong"},
                headers={"X-Forwarded-For": f"10.0.0.{number}"},
            ).status_code
        )
    assert answers[-1] == 429


def test_known_and_unknown_names_get_the_same_response(app, monkeypatch):
    make_user("me", password=passwords.hash_password(PASSWORD))
    checked = []
    real = passwords.HASHER.verify

    class Counted:
        def verify(self, hashed, password):
            checked.append(hashed)
            return real(hashed, password)

    monkeypatch.setattr(passwords, "HASHER", Counted())
    texts = []
    for name in ("me", "nobody"):
        answer = sign(app.test_client(), name, "wrong")
        texts.append((answer.status_code, without_tokens(answer).replace(f'value="{name}"', "")))
    assert texts[0] == texts[1] and len(checked) == 2


@pytest.mark.parametrize(
    "password",
    ["short", "1234567890", "password123", "qwertyuiop", "aaaaaaaaaaaa", "admin admin", "x" * 300],
)
def test_weak_passwords_are_refused_with_a_remedy(app, password):
    answer = app.test_client().post(
        "/setup", data={"token": setup(app), "name": "admin", "password": password}
    )
    assert answer.status_code == 422 and count(User) == 0


@pytest.mark.parametrize(
    "password", ["Zwölf Boxkämpfer jagen Viktor", "密码是一个秘密的花园小路", "🌱🌿🍅🥕🌻🍓🫐🥦🌶🍆"]
)
def test_unicode_passwords_work_in_any_normalisation(password):
    decomposed = password.replace("ö", "o\u0308").replace("ä", "a\u0308")
    assert passwords.password_problem(password) is None and passwords.verify_password(
        decomposed, passwords.hash_password(password)
    )


def test_login_does_not_redirect_to_another_site(app):
    make_user("me", password=passwords.hash_password(PASSWORD))
    for path in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\r\nX: y",
    ):
        answer = app.test_client().post(
            "/login", data={"name": "me", "password": PASSWORD, "next": path}
        )
        assert answer.headers["Location"] == "/", path


def test_signing_in_leads_to_the_requested_page(app, cast):
    door = cast.enter().get("/sites/green-garden/keywords?q=seed").headers["Location"]
    make_user("me", password=passwords.hash_password(PASSWORD), green_garden="viewer")
    client = cast.enter()
    assert 'value="/sites/green-garden/keywords?q=seed"' in client.get(door).text
    answer = client.post(
        "/login",
        data={"name": "ME ", "password": PASSWORD, "next": "/sites/green-garden/keywords?q=seed"},
    )
    assert answer.headers["Location"] == "/sites/green-garden/keywords?q=seed"


def test_poll_after_sign_out_redirects_to_the_login_page(cast):
    answer = cast.enter().get("/sites/green-garden/automation/live", headers={"HX-Request": "true"})
    assert answer.status_code == 401 and answer.headers["HX-Redirect"] == "/login"


def setup(app) -> str:
    return tokens.setup_token(app.config["SETTINGS"].secret_key)


def sign(client, name: str, password: str):
    return client.post("/login", data={"name": name, "password": password})


def count(model) -> int:
    with read_transaction() as tx:
        return tx.execute(select(func.count()).select_from(model.__table__)).scalar_one()


def fingerprint() -> list:
    """Return what a stranger could have changed: keywords, runs, accounts."""
    with read_transaction() as tx:
        return [
            tx.execute(select(model.__table__).order_by(model.__table__.c.id)).all()
            for model in (Keyword, Run, User)
        ]
