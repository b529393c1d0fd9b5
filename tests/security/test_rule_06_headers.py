"""Rules 5 and 6: what every answer carries, and what another website's browser cannot do (attacks 16 to 20, 46, 47)."""

import re

import pytest
from flask import url_for

from tests.conftest import make_app
from tests.security import wire
from tests.security.conftest import damaged_site, started
from tests.security.outside import Visitor

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
ANSWERS = {
    "a page": ("GET", "/sites/new", 200),
    "a missing page": ("GET", "/nope", 404),
    "a redirect": ("GET", "/sites/plain/", 303),
    "our style": ("GET", "/static/app.css", 200),
    "a missing file": ("GET", "/static/none.css", 404),
    "health": ("GET", "/health", 200),
    "the icon": ("GET", "/icon.svg", 200),
    "the API": ("GET", "/api/v1/openapi.json", 200),
    "a problem": ("GET", "/api/v1/none", 404),
    "a wrong method": ("GET", "/theme", 405),
    "a form without token": ("POST", "/theme", 400),
    "a strange method": ("BREW", "/", 405),
    "options": ("OPTIONS", "/", 200),
    "an error of ours": ("GET", "/sites/broken/settings/models", 500),
    "a download": ("GET", "/sites/plain/keywords/export.csv", 200),
}


@pytest.fixture(scope="module")
def furnished(product):
    """Return a product with a site, and with a site whose stored settings are damaged."""
    guest = Visitor(product.address, product.cookies())
    for name in ("Plain", "Calm"):
        guest.new_site(name)
    with damaged_site(product, "Broken"):
        yield product


@pytest.mark.parametrize("name", ANSWERS)
def test_every_response_has_security_headers(furnished, name):
    method, path, status = ANSWERS[name]
    answer = Visitor(furnished.address, furnished.cookies()).send(method, path)
    assert answer.status == status
    assert {header: answer.headers.get_all(header) for header in HEADERS} == {
        h: [v] for h, v in HEADERS.items()
    }
    assert (answer.headers["Cache-Control"] == "no-store") == (
        name not in ("our style", "the icon")
    )


def test_empty_responses_have_security_headers(furnished):
    guest = Visitor(furnished.address, furnished.cookies())
    guest.post("/sites/plain/automation/run")
    tag = re.search(
        r'/sites/plain/automation/live\?v=([^"&]+)', guest.get("/sites/plain/automation").text
    )[1]
    answer = guest.get(f"/sites/plain/automation/live?v={tag}")
    assert (answer.status, answer.body) == (204, b"")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"a" * 200_000,
    ],
)
def test_malformed_requests_get_security_headers(furnished, data):
    head = wire.said(furnished, data).split(b"\r\n\r\n")[0].decode()
    assert re.match(r"HTTP/1\.[01] 4\d\d ", head)
    assert [name for name, value in HEADERS.items() if f"{name}: {value}" not in head] == []


def test_responses_do_not_name_the_server_software(furnished):
    for path in ("/", "/nope", "/sites/broken/settings/models", "/api/v1/none"):
        answer = Visitor(furnished.address, furnished.cookies()).get(path)
        told = f"{answer.headers}{answer.text}"
        assert not re.search(
            r"waitress|werkzeug|flask/|python/|sqlalchemy|traceback", told, re.IGNORECASE
        )


def test_proxy_headers_are_ignored_without_a_configured_proxy(furnished):
    guest = Visitor(furnished.address, furnished.cookies())
    answer = guest.get(
        "/sites/new",
        X_Forwarded_Proto="https",
        X_Forwarded_For="203.0.113.9",
        X_Forwarded_Host="evil.example",
    )
    assert (
        answer.status == 200
        and "Strict-Transport-Security" not in answer.headers
        and "evil" not in answer.text
    )
    guest.get("/not-there-either", X_Forwarded_For="203.0.113.9")
    assert "203.0.113.9" not in furnished.written


