"""What every answer carries, what other websites cannot do, and how errors look."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import make_keywords

ROOT = Path(__file__).resolve().parents[3]
HTMX_SHA256 = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
RUN = "/sites/green-garden/automation/run"


def test_htmx_is_the_vendored_one():
    assert hashlib.sha256((ROOT / "static/htmx.min.js").read_bytes()).hexdigest() == HTMX_SHA256


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sites/new",
        "/nope",
        "/health",
        "/icon.svg",
        "/static/app.css",
        "/static/none",
        "/api/v1/openapi.json",
        "/api/v1/none",
    ],
)
def test_every_response_has_the_content_security_policy(client, site, path):
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_error_500_has_the_policy_and_an_id_but_no_traceback(app, client, site, monkeypatch):
    monkeypatch.setattr("igny8.progress.snapshot", lambda *a, **k: 1 / 0)
    answer = client.get("/sites/green-garden/automation")
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert re.search(r"id [0-9a-f]{8}", answer.text)
    assert "ZeroDivision" not in answer.text


def test_templates_know_no_safe_filter_and_no_inline_style():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(
            r"\|\s*safe\b|autoescape|style=|<style|javascript:|hx-on|hx-vals", text
        ), path.name


def test_static_scripts_do_not_evaluate_text():
    for name in ("answers.js", "app.js", "drafts.js", "live.js"):
        text = (ROOT / "static" / name).read_text()
        assert not re.search(r"\beval\(|new Function|insertAdjacentHTML|document\.write", text)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", [RUN, "/api/v1/automation/run_now/?site_id=1", "/theme"])
def test_cross_site_requests_change_nothing(client, site, path, headers):
    assert client.post(path, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}]
)
def test_same_origin_requests_are_accepted(client, site, headers):
    make_keywords(site, 1)
    assert client.post(RUN, headers=headers).status_code == 303


def test_form_without_a_csrf_token_is_refused_with_a_remedy(app, client, site):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(RUN)
    assert answer.status_code == 400
    assert "reload the page" in answer.text


def test_form_with_a_csrf_token_is_accepted(app, client, site):
    app.config["WTF_CSRF_ENABLED"] = True
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sites/new").text)[1]
    answer = client.post("/sites", data={"name": "A", "language": "en", "csrf_token": token})
    assert answer.status_code == 303


def test_get_on_a_changing_address_is_405(client, site):
    answer = client.get(RUN)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_too_large_a_file_is_413_with_the_limit(app, client, site):
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = client.post("/sites/green-garden/import", data={"text": "x" * 5000})
    assert answer.status_code == 413
    assert "64 MB" in answer.text


def test_api_error_is_a_problem_document(client, site):
    answer = client.get("/api/v1/automation/run_progress/?site_id=none")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(answer.json)


@pytest.mark.parametrize(
    ("method", "path", "status", "cure"),
    [
        ("GET", "/api/v1/none", 404, "openapi.json"),
        ("GET", "/api/v1/automation/run_now/", 405, "Allow"),
        ("GET", "/api/v1/automation/logs/?site_id=green-garden", 400, "?run_id="),
        ("POST", "/api/v1/automation/pause/?site_id=green-garden", 404, "Start one first"),
    ],
)
def test_api_error_names_a_remedy(app, client, site, method, path, status, cure):
    answer = client.open(path, method=method)
    assert (answer.status_code, cure in answer.json["detail"]) == (status, True), answer.json
    assert not re.search("page|button|Go back|Press", answer.json["detail"])


@pytest.mark.parametrize("path", ["/login", "/api/v1/automation/run_now/?site_id=green-garden"])
def test_small_forms_reject_large_bodies(app, stranger, client, site, path):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = (
        app.test_client().post(path, data={"name": "x" * 3_000_000})
        if path == "/login"
        else client.post(path, data={"name": "x" * 3_000_000})
    )
    assert answer.status_code == 413 and "too large" in answer.text


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8008",
        "127.0.0.1:8008",
        "[::1]:8008",
        "192.168.1.20",
        "green.localhost",
        "garden.lan",
        "GARDEN.LAN.:80",
    ],
)
def test_server_answers_to_its_own_names_only(app, client, site, host):
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"], allowed_hosts=frozenset({"garden.lan"})
    )
    assert client.get("/", headers={"Host": host}).status_code in (200, 303)


@pytest.mark.parametrize("path", ["/", "/api/v1/openapi.json", "/static/app.css", "/nope"])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8008", "localhost.evil.example", "127.0.0.1.evil.example"],
)
def test_unknown_host_name_is_refused_with_a_remedy(client, site, host, path):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "IGNY8_ALLOWED_HOSTS" in answer.text


def test_deeply_nested_body_is_answered_with_a_problem_document(client, site):
    answer = client.post(
        "/api/v1/automation/run_now/", data="[" * 60_000, content_type="application/json"
    )
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"3", b"null", b'"text"'])
def test_body_that_is_not_an_object_is_a_problem_document(client, site, body):
    answer = client.post("/api/v1/automation/run_now/", data=body, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize("number", ["9" * 20, "2147483648", "-1", "1e3", "٣"])
def test_impossible_site_id_is_not_found(client, site, number):
    assert client.get(f"/api/v1/automation/run_progress/?site_id={number}").status_code == 404


def test_null_character_causes_no_server_error(client, site):
    for path in ("keywords?q=%00", "runs/%00", "content?q=a%00b"):
        assert client.get(f"/sites/green/{path}").status_code in (200, 400, 404)
