"""IGNY8_PUBLIC_URL: links, cookies and checks follow the public address, whatever the proxy passes on."""

import logging
from dataclasses import replace

import pytest

from igny8 import config, public_url
from igny8.app import create_app
from igny8.config import ConfigError
from igny8.extensions import db, write_transaction
from igny8.models import LoginSession
from tests.conftest import SECRET
from tests.factories import make_user

PUBLIC = "https://tools.example.org/igny8"
HOST = {"Host": "tools.example.org"}


@pytest.fixture
def settings(migrated_folder):
    return config.load(
        {
            "IGNY8_DATA_DIR": str(migrated_folder),
            "IGNY8_SECRET_KEY": SECRET,
            "IGNY8_PUBLIC_URL": PUBLIC,
        }
    )


@pytest.fixture
def migrated_folder(migrated, tmp_path):
    """Return a data folder with all tables and no rows."""
    (tmp_path / "igny8.db").write_bytes(migrated.read_bytes())
    return tmp_path


@pytest.fixture
def browser(settings):
    """Return a client of an app at the public address."""
    app = create_app(settings)
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


def new_session(user_id: int) -> str:
    with write_transaction() as tx:
        return LoginSession.create(tx, user_id)


@pytest.mark.parametrize("path", ["/igny8/sites/a/automation", "/sites/a/automation"])
def test_proxy_may_pass_the_path_on_or_strip_it(browser, path):
    answer = browser.get(path, headers=HOST)
    assert answer.headers["Location"] == "/igny8/login?next=/igny8/sites/a/automation"


def test_page_names_only_addresses_on_the_path(browser):
    page = browser.get("/igny8/login", headers=HOST)
    for link in page.text.split('="/')[1:]:
        assert link.startswith("igny8/"), link[:60]
    assert "Strict-Transport-Security" in page.headers
    assert browser.get("/igny8/api/v1/openapi.json", headers=HOST).json["servers"] == [
        {"url": "/igny8/"}
    ]


def test_cookie_is_secure_and_bound_to_the_path(browser):
    cookie = browser.get("/igny8/login", headers=HOST).headers["Set-Cookie"]
    assert cookie.startswith("__Secure-igny8-")
    assert {"Secure", "HttpOnly", "Path=/igny8", "SameSite=Lax"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (HOST | {"Origin": "https://tools.example.org"}, 303),
        (HOST | {"Host": "tools.example.org:443", "Origin": "https://tools.example.org"}, 303),
        ({"Host": "127.0.0.1:8008", "Origin": "https://tools.example.org"}, 303),
        (HOST | {"Origin": "https://other.example.org"}, 403),
        (HOST | {"Origin": "null"}, 403),
        ({"Host": "other.example.org"}, 400),
    ],
)
def test_host_and_origin_are_compared_with_the_public_address(browser, headers, status, caplog):
    answer = browser.post("/igny8/theme", data={"theme": "dark"}, headers=headers)
    assert answer.status_code in (status, 400 if status == 303 else status)
    if status == 303:
        assert "This form has expired" in answer.text  # past the checks, at the form token
        return
    with caplog.at_level(logging.WARNING):
        browser.post("/igny8/theme", data={"theme": "dark"}, headers=headers)
    assert "tools.example.org" in caplog.text
    assert headers.get("Origin", headers["Host"]) in caplog.text


@pytest.mark.parametrize(
    ("path", "address", "status"),
    [
        ("/health", "10.1.2.3", 200),
        ("/health/live", "192.168.1.4", 200),
        ("/health/ready", "fd00::7", 200),
        ("/health", "8.8.8.8", 400),
        ("/login", "10.1.2.3", 400),
    ],
)
def test_health_answers_by_any_name_from_the_local_network(browser, path, address, status):
    answer = browser.get(
        path, headers={"Host": "pod-7.cluster"}, environ_base={"REMOTE_ADDR": address}
    )
    assert answer.status_code == status


def test_invitations_name_the_public_address_even_when_made_elsewhere(browser):
    browser.application.config["WTF_CSRF_ENABLED"] = False
    with browser.application.app_context():
        user_id = make_user("owner", is_admin=True)
        with browser.session_transaction(base_url="http://localhost/igny8/") as session:
            session["sid"] = new_session(user_id)
    answer = browser.post("/admin/accounts/invite", base_url="http://localhost/igny8/")
    assert f"{PUBLIC}/invitations/" in answer.text


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/igny8/sites/new", "/igny8/sites/new"),
        ("/other-tool", "/igny8/"),
        ("/igny8x/sites", "/igny8/"),
        ("//evil.example", "/igny8/"),
        ("/igny8/logout", "/igny8/"),
    ],
)
def test_sign_in_redirects_only_below_the_installations_path(browser, wanted, target):
    with (
        browser.application.app_context(),
        browser.session_transaction(base_url="http://localhost/igny8/") as session,
    ):
        session["sid"] = new_session(make_user("owner", is_admin=True))
    answer = browser.get(f"/login?next={wanted}", base_url="http://localhost/igny8/")
    assert answer.headers["Location"] == target


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("0.0.0.0", 8008, "http://localhost:8008"),
        ("::", 8008, "http://localhost:8008"),
        ("::1", 9000, "http://[::1]:9000"),
        ("2001:db8::5", 80, "http://[2001:db8::5]"),
        ("garden.lan", 8008, "http://garden.lan:8008"),
    ],
)
def test_address_of_a_listener_can_be_opened(settings, host, port, address):
    plain = replace(settings, public_url=None)
    assert plain.address(port, host) == address
    assert settings.address(port, host) == PUBLIC


@pytest.mark.parametrize(
    ("text", "origin", "path"),
    [
        ("https://Tools.Example.org/igny8/", "https://tools.example.org", "/igny8"),
        ("https://tools.example.org:443", "https://tools.example.org", ""),
        ("http://[fd00::7]:8008/a/b", "http://[fd00::7]:8008", "/a/b"),
    ],
)
def test_public_address_is_normalised_like_in_browsers(text, origin, path):
    found = public_url.parse(text)
    assert (found.origin, found.path) == (origin, path)


@pytest.mark.parametrize(
    "text",
    [
        "tools.example.org",
        "ftp://a.b",
        "https://",
        "https://a.b/?x",
        "https://u@a.b",
        "https://a.b/../c",
        "https://a.b:99999",
    ],
)
def test_invalid_public_address_is_refused(text, tmp_path):
    with pytest.raises(ConfigError, match="IGNY8_PUBLIC_URL"):
        config.load({"IGNY8_DATA_DIR": str(tmp_path), "IGNY8_PUBLIC_URL": text})