def test_hsts_is_sent_behind_a_configured_https_proxy(tmp_path):
    with started(tmp_path / "var", IGNY8_PROXY_HOPS="1") as product:
        guest = Visitor(product.address, product.cookies())
        answer = guest.get(
            "/nope", X_Forwarded_Proto="https", X_Forwarded_For="198.51.100.7, 203.0.113.9"
        )
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "from 203.0.113.9" in product.written and "198.51.100.7" not in product.written
        assert "Strict-Transport-Security" not in guest.get("/nope").headers


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    """Return the addresses that change something, and of each whether it is a page's as well."""
    app = make_app(tmp_path_factory.mktemp("map"))
    values = {"slug": "plain", "name": "opening"}

    def value(rule, name):
        words = getattr(rule._converters[name], "items", None)
        return min(words) if words else values.get(name, 1)

    with app.test_request_context():
        pages = {rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods}
        return {
            url_for(
                rule.endpoint,
                _method="POST",
                **{name: value(rule, name) for name in rule.arguments},
            ): rule.rule in pages
            for rule in app.url_map.iter_rules()
            if "POST" in rule.methods and "GET" not in rule.methods
        }


def test_get_on_a_changing_address_gives_405(furnished, changing):
    guest = Visitor(furnished.address, furnished.cookies())
    assert len(changing) > 15
    answers = {path: guest.get(f"{path}?site_id=calm").status for path in changing}
    assert {
        path: status for path, status in answers.items() if status != 405 and not changing[path]
    } == {}
    assert {
        path: status
        for path, status in answers.items()
        if status not in (200, 303, 404) and changing[path]
    } == {}
    assert guest.json("/api/v1/automation/history/?site_id=calm")["runs"] == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/plain;charset=UTF-8", "application/xml", "application/json+x", ""]
)
def test_json_with_a_text_content_type_is_refused(furnished, kind):
    body = b'{"site_id": "calm"}'
    guest = Visitor(furnished.address, furnished.cookies())
    answer = guest.send("POST", "/api/v1/automation/run_now/?site_id=calm", body, Content_Type=kind)
    assert answer.status == 415
    assert guest.json("/api/v1/automation/history/?site_id=calm")["runs"] == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_responses_have_no_cors_permission(furnished, origin):
    guest = Visitor(furnished.address, furnished.cookies())
    for method, path in (
        ("GET", "/api/v1/automation/estimate/?site_id=plain"),
        ("GET", "/"),
        ("OPTIONS", "/api/v1/automation/run_now/"),
    ):
        answer = guest.send(
            method,
            path,
            Origin=origin,
            Access_Control_Request_Method="POST",
            Access_Control_Request_Headers="content-type",
        )
        assert [name for name in answer.headers if name.lower().startswith("access-control")] == []


def test_pages_cannot_be_framed(furnished, chromium):
    tab = chromium.new_page()
    tab.route(
        "http://127.0.0.2/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<iframe src="{furnished.address}/sites/new"></iframe>'
        ),
    )
    tab.goto("http://127.0.0.2/", wait_until="load")
    assert [frame.url for frame in tab.frames[1:] if frame.url.startswith(furnished.address)] == []
    tab.close()


BACK = (
    "https://evil.example/",
    "//evil.example/x",
    "http://evil.example//evil.example/x",
    "https:///evil.example",
    "http://a/\\evil.example",
    "javascript:alert(1)",
    "http://a//\\evil",
    "\\\\evil.example",
    "http://a/%0d%0aX: y",
)


@pytest.mark.parametrize("referrer", BACK)
def test_redirects_stay_within_the_site(furnished, referrer):
    answer = Visitor(furnished.address, furnished.cookies()).post(
        "/theme", {"theme": "dark"}, Referer=referrer
    )
    where = answer.headers["Location"]
    assert (
        answer.status == 303
        and where.startswith("/")
        and not where.startswith(("//", "/\\"))
        and "X" not in answer.headers
    )


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "//evil.example/sites/new",
        "/sites//evil.example",
        "/\\evil.example/..",
        "/api/v1/automation/run_progress?site_id=plain",
        "/sites/plain?//evil.example",
    ],
)
def test_unusual_paths_do_not_redirect(furnished, path):
    where = Visitor(furnished.address, furnished.cookies()).get(path).headers["Location"] or "/"
    assert where.startswith((furnished.address + "/", "/")) and not where.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:80@localhost",
        "localhost\tevil.example",
        "",
        "[::1].evil.example",
        "localhost#evil.example",
    ],
)
def test_unknown_host_gets_no_page(furnished, host):
    answer = wire.said(
        furnished, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 400") or not host
    assert b"Plain" not in answer or not host
    assert b"//evil" not in answer


def test_absolute_request_target_does_not_override_the_host(furnished):
    answer = wire.said(
        furnished,
        b"GET http://evil.example/sites/new HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 400")
